"""What a campaign pays for a purchase before limits: exact, and rounded where the rules say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stoa.values.amounts import MAX_ENTRY_POINTS, Rounding, divide
from stoa.values.arithmetic import Arithmetic, fixed, step, tiered, times
from stoa.values.campaigns.records import Campaign, Fixed, Multiplier, Step
from stoa.values.facts import Line

__all__ = ["Sale", "bonus_points", "counted", "says"]

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Sale:
    """What bonuses are reckoned from.

    Attributes:
        lines: of the receipt.
        base: base points by line number as text.
        ours: whether the money is the programme's; else no bonus counts it.
        currency: of the money.
    """

    lines: tuple[Line, ...]
    base: Mapping[str, int]
    ours: bool
    currency: str
    rounding: Rounding

    def spend(self, lines: Sequence[Line]) -> int:
        """Return the money of some lines that earns."""
        return sum(line.earning_minor for line in lines)

    def points(self, lines: Sequence[Line]) -> int:
        """Return the base points of some lines."""
        return sum(self.base.get(str(line.line_no), 0) for line in lines)


def counted(campaign: Campaign, sale: Sale) -> tuple[Line, ...]:
    """Return the lines on which a campaign's bonus counts."""
    if campaign.lines is None:
        return sale.lines
    return tuple(line for line in sale.lines if campaign.lines.holds(line))


def bonus_points(campaign: Campaign, sale: Sale, lines: Sequence[Line] | None = None) -> int:
    """Return the points that a campaign pays for a sale, without caps and budget.

    A purchase whose counted lines bring the till no money gets none.

    Args:
        lines: those that count, where that is known.
    """
    lines = counted(campaign, sale) if lines is None else lines
    spend = sale.spend(lines)
    if spend <= 0:
        return 0
    bonus, points = campaign.bonus, 0
    if isinstance(bonus, Multiplier):
        base = sale.points(lines)
        points = divide(base * (bonus.times_percent - _WHOLE), _WHOLE, sale.rounding)
    elif isinstance(bonus, Fixed):
        points = bonus.points
    elif not sale.ours:
        points = 0
    elif isinstance(bonus, Step):
        points = spend // bonus.every_minor * bonus.points
        points = points if bonus.most is None else min(points, bonus.most)
    else:
        reached = [points for least, points in bonus.steps if spend >= least]
        points = reached[-1] if reached else 0
    return min(points, campaign.budget_points, MAX_ENTRY_POINTS)


def says(campaign: Campaign, sale: Sale, points: int, lines: Sequence[Line]) -> Arithmetic:
    """Return how a bonus of so many points came about on its lines, before limits."""
    bonus, spend = campaign.bonus, sale.spend(lines)
    if isinstance(bonus, Multiplier):
        return times(bonus.times_percent, of=sale.points(lines), points=points)
    if isinstance(bonus, Fixed):
        return fixed(bonus.points)
    if isinstance(bonus, Step):
        return step(
            bonus.points, every_minor=bonus.every_minor, minor=spend, currency=sale.currency,
            times=spend // bonus.every_minor,
        )  # fmt: skip
    least, most = max(each for each in bonus.steps if spend >= each[0])
    return tiered(most, from_minor=least, minor=spend, currency=sale.currency)
