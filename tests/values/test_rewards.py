"""Rewards as values: documents read with every mistake, windows to the second, places."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from stoa.values.conditions import WrongRuleError
from stoa.values.documents import Reading
from stoa.values.places import EVERYWHERE, Places, read_places
from stoa.values.rewards import Limits, Reward, is_picture, opening, read_reward
from stoa.values.slots import read_slots

SHANGHAI = "Asia/Shanghai"
HIGHEST = "a" * 64
SAUNA = {"resource": "sauna", "minutes": 30, "places": 6, "open": {"fri": ["10:00", "20:00"]}}


def a_document(**changes: Any) -> dict[str, Any]:
    """Return a gift's document with changes; ``None`` takes a name away."""
    whole: dict[str, Any] = {
        "name": {"en": "A mug"}, "kind": "gift", "points": 500, "worth_minor": 2500,
    }  # fmt: skip
    return {name: value for name, value in (whole | changes).items() if value is not None}


def a_reward(**changes: Any) -> Reward:
    """Read it."""
    return read_reward(a_document(**changes))


def mistakes(**changes: Any) -> dict[str, list[str]]:
    """Return what is wrong with it."""
    with pytest.raises(WrongRuleError) as wrong:
        a_reward(**changes)
    return wrong.value.errors


def test_a_plain_gift_is_the_operators_and_has_no_bounds() -> None:
    reward = a_reward()
    assert (reward.provider, reward.at, reward.limits, reward.stock) == (
        "", EVERYWHERE, Limits(), None,
    )  # fmt: skip
    assert reward.opens(SHANGHAI) is None
    assert reward.closes(SHANGHAI) is None
    assert (reward.fulfil, reward.max_quantity, reward.money_minor) == ("none", 1, 0)


def test_everything_that_can_be_said_is_read() -> None:
    reward = a_reward(
        kind="service", about={"en": "An hour"}, money_minor=1000, provider="spa",
        at={"partners": ["spa"], "stores": ["spa/main"]}, per_member=3, per_member_day=1,
        per_day=40, max_quantity=2, who={"fact": "birthday", "is": "=", "value": True},
        tiers=["gold", "gold", "silver"], picture=HIGHEST, stock=9, coupon="hour",
        slots=SAUNA, fulfil="plugin", payers=[{"payer": "prt:spa", "share": 100}],
    )  # fmt: skip
    assert reward.limits == Limits(3, 1, 40)
    assert reward.at == Places(frozenset(["spa"]), frozenset(["spa/main"]))
    assert reward.tiers == ("gold", "silver")
    assert (reward.coupon, reward.slots, reward.fulfil) == (
        "hour",
        read_slots(Reading({"slots": SAUNA}), "slots"),
        "plugin",
    )
    assert reward.who is not None
    assert reward.who.holds({"birthday": True})


def test_a_day_is_meant_whole_in_the_programmes_zone() -> None:
    reward = a_reward(**{"from": "2026-05-01", "until": "2026-05-01"})
    assert reward.opens(SHANGHAI) == datetime(2026, 4, 30, 16, tzinfo=UTC)
    assert reward.closes(SHANGHAI) == datetime(2026, 5, 1, 16, tzinfo=UTC)


def test_an_instant_is_meant_to_the_second() -> None:
    reward = a_reward(**{"from": "2026-05-01T20:00:00+08:00", "until": "2026-05-01T20:00:01+08:00"})
    assert reward.opens(SHANGHAI) == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert reward.closes(SHANGHAI) == datetime(2026, 5, 1, 12, 0, 1, tzinfo=UTC)


def test_a_day_in_a_zone_begins_at_its_midnight() -> None:
    assert opening(date(2026, 1, 1), "Asia/Tokyo") == datetime(2025, 12, 31, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"kind": "prize"}, "kind"),
        ({"points": 0}, "points"),
        ({"points": True}, "points"),
        ({"worth_minor": None}, "worth_minor"),
        ({"money_minor": -1}, "money_minor"),
        ({"name": {"zh-Hans": "杯"}}, "name.en"),
        ({"about": {"en": "x" * 1001}}, "about.en"),
        ({"from": "2026-05-01T20:00:00"}, "from"),
        ({"from": "2026-13-01T20:00:00Z"}, "from"),
        ({"from": 5}, "from"),
        ({"until": "soon"}, "until"),
        ({"from": "2026-05-02", "until": "2026-05-01"}, "until"),
        ({"from": "2026-05-02T00:00:00Z", "until": "2026-05-02T00:00:00Z"}, "until"),
        ({"from": "2026-05-02T00:00:00Z", "until": "2026-05-01"}, "until"),
        ({"per_member": 0}, "per_member"),
        ({"per_day": "3"}, "per_day"),
        ({"max_quantity": 1000}, "max_quantity"),
        ({"tiers": []}, "tiers"),
        ({"tiers": [3]}, "tiers"),
        ({"who": {"fact": "hour", "is": "=", "value": 3}}, "who.fact"),
        ({"picture": "A" * 64}, "picture"),
        ({"stock": -1}, "stock"),
        ({"at": {"partners": []}}, "at.partners"),
        ({"at": {"partners": "none"}}, "at.partners"),
        ({"at": {"stores": ["main"]}}, "at.stores"),
        ({"at": {"stores": [4]}}, "at.stores"),
        ({"at": {"partners": ["spa"], "stores": ["cinema/main"]}}, "at.stores"),
        ({"at": {"shops": []}}, "at.shops"),
        ({"kind": "voucher"}, "coupon"),
        ({"kind": "discount"}, "coupon"),
        ({"coupon": "ten"}, "coupon"),
        ({"kind": "currency"}, "currency"),
        ({"kind": "currency", "currency": {"code": "MILES", "points": 0}}, "currency.points"),
        ({"kind": "ticket"}, "draw"),
        ({"kind": "chance"}, "chance"),
        ({"draw": "autumn"}, "draw"),
        ({"slots": SAUNA}, "slots"),
        ({"kind": "service", "slots": {}}, "slots.resource"),
        ({"kind": "service", "slots": "sauna"}, "slots"),
        ({"fulfil": "plugin"}, "fulfil"),
        ({"fulfil": "mail"}, "fulfil"),
        ({"payers": [{"payer": "partner", "share": 100}]}, "payers.0.payer"),
        ({"price": 3}, "price"),
    ],
)
def test_a_mistake_is_named_with_its_place(changes: dict[str, Any], place: str) -> None:
    assert place in mistakes(**changes)


def test_every_mistake_is_told_at_once() -> None:
    assert set(mistakes(points=0, stock=0, kind="ticket")) == {"points", "stock", "draw"}


def test_a_voucher_may_come_from_the_partners_plugin() -> None:
    assert a_reward(kind="voucher", provider="spa", fulfil="plugin").coupon == ""


def test_what_a_kind_needs_makes_it_whole() -> None:
    assert a_reward(kind="ticket", draw="autumn").draw == "autumn"
    assert a_reward(kind="chance", chance="step-up").chance == "step-up"
    miles = a_reward(kind="currency", currency={"code": "MILES", "points": 100})
    assert miles.currency == ("MILES", 100)


@pytest.mark.parametrize(
    ("places", "partner", "store", "holds"),
    [
        (EVERYWHERE, "spa", "main", True),
        (Places(frozenset(["spa"])), "spa", None, True),
        (Places(frozenset(["spa"])), "cinema", "main", False),
        (Places(None, frozenset(["spa/pier"])), "spa", "pier", True),
        (Places(None, frozenset(["spa/pier"])), "spa", "main", False),
        (Places(None, frozenset(["spa/pier"])), "spa", None, True),
        (Places(None, frozenset(["spa/pier"])), "sp", None, False),
    ],
)
def test_places_hold_partners_and_stores(
    places: Places, partner: str, store: str | None, *, holds: bool
) -> None:
    assert places.hold(partner, store) is holds


def test_no_places_are_everywhere() -> None:
    assert read_places(Reading({}), "at") is EVERYWHERE
    assert read_places(Reading({"at": {"partners": "all"}}), "at") == EVERYWHERE


def test_a_picture_is_named_by_its_digest() -> None:
    assert is_picture("0123456789abcdef" * 4)
    assert not is_picture("0123456789abcdef")
    assert not is_picture(None)
