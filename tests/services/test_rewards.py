"""One offer: a document's or a plugin's in one shape, and the gates that are against it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shelves import a_document, put
from stoa.errors import (
    InvalidRuleError,
    PluginFailedError,
    RewardRefusedError,
    RewardUnknownError,
)
from stoa.services import earning, members, partners, programmes, rewards, rulebook, tiers
from stoa.services.rewards import Gate, Known
from stoa.values.facts import Standing
from stoa.values.rulefiles import RuleFile
from stoa.work import Actor
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key

STAFF = Actor("staff:editor")


def known(coalition: Coalition, offer: str) -> Known:
    """Return an offer."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        return rewards.known(work, offer)


def gates(coalition: Coalition, who: Someone, offer: str, **where: Any) -> list[Gate]:
    """Return what is against it."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        there = members.find(work, who.token)
        return rewards.gates(work, rewards.known(work, offer), there, **where)


def reasons(coalition: Coalition, who: Someone, offer: str, **where: Any) -> list[str]:
    """Return the words for it."""
    return [gate.reason for gate in gates(coalition, who, offer, **where)]


def test_the_operators_reward_has_no_provider(coalition: Coalition) -> None:
    put(coalition.desk, "umbrella", points=700, worth_minor=3000, money_minor=500, stock=3)
    offer = known(coalition, "stoa:umbrella")
    assert (offer.source, offer.version, offer.rulebook, offer.provider_id) == (
        "document", 1, 2, None,
    )  # fmt: skip
    assert (str(offer.worth), str(offer.money)) == ("30.00 CNY", "5.00 CNY")
    assert offer.stocked
    assert offer.reward.points == 700


def test_a_partners_document_is_known_by_the_partners_code(coalition: Coalition) -> None:
    put(coalition.desk, "popcorn", provider="cinema")
    assert known(coalition, "cinema:popcorn").provider_id == coalition.cinema
    for other in ("stoa:popcorn", "grocery:popcorn", "popcorn"):
        with pytest.raises(RewardUnknownError):
            known(coalition, other)


def test_a_plugins_reward_has_the_same_shape(coalition: Coalition) -> None:
    offer = known(coalition, "cinema:mug")
    assert (offer.source, offer.provider_id, offer.provider_name) == (
        "plugin", coalition.cinema, "Star Cinema",
    )  # fmt: skip
    assert (offer.reward.points, offer.reward.max_quantity, offer.worth.minor) == (500, 3, 2500)
    assert offer.reward.at.hold("cinema", "main")
    assert not offer.reward.at.hold("grocery")
    assert not offer.stocked


def test_of_one_id_the_document_wins(coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="grocery", points=321)
    assert known(coalition, "grocery:mug").reward.points == 321


def test_the_offers_of_a_suspended_partner_are_gone_at_once(coalition: Coalition) -> None:
    put(coalition.desk, "popcorn", provider="cinema")
    with coalition.desk.work(STAFF) as work:
        partners.suspend(work, coalition.cinema)
    for offer in ("cinema:popcorn", "cinema:mug"):
        with pytest.raises(RewardUnknownError):
            known(coalition, offer)
    with coalition.desk.work(STAFF) as work:
        partners.reinstate(work, coalition.cinema)
    assert known(coalition, "cinema:popcorn").code == "popcorn"


def test_a_paused_reward_is_unknown(coalition: Coalition) -> None:
    put(coalition.desk, "umbrella")
    with coalition.desk.work(STAFF) as work:
        rulebook.pause(work, "reward", "umbrella")
    with pytest.raises(RewardUnknownError):
        known(coalition, "stoa:umbrella")


@pytest.mark.parametrize("offer", ["nobody:mug", "grocery:nothing", "grocery:", ":", "", "stoa:x"])
def test_an_unknown_offer_is_unknown(coalition: Coalition, offer: str) -> None:
    with pytest.raises(RewardUnknownError):
        known(coalition, offer)


def test_a_plugin_that_fails_is_told(
    coalition: Coalition, plain: PlainPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coalition.desk.plugins, "rewards", _fail)
    with pytest.raises(PluginFailedError):
        known(coalition, "grocery:mug")


def _fail(*_: object) -> None:
    raise PluginFailedError(plugin="plain")


def test_a_plugin_may_price_for_a_member_and_a_document_has_its_list_price(
    coalition: Coalition,
) -> None:
    put(coalition.desk, "umbrella", points=700)
    standing = Standing("basic", 0)
    with coalition.desk.work(coalition.as_grocery()) as work:
        mug, own = rewards.known(work, "grocery:mug"), rewards.known(work, "stoa:umbrella")
        assert [rewards.price(work, mug, standing, quantity=count) for count in (2, 3)] == [
            1000, 1200,
        ]  # fmt: skip
        assert rewards.price(work, own, standing, quantity=3) == 2100


def test_a_window_opens_and_closes_at_its_very_seconds(
    coalition: Coalition, clock: FixedClock
) -> None:
    put(
        coalition.desk, "flash",
        **{"from": "2026-05-01T13:00:00+08:00", "until": "2026-05-01T14:00:00+08:00"},
    )  # fmt: skip
    ada = coalition.a_member()
    opens = datetime(2026, 5, 1, 5, tzinfo=UTC)
    told = []
    for second in (-1, 0, 3599, 3600):
        clock.now = opens
        clock.move(seconds=second)
        told.append(reasons(coalition, ada, "stoa:flash"))
    assert told == [["not_yet"], [], [], ["over"]]
    clock.now = opens
    clock.move(seconds=-1)
    assert gates(coalition, ada, "stoa:flash")[0].told == {"opens_at": "2026-05-01T13:00:00+08:00"}


def test_a_tier_opens_its_gate(coalition: Coalition) -> None:
    put(coalition.desk, "lounge", tiers=["silver", "gold"])
    ada = coalition.a_member()
    assert gates(coalition, ada, "stoa:lounge") == [Gate("tier", {"tiers": ["silver", "gold"]})]
    with coalition.desk.work(STAFF) as work:
        tiers.assign(work, ada.id, "gold", reason="test")
    assert reasons(coalition, ada, "stoa:lounge") == []


def test_a_store_opens_its_gate(coalition: Coalition) -> None:
    put(coalition.desk, "film", provider="cinema", at={"stores": ["cinema/main"]})
    ada = coalition.a_member()
    assert reasons(coalition, ada, "cinema:film") == []
    assert reasons(coalition, ada, "cinema:film", partner="cinema", store="main") == []
    assert reasons(coalition, ada, "cinema:film", partner="grocery", store="main") == ["store"]


@pytest.mark.parametrize(
    ("who", "before", "after"),
    [
        ({"fact": "spend", "over": "day", "is": ">=", "value": 10000}, False, True),
        ({"fact": "qualifying_points", "over": "ever", "is": ">=", "value": 100}, False, True),
        ({"fact": "days_since_purchase", "is": "<", "value": 1}, False, True),
        ({"fact": "member_days", "is": "=", "value": 0}, True, True),
        ({"fact": "tier", "is": "in", "value": ["basic"]}, True, True),
        ({"fact": "birthday", "is": "=", "value": True}, True, True),
        ({"fact": "birthday_month", "is": "=", "value": True}, True, True),
        ({"fact": "segments", "is": "has none", "value": ["x"]}, True, True),
    ],
)
def test_a_condition_knows_every_fact_of_the_member(
    coalition: Coalition, who: dict[str, Any], *, before: bool, after: bool
) -> None:
    put(coalition.desk, "mug", who=who)
    ada = coalition.a_member(born_on=date(1990, 5, 1))
    assert (reasons(coalition, ada, "stoa:mug") == []) is before
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
    assert (reasons(coalition, ada, "stoa:mug") == []) is after


def test_the_first_gate_refuses(coalition: Coalition) -> None:
    put(coalition.desk, "lounge", tiers=["gold"], until="2026-04-01")
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_grocery()) as work:
        there, offer = members.find(work, ada.token), rewards.known(work, "stoa:lounge")
        with pytest.raises(RewardRefusedError) as refused:
            rewards.refuse(work, offer, there)
    assert refused.value.members == {
        "reason": "over", "closed_at": "2026-04-02T00:00:00+08:00",
    }  # fmt: skip
    assert reasons(coalition, ada, "stoa:lounge") == ["over", "tier"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"provider": "nobody"}, "provider"),
        ({"at": {"partners": ["nobody"]}}, "at.partners"),
        ({"at": {"stores": ["grocery/attic"]}}, "at.stores"),
        ({"tiers": ["diamond"]}, "tiers"),
        ({"kind": "voucher", "coupon": "nothing"}, "coupon"),
        ({"kind": "ticket", "draw": "nothing"}, "draw"),
        ({"kind": "chance", "chance": "nothing"}, "chance"),
        ({"kind": "currency", "currency": {"code": "MILES", "points": 5}}, "currency.code"),
        ({"payers": [{"payer": "prt:nobody", "share": 100}]}, "payers.0.payer"),
        ({"picture": "0" * 64}, "picture"),
    ],
)
def test_what_is_named_has_to_be_there(
    coalition: Coalition, changes: dict[str, Any], place: str
) -> None:
    with coalition.desk.work(STAFF) as work:
        rule = RuleFile("reward", "mug", a_document(**changes))
        assert list(programmes.check(work, [rule])["reward/mug"]) == [place]


def test_a_code_with_a_colon_would_be_no_id(coalition: Coalition) -> None:
    with coalition.desk.work(STAFF) as work, pytest.raises(InvalidRuleError) as wrong:
        rewards.save(work, "a:b", a_document())
    assert list(wrong.value.members["errors"]) == ["code"]


def test_what_cannot_be_read_is_not_saved(coalition: Coalition) -> None:
    with coalition.desk.work(STAFF) as work, pytest.raises(InvalidRuleError):
        rewards.save(work, "mug", {"kind": "gift"})


def test_rewards_of_a_book_are_read_once(coalition: Coalition) -> None:
    put(coalition.desk, "mug")
    with coalition.desk.work(STAFF) as work:
        book = rulebook.current(work).version
        assert rewards.at(work, book) is rewards.at(work, book)
