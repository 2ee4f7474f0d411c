"""Birthdays, as facts of a day: whether it is a member's birthday, or the month of it."""

from datetime import date, timedelta

__all__ = ["OLDEST_YEARS", "is_birthday", "is_birthday_month", "may_be_born"]

OLDEST_YEARS = 130
"""Nobody is older."""


def may_be_born(born_on: date, today: date) -> bool:
    """Tell whether a member may have been born on a day: not ahead, nor longer ago than lives."""
    return born_on <= today and today.year - born_on.year <= OLDEST_YEARS


def is_birthday(born_on: date | None, day: date) -> bool:
    """Tell whether a day is the birthday; the 29th of February is kept on the 28th elsewhen."""
    if born_on is None or born_on > day:
        return False
    if (born_on.month, born_on.day) == (day.month, day.day):
        return True
    after = day + timedelta(days=1)
    leaped = (born_on.month, born_on.day) == (2, 29) and (after.month, after.day) == (3, 1)
    return leaped and day.day == 28  # noqa: PLR2004 - the last day of a common February


def is_birthday_month(born_on: date | None, day: date) -> bool:
    """Tell whether a day lies in the month of the birthday (#10)."""
    return born_on is not None and born_on <= day and born_on.month == day.month
