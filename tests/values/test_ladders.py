"""Ladders as documents: what is read, and every mistake with its place."""

from copy import deepcopy
from typing import Any

import pytest

from stoa.values.conditions import Span, Window, WrongRuleError
from stoa.values.ladders import Ladder, read_ladder

GOLD: dict[str, Any] = {
    "any": [
        {"fact": "spend", "over": "day", "is": ">=", "value": 800_00},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 2000_00},
    ]
}
LADDER: dict[str, Any] = {
    "name": {"en": "Members", "zh-Hans": "会员"},
    "main": True,
    "visit_gap_minutes": 20,
    "qualifying": ["base", "campaign"],
    "tiers": [
        {"code": "basic", "name": {"en": "Basic"}, "uplift_percent": 10, "qualify": None,
         "benefits": [{"code": "holiday", "name": {"en": "Holiday offers"}}]},
        {"code": "silver", "name": {"en": "Silver"}, "uplift_percent": 20,
         "discount_basis_points": 200, "inherits": True,
         "benefits": [{"code": "day", "name": {"en": "Member day"}}],
         "qualify": {"fact": "visits", "over": "calendar month", "is": ">=", "value": 3}},
        {"code": "gold", "name": {"en": "Gold"}, "uplift_percent": 100,
         "discount_basis_points": 500,
         "benefits": [{"code": "gift", "name": {"en": "Birthday gift"}}], "qualify": GOLD},
    ],
    "review": {"every": "12 months", "grace_days": 30, "soft_landing": False, "on_return": "keep"},
}  # fmt: skip


def _changed(path: str, value: object) -> dict[str, Any]:
    document = deepcopy(LADDER)
    *parts, last = path.split(".")
    part: Any = document
    for name in parts:
        part = part[int(name)] if isinstance(part, list) else part[name]
    part[int(last) if isinstance(part, list) else last] = value
    return document


def _read() -> Ladder:
    return read_ladder(LADDER, code="main", version=3)


def test_a_ladder_is_read() -> None:
    ladder = _read()
    assert (ladder.code, ladder.version, ladder.main) == ("main", 3, True)
    assert [tier.rank for tier in ladder.tiers] == [0, 1, 2]
    assert ladder.tier("gold").discount_basis_points == 500
    assert ladder.way.visit_gap_minutes == 20
    assert ladder.way.qualifying == {"base", "campaign"}
    assert ladder.review.every == Window(Span.MONTHS, 12)
    assert (ladder.review.soft_landing, ladder.review.recalculates) == (False, False)
    assert {ask.key for ask in ladder.asks} == {
        "spend|day", "spend|30 days", "visits|calendar month",
    }  # fmt: skip


def test_what_is_not_said_is_gentle() -> None:
    ladder = read_ladder({"name": {"en": "M"}, "tiers": LADDER["tiers"][:1]})
    assert not ladder.main
    assert ladder.review.every is None
    assert ladder.review.recalculates
    assert ladder.way.visit_gap_minutes == 30
    assert ladder.way.qualifying == {"base"}
    assert ladder.asks == frozenset()


def test_an_unknown_tier_is_the_lowest() -> None:
    assert _read().tier("bronze").code == "basic"
    assert _read().tier(None).code == "basic"
    assert not _read().has("bronze")


def test_benefits_are_inherited_where_it_is_said() -> None:
    ladder = _read()
    assert [perk.code for perk in ladder.perks("silver")] == ["day", "holiday"]
    assert [perk.code for perk in ladder.perks("gold")] == ["gift"]
    again = read_ladder(_changed("tiers.2.inherits", value=True))
    assert [perk.code for perk in again.perks("gold")] == ["gift", "day", "holiday"]


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("name", "Members", "name"),
        ("main", "yes", "main"),
        ("visit_gap_minutes", -1, "visit_gap_minutes"),
        ("qualifying", ["all"], "qualifying"),
        ("qualifying", [[]], "qualifying"),
        ("tiers", [], "tiers"),
        ("tiers.0", 7, "tiers.0"),
        ("tiers.0.qualify", GOLD, "tiers.0.qualify"),
        ("tiers.1.code", "basic", "tiers.1.code"),
        ("tiers.1.code", "", "tiers.1.code"),
        ("tiers.1.uplift_percent", 20.5, "tiers.1.uplift_percent"),
        ("tiers.1.discount_basis_points", 10_001, "tiers.1.discount_basis_points"),
        ("tiers.1.discont", 1, "tiers.1.discont"),
        ("tiers.1.benefits", {}, "tiers.1.benefits"),
        ("tiers.1.benefits.0.code", None, "tiers.1.benefits.0.code"),
        ("tiers.1.benefits", [{"code": "a", "name": {"en": "A"}}] * 2, "tiers.1.benefits.1.code"),
        ("tiers.2.qualify.any.0.value", "800", "tiers.2.qualify.any.0.value"),
        ("tiers.2.qualify.any.1.fact", "luck", "tiers.2.qualify.any.1.fact"),
        ("review", "yearly", "review"),
        ("review.every", "30 days", "review.every"),
        ("review.every", "soon", "review.every"),
        ("review.every", 12, "review.every"),
        ("review.grace_days", 400, "review.grace_days"),
        ("review.on_return", "shrug", "review.on_return"),
        ("reviews", {}, "reviews"),
    ],
)
def test_a_mistake_is_told_with_its_place(path: str, value: object, place: str) -> None:
    with pytest.raises(WrongRuleError) as wrong:
        read_ladder(_changed(path, value))
    assert place in wrong.value.errors


def test_every_mistake_is_told_at_once() -> None:
    document = _changed("tiers.2.qualify.any.0.value", "800") | {"main": 1, "colour": "red"}
    with pytest.raises(WrongRuleError) as wrong:
        read_ladder(document)
    assert set(wrong.value.errors) == {"main", "colour", "tiers.2.qualify.any.0.value"}
