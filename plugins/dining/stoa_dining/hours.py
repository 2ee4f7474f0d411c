"""When a happy hour holds: by the wall clock of the store, over midnight too."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from stoa_dining.knobs import EVERY_DAY, WEEKENDS

__all__ = ["holds"]

_SATURDAY = 5


def holds(row: Mapping[str, Any], local: datetime) -> bool:
    """Tell whether a row of happy hours holds at a local time.

    One that ends at an hour no later than it begins runs on into the next day, and belongs to the
    day on which it began: a weekend's 22 to 2 holds on Monday at 1:00, and on Saturday does not.

    Args:
        row: ``days``, ``from_hour`` (0 to 23) and ``to_hour`` (0 to 24).
        local: aware, in the store's zone.
    """
    first, end = row["from_hour"], row["to_hour"]
    if first < end:
        return first <= local.hour < end and _on(row["days"], local)
    if local.hour >= first:
        return _on(row["days"], local)
    return local.hour < end and _on(row["days"], local - timedelta(days=1))


def _on(days: str, local: datetime) -> bool:
    if days == EVERY_DAY:
        return True
    return (local.weekday() >= _SATURDAY) == (days == WEEKENDS)
