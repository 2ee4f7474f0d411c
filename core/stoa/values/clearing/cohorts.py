"""Cohorts: how many of the points of each month will ever be redeemed, by what the months tell.

Points issued in one month are a cohort; at each age, in months, it has redeemed so many in all.
Older cohorts show how younger ones go on: the chain ladder's link from one age to the next is what
all cohorts had redeemed at the later age, over what the same had at the earlier (T. Mack, ASTIN
Bulletin 23/2, 1993). A young cohort says little by itself; so what is not seen of it yet is taken
from what was expected beforehand (R. Bornhuetter, R. Ferguson, PCAS 59, 1972):

    ultimate = redeemed + (1 - developed) x expected beforehand

Points die: what expired is never redeemed, and a cohort past its life is what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

__all__ = ["Cohort", "Estimate", "estimate"]

_ONE, _NOTHING = Decimal(1), Decimal(0)
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Cohort:
    """Points of a month.

    Attributes:
        month: ``YYYY-MM`` in which they were issued.
        issued: less what was taken back.
        redeemed: in all, by the end of each age from 0; never falling.
        expired: in all so far.
    """

    month: str
    issued: int
    redeemed: tuple[int, ...]
    expired: int = 0

    @property
    def redeemed_points(self) -> int:
        """How many were redeemed so far."""
        return self.redeemed[-1] if self.redeemed else 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a cohort will come to: points that will ever be redeemed, as a part of those issued.

    Attributes:
        developed: which part of its redemptions is thought to have happened, 0 to 1.
    """

    month: str
    issued: int
    redeemed: int
    ultimate: Decimal
    developed: Decimal

    @property
    def urr_percent(self) -> Decimal:
        """The ultimate redemption rate in per cent; 0 of nothing."""
        return self.ultimate * 100 / self.issued if self.issued else _NOTHING


def estimate(
    cohorts: Sequence[Cohort], *, before_percent: Decimal, life_months: int | None
) -> list[Estimate]:
    """Return what each cohort will come to, in their order.

    Args:
        before_percent: the redemption rate expected beforehand, for what no cohort shows.
        life_months: after how many months no point is left; ``None`` where points never expire.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        developed = _developed(cohorts, before_percent / 100, life_months)
        return [_estimated(each, developed, before_percent / 100, life_months) for each in cohorts]


def _developed(
    cohorts: Sequence[Cohort], before: Decimal, life_months: int | None
) -> list[Decimal]:
    """Return the part of its redemptions that a cohort has behind it at each age."""
    ages = max((len(each.redeemed) for each in cohorts), default=0)
    if not ages:
        return []
    links = [_link(cohorts, age) for age in range(ages - 1)]
    parts = [_oldest(cohorts, ages, before, life_months)]
    for link in reversed(links):
        parts.append(parts[-1] / link)
    return parts[::-1]


def _link(cohorts: Sequence[Cohort], age: int) -> Decimal:
    seen = [each for each in cohorts if len(each.redeemed) > age + 1]
    earlier = sum(each.redeemed[age] for each in seen)
    later = sum(each.redeemed[age + 1] for each in seen)
    return Decimal(later) / earlier if earlier else _ONE


def _oldest(
    cohorts: Sequence[Cohort], ages: int, before: Decimal, life_months: int | None
) -> Decimal:
    """Return how far the oldest are: whole past their life, else as far as was expected of them."""
    if life_months is not None and ages > life_months:
        return _ONE
    oldest = [each for each in cohorts if len(each.redeemed) == ages]
    issued = sum(each.issued for each in oldest)
    redeemed = sum(each.redeemed_points for each in oldest)
    expected = issued * before
    return min(_ONE, Decimal(redeemed) / expected) if expected else _ONE


def _estimated(
    cohort: Cohort, developed: Sequence[Decimal], before: Decimal, life_months: int | None
) -> Estimate:
    age, redeemed = len(cohort.redeemed), Decimal(cohort.redeemed_points)
    part = developed[age - 1] if age else _NOTHING
    if life_months is not None and age > life_months:
        part = _ONE
    ultimate = redeemed + (_ONE - part) * before * cohort.issued
    most = max(Decimal(cohort.issued - cohort.expired), redeemed)
    return Estimate(cohort.month, cohort.issued, cohort.redeemed_points, min(ultimate, most), part)
