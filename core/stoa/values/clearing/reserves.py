"""Reserves: the cash that stands behind points outstanding, and what a run on it would leave.

6,500 points at 0.009 need 58.50; 46.80 cover 0.80 of them and pay for 5,200. Were all redeemed,
11.70 would be missing (economics §3.3, §3.11).
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

__all__ = ["Reserve", "deposit_left", "reserve"]

_ALL = Decimal(1)


@dataclass(frozen=True, slots=True)
class Reserve:
    """How points outstanding are covered.

    Attributes:
        needed: money that pays for all of them.
        held: money there is.
        wanted: the part of `needed` that was agreed to be there.
    """

    outstanding: int
    rate: Decimal
    needed: Decimal
    held: Decimal
    wanted: Decimal

    @property
    def coverage(self) -> Decimal:
        """Which part of all points is covered; 1 where there are none."""
        return self.held / self.needed if self.needed else _ALL

    @property
    def shortfall(self) -> Decimal:
        """What would be missing if every point were redeemed."""
        return max(self.needed - self.held, Decimal(0))

    @property
    def pays_points(self) -> int:
        """How many points the money pays for, all outstanding at most."""
        if not self.rate:
            return self.outstanding
        paid = (self.held / self.rate).to_integral_value(ROUND_DOWN)
        return min(int(paid), self.outstanding)

    @property
    def low(self) -> bool:
        """Whether less is there than was agreed."""
        return self.held < self.wanted


def reserve(outstanding: int, rate: Decimal, *, ratio: Decimal, held: Decimal | None) -> Reserve:
    """Return how points outstanding are covered.

    Args:
        rate: money paid for a point redeemed.
        ratio: the part of all points that was agreed to be covered, 0 to 1.
        held: the money there is; exactly what was agreed where ``None``.
    """
    needed = max(outstanding, 0) * rate
    wanted = needed * ratio
    return Reserve(max(outstanding, 0), rate, needed, wanted if held is None else held, wanted)


def deposit_left(deposit: Decimal, *, redeemed: int, rate: Decimal) -> Decimal:
    """Return what goes back of a leaving partner's deposit once its points ran off.

    58.50 for 6,500 points at 0.009: 4,000 were redeemed, the rest expired, 22.50 go back.
    """
    return max(deposit - redeemed * rate, Decimal(0))
