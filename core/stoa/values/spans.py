"""Spans: the period that somebody looks at, and the one that it is compared with.

A span is said in the address of a page, so that a link shows what its sender saw. Days are business
days; a span that is not over ends with today.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from stoa.values.periods import Period, add_months

__all__ = ["COMPARED", "LONGEST_DAYS", "SPANS", "Span", "read_span"]

SPANS = ("7", "30", "90", "month", "quarter", "year", "custom")
"""What a span may be: so many days that end today, a calendar one so far, or two days."""

COMPARED = ("before", "year")
"""With the period before, or with the same days of the year before."""

LONGEST_DAYS = 366
"""The most days of a span."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A period, the one it is compared with, and how both were asked for.

    Attributes:
        kind: one of `SPANS`.
        compared: one of `COMPARED`.
    """

    kind: str
    compared: str
    period: Period
    before: Period

    @property
    def days(self) -> tuple[date, ...]:
        """The days of the period."""
        length = (self.period.end - self.period.start).days
        return tuple(self.period.start + timedelta(days=n) for n in range(length))

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.period.end - timedelta(days=1)

    @property
    def address(self) -> dict[str, str]:
        """What says the same span in an address."""
        said = {"span": self.kind, "against": self.compared}
        if self.kind == "custom":
            said |= {"from": self.period.start.isoformat(), "to": self.last.isoformat()}
        return said


def read_span(asked: Mapping[str, str], today: date) -> Span:
    """Return the span that an address asks for; 30 days where it asks for none that there is.

    Args:
        asked: ``span``, ``against``, and ``from`` and ``to`` as ISO days; a custom span has at most
            366 days, and begins later where more are asked for.
    """
    kind = asked.get("span", "")
    compared = asked.get("against", "")
    compared = compared if compared in COMPARED else COMPARED[0]
    period = _period(kind, asked, today)
    if period is None:
        kind = "30"
        period = Period(today - timedelta(days=29), today + timedelta(days=1))
    return Span(kind, compared, period, _before(kind, compared, period))


def _period(kind: str, asked: Mapping[str, str], today: date) -> Period | None:
    tomorrow = today + timedelta(days=1)
    if kind in {"7", "30", "90"}:
        return Period(tomorrow - timedelta(days=int(kind)), tomorrow)
    if kind == "custom":
        first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
        if first is None or last is None or last < first:
            return None
        end = min(last, today) + timedelta(days=1)
        return Period(max(min(first, today), end - timedelta(days=LONGEST_DAYS)), end)
    if kind not in _MONTHS:
        return None
    first = today.replace(day=1)
    if kind == "quarter":
        first = first.replace(month=(today.month - 1) // _QUARTER * _QUARTER + 1)
    return Period(first.replace(month=1) if kind == "year" else first, tomorrow)


def _before(kind: str, compared: str, period: Period) -> Period:
    months = 12 if compared == "year" else _MONTHS.get(kind, 0)
    length = period.end - period.start
    if not months or period.start.year == 1:
        return Period(period.start - length, period.start)
    start = add_months(period.start, -months)
    return Period(start, min(start + length, period.start))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year > 1900 else None  # noqa: PLR2004 - no alliance is older
