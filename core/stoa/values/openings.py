"""Slots: times at which a place of a resource can be booked, by a store's own clock.

    {"resource": "lounge", "minutes": 60, "places": 8, "ahead_days": 14,
     "open": [{"days": ["friday"], "from": "10:00", "until": "22:00"},
              {"days": ["saturday"], "from": "10:00", "until": "02:00"}]}

A day's slots begin when it opens and follow one another in real minutes; the last one ends when it
closes or before. Closing at or before the hour of opening means the next day. On the day on which
clocks go forward there are fewer slots, on the one on which they go back there are more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from stoa.values.conditions import WEEKDAYS
from stoa.values.documents import Reading
from stoa.values.periods import zone

__all__ = ["Booking", "Slot", "read_booking", "slots_of"]

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_MOST_MINUTES = 1440
_MOST_PLACES = 10_000
_MOST_AHEAD = 365
_MOST_ROWS = 14


@dataclass(frozen=True, slots=True)
class Booking:
    """How a benefit is booked: so many places of a resource, for so long, when it is open."""

    resource: str
    minutes: int
    places: int
    open: Mapping[str, tuple[time, time]]
    ahead_days: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked, aware UTC: ``[starts, ends)``."""

    starts: datetime
    ends: datetime


def slots_of(booking: Booking, day: date, zone_name: str) -> list[Slot]:
    """Return the slots that begin in the opening hours of a local day, in their order."""
    hours = booking.open.get(WEEKDAYS[day.weekday()])
    if hours is None:
        return []
    opens, closes = hours
    last = day if closes > opens else day + timedelta(days=1)
    here = zone(zone_name)
    start = datetime.combine(day, opens, here).astimezone(UTC)
    end = datetime.combine(last, closes, here).astimezone(UTC)
    span = timedelta(minutes=booking.minutes)
    found = []
    while start + span <= end:
        found.append(Slot(start, start + span))
        start += span
    return found


def read_booking(reading: Reading, name: str) -> Booking | None:
    """Read how a benefit is booked; ``None`` where it is not."""
    if not reading.has(name):
        return None
    part = Reading(reading.raw(name), reading.place(name), reading.errors)
    found = Booking(
        part.word("resource"),
        part.whole("minutes", 5, _MOST_MINUTES),
        part.whole("places", 1, _MOST_PLACES),
        _hours(part),
        part.whole("ahead_days", 0, _MOST_AHEAD, 14),
    )
    part.close()
    return found


def _hours(part: Reading) -> Mapping[str, tuple[time, time]]:
    written = part.raw("open")
    found: dict[str, tuple[time, time]] = {}
    if not isinstance(written, list) or not 1 <= len(written) <= _MOST_ROWS:
        part.wrong("open", f"Write a list of 1 to {_MOST_ROWS} rows of days and hours.")
        return found
    for place, each in enumerate(written):
        row = Reading(each, f"{part.place('open')}.{place}", part.errors)
        days = row.raw("days")
        hours = _clock(row, "from"), _clock(row, "until")
        if not isinstance(days, list) or not days or not set(map(str, days)) <= set(WEEKDAYS):
            row.wrong("days", f"Write a list of weekdays: {', '.join(WEEKDAYS)}.")
            days = []
        for day in days:
            if day in found:
                row.wrong("days", f"There are hours of {day} already.")
            found[day] = hours
        row.close()
    return MappingProxyType(found)


def _clock(row: Reading, name: str) -> time:
    value = row.raw(name)
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        row.wrong(name, "Write a time of the day such as 10:00.")
        return time()
    return time.fromisoformat(value)
