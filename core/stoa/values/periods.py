"""Days and spans of time, computed in a place's own zone."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["Expiry", "ExpiryRule", "Period", "add_months", "is_zone", "local_day", "zone"]

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of days, ``[start, end)``."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


class ExpiryRule(StrEnum):
    """When points of one day end."""

    NEVER = "never"
    ROLLING = "rolling"
    MONTH_END = "month_end"
    YEAR_END = "year_end"


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long points are valid: a rule and a number of months (requirements #60, #61)."""

    rule: ExpiryRule
    months: int

    def last_day(self, earned_on: date) -> date | None:
        """Return the last day on which the points may be used; ``None`` when they never expire.

        The day itself still counts (economics §3.8): valid to 31 December burns on 31 December.
        """
        return _last_day(self.rule, self.months, earned_on)


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a shorter month."""
    years, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


@lru_cache(maxsize=4096)  # the purchases of a day all ask the same
def _last_day(rule: ExpiryRule, months: int, earned_on: date) -> date | None:
    if rule is ExpiryRule.NEVER:
        return None
    end = add_months(earned_on, months)
    if rule is ExpiryRule.YEAR_END:
        return date(end.year, _MONTHS, 31)
    if rule is ExpiryRule.MONTH_END:
        return end.replace(day=calendar.monthrange(end.year, end.month)[1])
    return end - timedelta(days=1)


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone of this name (cached by the standard library)."""
    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Tell whether the name is one of the IANA time zones."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def local_day(at: datetime, zone_name: str) -> date:
    """Return the calendar day of an instant in a zone."""
    return at.astimezone(UTC).astimezone(zone(zone_name)).date()
