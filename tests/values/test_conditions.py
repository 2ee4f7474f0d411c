"""Conditions: read against a closed vocabulary, asked in microseconds, explained node by node."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.conditions import (
    CAMPAIGN,
    TIER,
    Ask,
    Trace,
    WrongRuleError,
    read_condition,
    read_window,
)
from stoa.values.periods import Period

GOLD = {
    "any": [
        {"fact": "spend", "over": "day", "is": ">=", "value": 80_000},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 200_000},
    ]
}


def test_a_condition_tells_what_it_has_to_know() -> None:
    assert {ask.key for ask in read_condition(GOLD, TIER).asks} == {"spend|day", "spend|30 days"}


@pytest.mark.parametrize(
    ("today", "month", "holds"),
    [(79_999, 0, False), (80_000, 0, True), (0, 199_999, False), (0, 200_000, True)],
)
def test_any_holds_from_the_boundary_of_one_part(today: int, month: int, *, holds: bool) -> None:
    facts = {"spend|day": today, "spend|30 days": month}
    assert read_condition(GOLD, TIER).holds(facts) is holds


def test_the_winning_part_is_the_first_that_holds() -> None:
    trace = read_condition(GOLD, TIER).trace({"spend|day": 81_200, "spend|30 days": 300_000})
    assert trace.winning() == Trace("fact", True, (), "spend|day", ">=", 80_000, 81_200)  # noqa: FBT003 - as stored


def test_nothing_compares_with_what_is_unknown() -> None:
    assert not read_condition(GOLD, TIER).holds({"spend|day": None})


@pytest.mark.parametrize(
    ("document", "facts", "holds"),
    [
        ({"fact": "tier", "is": "in", "value": ["gold", "silver"]}, {"tier": "gold"}, True),
        ({"fact": "tier", "is": "not in", "value": ["gold"]}, {"tier": "gold"}, False),
        ({"fact": "skus", "is": "has any", "value": ["A", "B"]}, {"skus": ("B", "C")}, True),
        ({"fact": "skus", "is": "has all", "value": ["A", "B"]}, {"skus": ("B", "C")}, False),
        ({"fact": "skus", "is": "has none", "value": ["A"]}, {"skus": ("B", "C")}, True),
        ({"fact": "birthday", "is": "=", "value": True}, {"birthday": True}, True),
        ({"fact": "birthday", "is": "=", "value": False}, {"birthday": True}, False),
        ({"not": {"fact": "hour", "is": ">", "value": 11}}, {"hour": 11}, True),
        ({"fact": "hour", "is": "!=", "value": 11}, {"hour": 11}, False),
    ],
)
def test_every_operator_compares(
    document: dict[str, Any], facts: dict[str, Any], *, holds: bool
) -> None:
    condition = read_condition(document, CAMPAIGN)
    assert condition.holds(facts) is holds
    assert condition.trace(facts).holds is holds


def test_every_mistake_is_named_with_its_place() -> None:
    document = {
        "all": [
            {"fact": "spend", "over": "fortnight", "is": "~", "value": 1.5, "colour": "red"},
            {"fact": "tier", "is": "in", "value": ["gold"]},
            {"not": {"fact": "visits", "is": ">=", "value": True}},
            {"any": []},
            "gold",
            {"fact": "invitees_in_tier", "is": ">=", "value": 3},
            {"all": [{"fact": "spend", "over": "day", "is": ">=", "value": 1}], "any": []},
        ]
    }
    with pytest.raises(WrongRuleError) as wrong:
        read_condition(document, TIER, path="tiers.1.qualify")
    assert set(wrong.value.errors) == {
        f"tiers.1.qualify.all.{place}"
        for place in (
            "0.over", "0.is", "0.value", "0.colour", "1.fact", "2.not.over", "2.not.value",
            "3.any", "4", "5.of", "6",
        )
    }  # fmt: skip


def test_a_tree_is_neither_too_deep_nor_too_large() -> None:
    leaf = {"fact": "spend", "over": "day", "is": ">=", "value": 1}
    deep: dict[str, Any] = leaf
    for _ in range(7):
        deep = {"not": deep}
    assert read_condition(deep, TIER)
    with pytest.raises(WrongRuleError, match="deep"):
        read_condition({"not": deep}, TIER)
    assert read_condition({"all": [leaf] * 99}, TIER)
    with pytest.raises(WrongRuleError, match="100 parts"):
        read_condition({"all": [leaf] * 100}, TIER)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "fact", "is", "value", "over", "of", "x"]),
            inner | st.sampled_from(["spend", "tier", ">=", "in", "day", "3 days"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_whatever_is_written_is_read_or_refused_by_place(document: Any) -> None:
    try:
        condition = read_condition(document, CAMPAIGN)
    except WrongRuleError as wrong:
        told = wrong.errors
    else:
        told = {"": ["read"]}
        assert condition.holds({}) is condition.trace({}).holds
    assert told
    assert all(isinstance(place, str) and texts for place, texts in told.items())


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("day", date(2026, 3, 1), date(2026, 3, 2)),
        ("30 days", date(2026, 1, 31), date(2026, 3, 2)),
        ("12 months", date(2025, 3, 2), date(2026, 3, 2)),
        ("calendar month", date(2026, 3, 1), date(2026, 4, 1)),
        ("calendar year", date(2026, 1, 1), date(2027, 1, 1)),
        ("membership year", date(2026, 2, 28), date(2027, 2, 28)),
        ("ever", date.min, date.max),
    ],
)
def test_a_window_is_a_span_of_days_around_a_day(text: str, start: date, end: date) -> None:
    window = read_window(text)
    assert window.text == text
    assert window.around(date(2026, 3, 1), date(2024, 2, 29)) == Period(start, end)


@pytest.mark.parametrize("text", ["days", "0 days", "1.5 days", "4000 days", "year", "", "30 Days"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|year"):
        read_window(text)


def test_asks_are_told_apart_by_window_and_by_what_they_are_of() -> None:
    document = {"fact": "challenges_done", "over": "ever", "of": "spring", "is": ">=", "value": 1}
    (ask,) = read_condition(document, TIER).asks
    assert ask.key == "challenges_done|ever|spring"
    assert Ask(TIER["chances"], None, "main").key == "chances||main"


_LEAVES = st.sampled_from(
    [
        {"fact": "hour", "is": ">=", "value": 12},
        {"fact": "tier", "is": "in", "value": ["gold"]},
        {"fact": "weekday", "is": "not in", "value": ["monday"]},
    ]
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.builds(
            lambda kind, parts: {kind: parts},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        )
        | st.builds(lambda part: {"not": part}, inner)
    ),
    max_leaves=8,
)
_FACTS = st.fixed_dictionaries(
    {
        "hour": st.sampled_from([11, 12, None]),
        "tier": st.sampled_from(["gold", "basic", None]),
        "weekday": st.sampled_from(["monday", "friday", None]),
    }
)


@given(_TREES, _FACTS, st.sets(st.sampled_from(["hour", "tier", "weekday"])))
def test_what_can_not_hold_with_some_facts_known_never_holds_with_all(
    document: Any, facts: dict[str, Any], known: set[str]
) -> None:
    condition = read_condition(document, CAMPAIGN)
    some = {key: value for key, value in facts.items() if key in known}
    if condition.holds(facts):
        assert condition.possible(some)
    assert condition.possible(facts) is condition.holds(facts)
    assert condition.ways({}) != 0
