"""The catalogue: one list of all partners, drawn anew when it is old, a page one statement."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from orders import rich, take
from shelves import EDITOR, put
from stoa.errors import InvalidBodyError, PluginFailedError, RewardUnknownError
from stoa.services import catalog, ledger, members, partners, rulebook, tiers
from stoa.services.catalog import Wish
from stoa.values.facts import Reward
from stoa.work import Work
from world import NOON, Coalition, FixedClock, Someone

ALL = Wish()
PLAIN = ["cinema:mug", "grocery:mug", "cinema:ticket", "grocery:ticket"]


def ids(coalition: Coalition, wish: Wish = ALL, **how: Any) -> list[str]:
    """Return the ids of a page."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        return [offer.id for offer in catalog.page(work, wish, **how).offers]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that fills with every statement a work sends."""
    statements: list[str] = []
    real = Work.rows

    def rows(self: Work, statement: Any, values: Any = ()) -> Sequence[Any]:
        statements.append(statement)
        return real(self, statement, values)

    monkeypatch.setattr(Work, "rows", rows)
    return statements


def test_the_offers_of_all_partners_and_the_operator_are_one_list(coalition: Coalition) -> None:
    put(coalition.desk, "umbrella", points=700)
    put(coalition.desk, "popcorn", provider="cinema", points=300)
    assert ids(coalition) == [
        "cinema:popcorn", "cinema:mug", "grocery:mug", "stoa:umbrella", "cinema:ticket",
        "grocery:ticket",
    ]  # fmt: skip


def test_a_page_is_one_statement_however_many_offers_there_are(
    coalition: Coalition, sent: list[str]
) -> None:
    for number in range(30):
        put(coalition.desk, f"mug-{number}", points=100 + number)
    ids(coalition)
    for limit in (1, 34):
        sent.clear()
        assert len(ids(coalition, limit=limit)) == limit
        assert len(sent) == 1


def test_one_offer_is_one_statement(coalition: Coalition, sent: list[str]) -> None:
    ids(coalition)
    sent.clear()
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert catalog.find(work, "cinema:mug").provider_id == coalition.cinema
    assert len(sent) == 1


@pytest.mark.parametrize("offer", ["cinema:nothing", "nobody:mug", "mug", "", "cinema:MUG"])
def test_unknown_offers_are_alike(coalition: Coalition, offer: str) -> None:
    with (
        coalition.desk.work(coalition.as_grocery()) as work,
        pytest.raises(RewardUnknownError) as unknown,
    ):
        catalog.find(work, offer)
    assert unknown.value.members == {}


def test_a_change_of_a_partners_settings_shows_in_the_list(coalition: Coalition) -> None:
    mug = {"code": "bag", "title": "A bag", "points": 90, "worth_minor": 300, "max_quantity": 1}
    assert ids(coalition) == PLAIN
    for rewards, expected in (([mug], ["cinema:bag"]), ([], [])):
        with coalition.desk.work(EDITOR) as work:
            partners.configure(work, coalition.cinema, "standard", {"rewards": rewards})
        assert ids(coalition, Wish(partner="cinema")) == expected


def test_a_suspended_partners_offers_vanish_at_once_and_come_back(coalition: Coalition) -> None:
    put(coalition.desk, "popcorn", provider="cinema", points=300)
    assert "cinema:popcorn" in ids(coalition)
    with coalition.desk.work(EDITOR) as work:
        partners.suspend(work, coalition.cinema)
    assert ids(coalition) == ["grocery:mug", "grocery:ticket"]
    with coalition.desk.work(EDITOR) as work:
        partners.reinstate(work, coalition.cinema)
    assert ids(coalition)[0] == "cinema:popcorn"


def test_a_plugin_that_fails_keeps_its_last_offers_and_hurts_no_other(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    assert ids(coalition) == PLAIN
    real, failing = coalition.desk.plugins.rewards, {"standard"}

    def rewards(name: str, settings: Any, at: datetime) -> list[Reward]:
        if name in failing:
            raise PluginFailedError(plugin=name)
        return real(name, settings, at)

    monkeypatch.setattr(coalition.desk.plugins, "rewards", rewards)
    with coalition.desk.work(EDITOR) as work:
        partners.configure(work, coalition.cinema, "standard", {"rewards": []})
    clock.move(minutes=1)
    assert ids(coalition) == PLAIN
    with coalition.desk.work(EDITOR) as work:
        stale = {each.id: each.stale_since for each in catalog.page(work, ALL).offers}
    assert stale == dict.fromkeys(PLAIN) | {
        "cinema:mug": clock.now, "cinema:ticket": clock.now,
    }  # fmt: skip
    failing.clear()
    with coalition.desk.work(EDITOR) as work:
        assert catalog.refresh(work, whole=True) == 2
    assert ids(coalition) == ["grocery:mug", "grocery:ticket"]


def test_a_plugin_that_answers_again_is_no_longer_stale(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids(coalition)
    with monkeypatch.context() as broken, coalition.desk.work(EDITOR) as work:
        broken.setattr(coalition.desk.plugins, "rewards", _fail)
        assert catalog.refresh(work, whole=True) == 0
    with coalition.desk.work(EDITOR) as work:
        assert all(each.stale_since for each in catalog.page(work, ALL).offers)
        assert catalog.refresh(work, whole=True) == 4
        assert not any(each.stale_since for each in catalog.page(work, ALL).offers)


def _fail(*_: object) -> None:
    raise PluginFailedError(plugin="plain")


def test_drawing_what_has_not_changed_writes_nothing(coalition: Coalition) -> None:
    put(coalition.desk, "umbrella")
    ids(coalition)
    with coalition.desk.work(EDITOR) as work:
        assert catalog.refresh(work, whole=True) == 0


def test_windows_open_and_close_at_their_very_seconds(
    coalition: Coalition, clock: FixedClock
) -> None:
    put(
        coalition.desk, "flash", points=10,
        **{"from": "2026-05-01T13:00:00+08:00", "until": "2026-05-01T14:00:00+08:00"},
    )  # fmt: skip
    shown = []
    for second in (-1, 0, 3599, 3600):
        clock.now = datetime(2026, 5, 1, 5, tzinfo=UTC)
        clock.move(seconds=second)
        shown.append("stoa:flash" in ids(coalition))
    assert shown == [False, True, True, False]


def test_a_rule_that_holds_later_shows_at_its_very_second(
    coalition: Coalition, clock: FixedClock
) -> None:
    assert ids(coalition) == PLAIN
    coalition.desk.programme = replace(coalition.desk.programme, rule_delay_s=900)
    put(coalition.desk, "umbrella", points=10)
    clock.move(seconds=899)
    assert ids(coalition) == PLAIN
    clock.move(seconds=1)
    assert ids(coalition)[0] == "stoa:umbrella"


def test_a_document_hides_the_plugins_reward_of_its_id_while_it_holds(coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", points=1)
    with coalition.desk.work(EDITOR) as work:
        assert [each.points for each in catalog.page(work, Wish(partner="cinema")).offers] == [
            1, 2000,
        ]  # fmt: skip
        rulebook.pause(work, "reward", "mug")
    with coalition.desk.work(EDITOR) as work:
        assert [each.points for each in catalog.page(work, Wish(partner="cinema")).offers] == [
            500, 2000,
        ]  # fmt: skip


def test_paging_leaves_none_out_and_shows_none_twice(coalition: Coalition) -> None:
    for number in range(7):
        put(coalition.desk, f"cup-{number}", points=500)
    found: list[str] = []
    cursor: str | None = None
    while True:
        with coalition.desk.work(EDITOR) as work:
            page = catalog.page(work, ALL, cursor=cursor, limit=2)
        found += [offer.id for offer in page.offers]
        cursor = page.next
        if cursor is None:
            break
    assert found == ids(coalition)
    assert len(found) == 11


@pytest.mark.parametrize("cursor", ["", "mug", "x.mug", "-1.mug", "１.mug", "1" * 16 + ".a"])
def test_a_cursor_is_one_of_ours(coalition: Coalition, cursor: str) -> None:
    with pytest.raises(InvalidBodyError):
        ids(coalition, cursor=cursor)


def test_filters_narrow_the_list(coalition: Coalition) -> None:
    put(coalition.desk, "flight", kind="donation", points=50, until="2026-05-03")
    put(coalition.desk, "film", provider="cinema", at={"stores": ["cinema/main"]}, points=60)
    put(coalition.desk, "food", at={"partners": ["grocery"]}, points=70)
    cases = {
        Wish(kind="donation"): ["stoa:flight"],
        Wish(partner="stoa"): ["stoa:flight", "stoa:food"],
        Wish(partner="cinema", max_points=500): ["cinema:film", "cinema:mug"],
        Wish(max_points=60): ["stoa:flight", "cinema:film"],
        Wish(ends_soon=True): ["stoa:flight"],
        Wish(at=("cinema", "main"), max_points=100): ["stoa:flight", "cinema:film"],
        Wish(at=("grocery", "main"), max_points=100): ["stoa:flight", "stoa:food"],
        Wish(at=("cinema", "")): ["stoa:flight", "cinema:film", "cinema:mug", "cinema:ticket"],
    }
    assert {wish: ids(coalition, wish) for wish in cases} == cases


COFFEE = {"en": "Coffee and cake", "zh-Hans": "咖啡配蛋糕", "zh-Hant": "咖啡配蛋糕"}


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("coffee", True),
        ("CAKE cof", True),
        ("蛋糕", True),
        ("糕", True),
        ("咖啡 cake", True),
        ("免費", True),
        ("免费", True),
        ("harbour grocery", True),
        ("Ｃoffee", True),
        ("tea", False),
        ("coffee tea", False),
        ("茶", False),
        ("c%e", False),
        ("_", False),
        ("'", False),
    ],
)
def test_search_finds_words_of_any_language(coalition: Coalition, q: str, *, found: bool) -> None:
    about = {"en": "Free", "zh-Hans": "免费", "zh-Hant": "免費"}
    put(coalition.desk, "break", name=COFFEE, about=about, provider="grocery")
    assert ("grocery:break" in ids(coalition, Wish(q=q))) is found


def shown(coalition: Coalition, who: Someone, available: int, **how: Any) -> dict[str, Any]:
    """Return what is against a member's having the offers of a page."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        there = members.find(work, who.token)
        window = catalog.of_member(work, there, ALL, available=available, **how)
        return {each.offer.id: (each.short_by, each.against) for each in window.shown}


def test_what_a_member_can_afford_comes_first_with_what_is_against_the_rest(
    coalition: Coalition,
) -> None:
    put(coalition.desk, "lounge", tiers=["gold"], points=600)
    put(coalition.desk, "cake", who={"fact": "birthday", "is": "=", "value": True}, points=700)
    ada = coalition.a_member()
    assert list(shown(coalition, ada, 600).items()) == [
        ("cinema:mug", (0, ())),
        ("grocery:mug", (0, ())),
        ("stoa:lounge", (0, ("tier",))),
        ("stoa:cake", (100, ("points", "condition"))),
        ("cinema:ticket", (1400, ("points",))),
        ("grocery:ticket", (1400, ("points",))),
    ]
    with coalition.desk.work(EDITOR) as work:
        tiers.assign(work, ada.id, "gold", reason="test")
        members.set_born_on(work, ada.id, NOON.date())
    assert shown(coalition, ada, 700, affordable=True) == {
        "cinema:mug": (0, ()), "grocery:mug": (0, ()), "stoa:lounge": (0, ()), "stoa:cake": (0, ()),
    }  # fmt: skip


def test_what_all_members_had_of_a_day_is_against_it_on_that_day(
    coalition: Coalition, clock: FixedClock
) -> None:
    put(coalition.desk, "cake", provider="cinema", points=10, per_day=1)
    ada, eve = rich(coalition, 2)
    assert shown(coalition, eve, 1000)["cinema:cake"] == (0, ())
    take(coalition, ada, "cinema:cake")
    assert shown(coalition, eve, 1000)["cinema:cake"] == (0, ("limit",))
    clock.move(hours=24)
    assert shown(coalition, eve, 1000)["cinema:cake"] == (0, ())


def test_affordable_first_is_stable_though_points_are_spent_between_pages(
    coalition: Coalition,
) -> None:
    ada = coalition.a_member()
    found, cursor = [], None
    for available in (2000, 400, 90_000, 0):
        with coalition.desk.work(coalition.as_grocery()) as work:
            there = members.find(work, ada.token)
            window = catalog.of_member(
                work, there, ALL, available=available, cursor=cursor, limit=1
            )
        found += [each.offer.id for each in window.shown]
        cursor = window.next
    assert (found, cursor) == (PLAIN, None)


def test_a_members_page_sends_as_many_statements_as_an_empty_one_does(
    coalition: Coalition, sent: list[str]
) -> None:
    who = {"fact": "spend", "over": "day", "is": ">=", "value": 1}
    ada = coalition.a_member()
    counts = []
    for number in (1, 20):
        for each in range(number):
            put(coalition.desk, f"mug-{each}", who=who)
        with coalition.desk.work(coalition.as_grocery()) as work:
            there = members.find(work, ada.token)
            catalog.page(work, ALL)
            ledger.balance_of(work, ada.id, "STAR")
            sent.clear()
            catalog.of_member(work, there, ALL, available=0)
            counts.append(len(sent))
    assert counts == [2, 2]


def test_what_a_member_had_and_what_is_gone_is_told(coalition: Coalition) -> None:
    put(coalition.desk, "once", provider="cinema", points=10, per_member=1)
    put(coalition.desk, "daily", provider="cinema", points=20, per_member_day=1, stock=5)
    put(coalition.desk, "last", provider="cinema", points=30, stock=1)
    ada, bob = rich(coalition, 2)
    for offer in ("cinema:once", "cinema:daily", "cinema:last"):
        take(coalition, ada, offer)
    told = [
        {offer: against for offer, (_, against) in shown(coalition, who, 5000).items()}
        for who in (ada, bob)
    ]
    assert [told[0][f"cinema:{code}"] for code in ("once", "daily", "last")] == [
        ("limit",), ("limit",), ("stock",),
    ]  # fmt: skip
    assert [told[1][f"cinema:{code}"] for code in ("once", "daily", "last")] == [
        (), (), ("stock",),
    ]  # fmt: skip
