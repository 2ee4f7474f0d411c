"""Windows of days: the span over which a fact is counted, in local days."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from stoa.values.periods import Period, add_months

__all__ = ["Span", "Window", "read_window"]

_DAY = timedelta(days=1)
_MONTHS = 12
_MOST_DAYS = 3660
_MOST_MONTHS = 120
_COUNTED = re.compile(r"([1-9][0-9]{0,3}) (days|months)")


class Span(StrEnum):
    """How a window lies: rolling ones end on a day, calendar ones hold it, the last hold all."""

    DAY = "day"
    DAYS = "days"
    MONTHS = "months"
    CALENDAR_MONTH = "calendar month"
    CALENDAR_YEAR = "calendar year"
    MEMBERSHIP_YEAR = "membership year"
    EVER = "ever"


@dataclass(frozen=True, slots=True)
class Window:
    """A span of local days; `length` counts days or months where the span is counted, 0 else.

    ``day`` is one local day; ``30 days`` are the day and the 29 before it; ``12 months`` end on
    the day; a membership year begins on the anniversary of the enrolment.
    """

    span: Span
    length: int = 0

    @property
    def text(self) -> str:
        """The window as documents write it: ``day``, ``30 days``, ``calendar year``."""
        return f"{self.length} {self.span}" if self.length else self.span.value

    @property
    def rolling(self) -> bool:
        """Whether the window ends on the day asked about, so that each day has one of its own."""
        return self.span in (Span.DAY, Span.DAYS, Span.MONTHS)

    def opens(self, day: date) -> date:
        """Return the first day of the rolling window that ends on a day."""
        if self.span is Span.MONTHS:
            return add_months(day + _DAY, -self.length)
        return day - timedelta(days=(self.length or 1) - 1)

    def around(self, day: date, enrolled_on: date) -> Period:
        """Return the window of a day: rolling ones end with it, the others hold it.

        Args:
            enrolled_on: where membership years begin; one before it counts as the first.
        """
        if self.rolling:
            return Period(self.opens(day), day + _DAY)
        if self.span is Span.EVER:
            return Period(date.min, date.max)
        return self._holding(day, enrolled_on)

    def _holding(self, day: date, enrolled_on: date) -> Period:
        if self.span is Span.CALENDAR_MONTH:
            first = day.replace(day=1)
            return Period(first, add_months(first, 1))
        if self.span is Span.CALENDAR_YEAR:
            return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1))
        years = max(day.year - enrolled_on.year, 0)
        if years and add_months(enrolled_on, _MONTHS * years) > day:
            years -= 1
        first = add_months(enrolled_on, _MONTHS * years)
        return Period(first, add_months(enrolled_on, _MONTHS * (years + 1)))


def read_window(text: str) -> Window:
    """Read a window as documents write it.

    Raises:
        ValueError: it is none, or longer than ten years.
    """
    counted = _COUNTED.fullmatch(text)
    if counted:
        length, span = int(counted[1]), Span(counted[2])
        if length > (_MOST_DAYS if span is Span.DAYS else _MOST_MONTHS):
            raise ValueError("The longest window is ten years.")
        return Window(span, length)
    if text in (Span.DAYS, Span.MONTHS) or text not in tuple(Span):
        raise ValueError(
            'Write "day", "30 days", "12 months", "calendar month", "calendar year",'
            ' "membership year" or "ever".'
        )
    return Window(Span(text))
