"""Streaks: weeks or months in a row with at least one visit, and the one that goes on now.

Weeks begin on Monday, months on their first; the days are the stores' local days, so neither a
change of the clocks nor the end of a year breaks a row. One week without a visit does: there is no
grace. A streak goes on while this week or month may still be visited.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from stoa.values.periods import add_months

__all__ = ["MONTHS", "WEEKS", "Beat", "Streak", "streak"]

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Beat:
    """What has to be visited again and again: where it begins, and where the next one does."""

    first: Callable[[date], date]
    after: Callable[[date], date]


WEEKS: Final = Beat(lambda day: day - timedelta(days=day.weekday()), lambda first: first + _WEEK)
MONTHS: Final = Beat(lambda day: day.replace(day=1), lambda first: add_months(first, 1))


@dataclass(frozen=True, slots=True)
class Streak:
    """Weeks or months in a row: the `longest` so far, and those of the row that goes on `now`."""

    longest: int
    now: int


def streak(days: Iterable[date], beat: Beat, today: date) -> Streak:
    """Return the streaks of days of visits, none of them after today."""
    longest = now = 0
    following: date | None = None
    for first in sorted({beat.first(day) for day in days}):
        now = now + 1 if first == following else 1
        longest = max(longest, now)
        following = beat.after(first)
    goes_on = following is not None and beat.first(today) <= following
    return Streak(longest, now if goes_on else 0)
