"""Slots: times at which something can be booked, so many places at a time.

    {"resource": "spa", "minutes": 60, "places": 4, "ahead_days": 14,
     "open": {"mon": ["10:00", "18:00"], "sat": ["09:00", "20:00"]}}

Times are local ones of the store; a slot begins each `minutes` from the opening on and ends by the
closing. In the night on which clocks are set back, an hour that comes twice is its first one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stoa.values.documents import Reading

__all__ = ["WEEKDAYS", "Slots", "read_slots"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY_MINUTES = 24 * 60
_MOST_PLACES = 10_000
_MOST_AHEAD = 366
_PAIR = 2
_WRITE = 'Write two times such as ["10:00", "18:00"].'


@dataclass(frozen=True, slots=True)
class Slots:
    """When a resource is open and how it is divided.

    Attributes:
        opens: by weekday, 0 for Monday, the minutes of the day from which and until which.
        places: of one slot.
        ahead_days: how far ahead of today it may be booked.
    """

    resource: str
    minutes: int
    places: int
    opens: Mapping[int, tuple[int, int]]
    ahead_days: int = 14

    def begins(self, day: date, zone: str) -> list[datetime]:
        """Return the instants at which slots of a local day begin."""
        first, last = self.opens.get(day.weekday(), (0, 0))
        midnight = datetime.combine(day, time(), ZoneInfo(zone))
        return [
            midnight + timedelta(minutes=minute)
            for minute in range(first, last - self.minutes + 1, self.minutes)
        ]

    def day_of(self, begin: datetime, zone: str, *, now: datetime) -> date | None:
        """Return the local day of a slot; ``None`` where none begins then that can be booked.

        Args:
            begin: aware.
        """
        day = begin.astimezone(ZoneInfo(zone)).date()
        today = now.astimezone(ZoneInfo(zone)).date()
        near = begin > now and day <= today + timedelta(days=self.ahead_days)
        return day if near and begin in self.begins(day, zone) else None


def read_slots(reading: Reading, name: str) -> Slots:
    """Read the slots of a document."""
    part = Reading(reading.raw(name), reading.place(name), reading.errors)
    slots = Slots(
        resource=part.word("resource"),
        minutes=part.whole("minutes", 5, _DAY_MINUTES),
        places=part.whole("places", 1, _MOST_PLACES),
        opens=_opens(part),
        ahead_days=part.whole("ahead_days", 0, _MOST_AHEAD, 14),
    )
    part.close()
    return slots


def _opens(part: Reading) -> Mapping[int, tuple[int, int]]:
    raw = part.raw("open")
    if not isinstance(raw, Mapping) or not raw or not set(raw) <= set(WEEKDAYS):
        part.wrong("open", "Write times by weekday, such as mon, tue.")
        return {}
    found: dict[int, tuple[int, int]] = {}
    for name, pair in raw.items():
        times = _pair(pair)
        if times is None or times[0] >= times[1]:
            part.wrong("open", _WRITE)
        else:
            found[WEEKDAYS.index(name)] = times
    return found


def _pair(value: Any) -> tuple[int, int] | None:  # noqa: ANN401 - any JSON
    if not isinstance(value, list) or len(value) != _PAIR:
        return None
    first, last = (_minute(each) for each in value)
    return None if first is None or last is None else (first, last)


def _minute(text: object) -> int | None:
    if text == "24:00":
        return _DAY_MINUTES
    try:
        found = time.fromisoformat(text) if isinstance(text, str) and len(text) == 5 else None  # noqa: PLR2004 - HH:MM
    except ValueError:
        return None
    return None if found is None else found.hour * 60 + found.minute
