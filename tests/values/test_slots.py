"""Slots as values: read with every mistake, whole slots only, in the zone of the store."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from stoa.values.documents import Reading
from stoa.values.slots import Slots, read_slots


def a_document(**changes: Any) -> dict[str, Any]:
    """Return two hours and a half on Mondays."""
    return {
        "resource": "spa", "minutes": 60, "places": 4, "open": {"mon": ["10:00", "12:30"]},
    } | changes  # fmt: skip


def read(**changes: Any) -> tuple[Slots, dict[str, list[str]]]:
    """Read it; return the mistakes too."""
    reading = Reading({"slots": a_document(**changes)})
    return read_slots(reading, "slots"), reading.errors


def test_slots_are_whole_ones_in_the_stores_zone() -> None:
    slots, errors = read()
    assert errors == {}
    begins = slots.begins(date(2026, 5, 4), "Asia/Shanghai")
    assert [each.astimezone(UTC).hour for each in begins] == [2, 3]
    assert slots.begins(date(2026, 5, 5), "Asia/Shanghai") == []


def test_a_slot_can_be_booked_until_it_begins_and_not_too_far_ahead() -> None:
    slots, _ = read(ahead_days=7)
    begin = datetime(2026, 5, 4, 2, tzinfo=UTC)
    for now, found in [
        (datetime(2026, 5, 4, 1, 59, 59, tzinfo=UTC), date(2026, 5, 4)),
        (begin, None),
        (datetime(2026, 4, 27, 4, tzinfo=UTC), date(2026, 5, 4)),
        (datetime(2026, 4, 26, 4, tzinfo=UTC), None),
    ]:
        assert slots.day_of(begin, "Asia/Shanghai", now=now) == found


def test_a_day_may_be_open_until_midnight() -> None:
    slots, errors = read(open={"sun": ["22:00", "24:00"]})
    assert errors == {}
    assert len(slots.begins(date(2026, 5, 3), "Asia/Shanghai")) == 2


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"resource": ""}, "slots.resource"),
        ({"minutes": 4}, "slots.minutes"),
        ({"places": 0}, "slots.places"),
        ({"ahead_days": 400}, "slots.ahead_days"),
        ({"open": {}}, "slots.open"),
        ({"open": {"someday": ["10:00", "11:00"]}}, "slots.open"),
        ({"open": {"mon": ["11:00", "10:00"]}}, "slots.open"),
        ({"open": {"mon": ["10:00"]}}, "slots.open"),
        ({"open": {"mon": ["10", "11"]}}, "slots.open"),
        ({"open": {"mon": ["10:00", "25:00"]}}, "slots.open"),
        ({"color": "red"}, "slots.color"),
    ],
)
def test_every_mistake_is_named(changes: dict[str, Any], place: str) -> None:
    assert set(read(**changes)[1]) == {place}
