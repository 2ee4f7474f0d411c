"""A member's footing: the place in one ladder, since when, until when, and how it came about."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

__all__ = ["Footing"]


@dataclass(frozen=True, slots=True)
class Footing:
    """Where a member stands in a ladder.

    Attributes:
        since: when the tier was reached.
        counts_from: rolling windows that end on this day or later count.
        review_on: the day of the next review; ``None`` for never.
        falls_on: the day on which a standing falls that did not pass its review.
        until: the last day of a tier given by hand for a time; assessments leave it alone.
        floor: the tier carried into the period; returned goods bring the member no lower.
        origin: ``earned``, ``review``, ``manual``, ``merged``, ``imported`` or ``bought``.
        path: the trace that won the tier, with the day of each fact, as JSON.
        ladder_version: of the document by which it was won.
    """

    tier: str
    since: datetime
    counts_from: date
    review_on: date | None = None
    falls_on: date | None = None
    until: date | None = None
    floor: str | None = None
    origin: str = "earned"
    reason: str = ""
    path: dict[str, Any] | None = None
    ladder_version: int = 0

    @property
    def due_on(self) -> date | None:
        """The next day on which something of it may be due."""
        if self.until is not None:
            return self.until + timedelta(days=1)
        return self.falls_on or self.review_on
