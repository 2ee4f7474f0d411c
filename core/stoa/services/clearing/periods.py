"""Periods: months of a points currency, open one after the other, closed for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.terms import period_after, period_of_day
from stoa.work import Work

__all__ = ["Period", "last_day", "next_period", "period_of", "periods"]


@dataclass(frozen=True, slots=True)
class Period:
    """A period that has entries, or is closed.

    Attributes:
        cut_place: the first place of the log that is not in it; ``None`` while it is open.
        cut_entry: the last entry that was booked when it closed.
        sha256: over the hashes of its statements, in their order.
    """

    points_currency: str
    period: str
    mode: Mode
    state: str
    cut_place: int | None
    cut_entry: int | None
    closed_at: datetime | None
    closed_by: str
    sha256: str | None

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self.state == "closed"


_PERIODS = """
SELECT points_currency, period, mode, state, cut_place, cut_entry, closed_at, closed_by, sha256
  FROM clearing_periods
 WHERE points_currency = %(currency)s AND (%(period)s = '' OR period = %(period)s)
 ORDER BY period
"""


def periods(work: Work, currency: str) -> Sequence[Period]:
    """Return the periods of a points currency, the earliest first."""
    rows = work.rows(_PERIODS, {"currency": currency, "period": ""})
    return [_read(*row) for row in rows]


def period_of(work: Work, currency: str, period: str) -> Period | None:
    """Return a period (``YYYY-MM``); ``None`` where it has no entry and was not closed."""
    rows = work.rows(_PERIODS, {"currency": currency, "period": period})
    return _read(*rows[0]) if rows else None


def next_period(work: Work, currency: str) -> str:
    """Return the first period that is not closed: the one to close next.

    It is that of the earliest entry, or this month where there is none.
    """
    found = periods(work, currency)
    closed = [each.period for each in found if each.closed]
    if closed:
        return period_after(closed[-1])
    return found[0].period if found else period_of_day(work.today())


def _read(points_currency: str, period: str, mode: str, *rest: Any) -> Period:  # noqa: ANN401 - a row
    return Period(points_currency, period, Mode(mode), *rest)


def last_day(period: str) -> date:
    """Return the last business day of a period."""
    return date.fromisoformat(f"{period_after(period)}-01") - timedelta(days=1)
