"""Tender rules: how few points pay, in which steps, and how much of a ticket they may pay."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

__all__ = ["Spending", "Wrong"]

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why points may not pay: ``least``, ``step``, ``share`` or ``ticket``, which was not told.

    `most_points` is ``None`` where nothing bounds them.
    """

    reason: str
    least_points: int
    step_points: int
    most_points: int | None = None


@dataclass(frozen=True, slots=True)
class Spending:
    """How points of a currency are spent.

    Attributes:
        min_points: the fewest that pay at once.
        step: they pay in multiples of so many.
        max_share_percent: of a ticket that points may pay, 1 to 100.
        step_up_points: a hold of more needs the member's PIN or confirmation; ``None`` for never.
    """

    min_points: int = 1
    step: int = 1
    max_share_percent: int = 100
    step_up_points: int | None = None

    def needs_step_up(self, points: int) -> bool:
        """Tell whether a hold of so many points needs step-up; one of exactly the limit doesn't."""
        return self.step_up_points is not None and points > self.step_up_points

    def wrong(self, points: int, unit_minor: Decimal, ticket_minor: int | None) -> Wrong | None:
        """Return why so many points may not pay; ``None`` where they may.

        Args:
            unit_minor: what a point is worth, in minor units, such as ``Decimal("0.7")``.
            ticket_minor: of the whole sale; ``None`` where the till did not tell.
        """
        most = None if ticket_minor is None else self._most(unit_minor, ticket_minor)
        if points < self.min_points:
            return self._wrong("least", most)
        if points % self.step:
            return self._wrong("step", most)
        if ticket_minor is None:
            return self._wrong("ticket", None) if self.max_share_percent < _WHOLE else None
        return self._wrong("share", most) if most is not None and points > most else None

    def _most(self, unit_minor: Decimal, ticket_minor: int) -> int | None:
        """Return the most points whose worth, rounded down, is within the share, rounded down."""
        if unit_minor <= 0:
            return None
        share = ticket_minor * self.max_share_percent // _WHOLE
        first_too_many = (Decimal(share + 1) / unit_minor).to_integral_value(ROUND_CEILING)
        most = int(first_too_many) - 1
        while (unit_minor * (most + 1)).to_integral_value(ROUND_FLOOR) <= share:
            most += 1  # the quotient has 28 digits: what it lost is found by multiplying
        while (unit_minor * most).to_integral_value(ROUND_FLOOR) > share:
            most -= 1
        return most // self.step * self.step

    def _wrong(self, reason: str, most: int | None) -> Wrong:
        least = -(-self.min_points // self.step) * self.step
        return Wrong(reason, least, self.step, most)
