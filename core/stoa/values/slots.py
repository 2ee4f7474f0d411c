"""Slots: times at which a place of a resource can be booked, by a store's own clock.

    {"resource": "lounge", "minutes": 60, "places": 8, "ahead_days": 14,
     "open": {"friday": ["10:00", "22:00"], "saturday": ["10:00", "02:00"]}}

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
    if not isinstance(written, Mapping) or not written:
        part.wrong("open", 'Write hours by weekday: {"friday": ["10:00", "22:00"]}.')
        return MappingProxyType({})
    found: dict[str, tuple[time, time]] = {}
    for day, hours in written.items():
        if day not in WEEKDAYS:
            part.wrong(f"open.{day}", f"Write a weekday of {', '.join(WEEKDAYS)}.")
        elif (
            not isinstance(hours, list)
            or len(hours) != 2  # noqa: PLR2004 - from and to
            or not all(isinstance(each, str) and _CLOCK.fullmatch(each) for each in hours)
        ):
            part.wrong(f"open.{day}", 'Write two times such as ["10:00", "22:00"].')
        else:
            found[day] = (time.fromisoformat(hours[0]), time.fromisoformat(hours[1]))
    return MappingProxyType(found)
