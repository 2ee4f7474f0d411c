"""Limits of what a rule gives a member: so many points or times in a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stoa.values.documents import Reading

__all__ = ["PERIODS", "Limit", "limit_uses", "period_start", "read_limits"]

PERIODS = ("day", "week", "month", "ever")
"""The periods that a limit counts over; weeks begin on Monday (ISO 8601)."""

_MOST = 4
_HIGH = 10**9


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many points or times in a period; ``None`` is no limit."""

    every: str
    points: int | None
    uses: int | None


def read_limits(reading: Reading, name: str) -> tuple[Limit, ...]:
    """Read the limits of a rule: ``[{"every": "day", "uses": 1}]``; none where it is missing."""
    written = reading.raw(name)
    if written is None:
        return ()
    if not isinstance(written, list) or len(written) > _MOST:
        reading.wrong(name, f"Write a list of at most {_MOST} limits.")
        return ()
    found = []
    for place, each in enumerate(written):
        part = Reading(each, f"{reading.place(name)}.{place}", reading.errors)
        every = part.choice("every", PERIODS)
        points = part.whole("points", 1, _HIGH) if part.has("points") else None
        uses = part.whole("uses", 1, _HIGH) if part.has("uses") else None
        if points is None and uses is None:
            part.wrong("", "Write points, uses or both.")
        found.append(Limit(every, points, uses))
        part.close()
    if len({each.every for each in found}) != len(found):
        reading.wrong(name, "A period is named twice.")
    return tuple(found)


def period_start(every: str, day: date) -> date:
    """Return the first day of the period that holds a day; of ``ever`` the first day of all."""
    if every == "week":
        return day - timedelta(days=day.weekday())
    if every == "month":
        return day.replace(day=1)
    return day if every == "day" else date.min


def limit_uses(name: str, points: int, limits: Sequence[Limit], day: date) -> dict[str, Any]:
    """Return what points take of a rule's budget and a member's limits, as the ledger reads it.

    Args:
        name: of the budget, such as ``activity:check-in``.
    """
    return {
        "campaign": name,
        "points": points,
        "caps": [
            {
                "every": "campaign" if limit.every == "ever" else limit.every,
                "since": period_start(limit.every, day).isoformat(),
                "points": limit.points,
                "uses": limit.uses,
            }
            for limit in limits
        ],
    }
