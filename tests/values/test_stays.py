"""Stays as the gates' events tell them: late, twice, out of order, and with clocks that differ."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from stoa.values.stays import Passage, Side, Visit, visits

TEN = datetime(2026, 5, 1, 10, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def passages(text: str) -> list[Passage]:
    """Read ``IN@0 OUT@250``: minutes after ten, in the order in which they were heard."""
    found = []
    for no, each in enumerate(text.split(), 1):
        side, minutes = each.split("@")
        found.append(Passage(no, Side(side), at(float(minutes))))
    return found


def told(text: str) -> list[tuple[str, float | None, float | None, str]]:
    def minutes(when: datetime | None) -> float | None:
        return None if when is None else (when - TEN) / timedelta(minutes=1)

    found = visits(passages(text))
    return [(each.state, minutes(each.in_at), minutes(each.out_at), each.why) for each in found]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("", []),
        ("IN@0", [("inside", 0, None, "")]),
        ("IN@0 OUT@250", [("left", 0, 250, "")]),
        ("OUT@250 IN@0", [("left", 0, 250, "")]),
        ("OUT@250", [("odd", None, 250, "no_in")]),
        ("IN@0 IN@60", [("odd", 0, None, "no_out"), ("inside", 60, None, "")]),
        ("IN@0 IN@60 OUT@90", [("odd", 0, None, "no_out"), ("left", 60, 90, "")]),
        ("IN@0 IN@60 OUT@90 OUT@30", [("left", 0, 30, ""), ("left", 60, 90, "")]),
        ("IN@0 OUT@30 OUT@60", [("left", 0, 30, ""), ("odd", None, 60, "no_in")]),
        ("IN@0 OUT@30 IN@60 OUT@90", [("left", 0, 30, ""), ("left", 60, 90, "")]),
    ],
)
def test_stays_are_told_from_what_the_gates_saw(
    seen: str, expected: list[tuple[str, float | None, float | None, str]]
) -> None:
    assert told(seen) == expected


@pytest.mark.parametrize(
    ("seen", "stays"),
    [
        ("IN@0 IN@2", 1),  # the same arrival seen twice
        ("IN@0 IN@2.1", 2),
        ("IN@0 OUT@60 OUT@62", 1),
        ("IN@0 OUT@60 OUT@62.1", 2),
        ("IN@0 IN@2 IN@4 IN@6", 1),  # a camera that looks every two minutes
    ],
)
def test_what_a_gate_sees_twice_within_two_minutes_is_one_passage(seen: str, stays: int) -> None:
    assert len(told(seen)) == stays


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("IN@0 OUT@-5", [("left", 0, 0, "clocks")]),
        ("IN@0 OUT@-5.1", [("odd", None, -5.1, "no_in"), ("inside", 0, None, "")]),
        # heard before the IN, it is the end of a stay whose IN is missing
        ("OUT@-3 IN@0", [("odd", None, -3, "no_in"), ("inside", 0, None, "")]),
        # what has an OUT of its own needs none mended
        ("IN@0 OUT@-3 OUT@60", [("odd", None, -3, "no_in"), ("left", 0, 60, "")]),
        # and an OUT that ends the stay before is none of the next
        ("IN@-60 IN@0 OUT@-3", [("left", -60, -3, ""), ("inside", 0, None, "")]),
    ],
)
def test_the_clocks_of_two_gates_may_differ_by_five_minutes(
    seen: str, expected: list[tuple[str, float | None, float | None, str]]
) -> None:
    assert told(seen) == expected


def test_an_in_and_an_out_of_one_instant_are_a_stay_of_no_time() -> None:
    assert told("OUT@0 IN@0") == [("left", 0, 0, "")]


def test_the_order_of_hearing_changes_nothing_where_the_clocks_agree() -> None:
    events = [("IN", 0), ("OUT", 30), ("IN", 60), ("IN", 120), ("OUT", 180)]
    expected = told(" ".join(f"{side}@{when}" for side, when in events))
    for order in itertools.permutations(events):
        assert told(" ".join(f"{side}@{when}" for side, when in order)) == expected


def test_every_passage_is_in_exactly_one_stay() -> None:
    seen = passages("OUT@-90 IN@0 IN@1 OUT@30 OUT@31 OUT@50 IN@60 IN@120")
    numbers = [number for each in visits(seen) for number in each.nos]
    assert sorted(numbers) == list(range(1, 9))


def test_a_visit_is_told_with_its_passages() -> None:
    assert visits(passages("IN@0 OUT@250")) == [Visit((1, 2), at(0), at(250), "left")]
