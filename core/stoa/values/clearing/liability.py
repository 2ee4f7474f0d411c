"""Liability: what points outstanding still owe, and what of their price is earned, by cohorts.

Each month's points are a cohort with its own billed money and its own estimate of how many will
ever be redeemed (`stoa.values.clearing.cohorts`); revenue is recognised cohort by cohort, all of it
anew in every period, so that a new estimate catches up at once (IFRS 15 B46, economics §3.4).

As principal the operator shows all revenue and the cost of redemption; as agent only the
difference, its fee (IFRS 15 B34-B38).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stoa.values.clearing.cohorts import Cohort, Estimate, estimate
from stoa.values.clearing.recognition import Recognised, on_expiry, recognise
from stoa.values.clearing.terms import Terms

__all__ = ["CohortLine", "Liability", "Movement", "months_between", "report"]

_NOTHING = Decimal(0)
_REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Movement:
    """What happened in a period to the points that were issued in one month and charged for.

    Attributes:
        cohort: the month, ``YYYY-MM``; `period` is never before it.
        issued: less what was taken back.
        billed: money charged for them, less credits.
        paid: money paid to those who took them.
    """

    cohort: str
    period: str
    issued: int
    redeemed: int
    expired: int
    billed: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class CohortLine:
    """One cohort at the end of a period, in all since it was issued."""

    month: str
    issued: int
    redeemed: int
    expired: int
    billed: Decimal
    paid: Decimal
    expected: Decimal
    recognised: Recognised

    @property
    def urr_percent(self) -> Decimal:
        """The share of its points that is expected to be redeemed, in per cent; 0 of none."""
        return self.expected * 100 / self.issued if self.issued else _NOTHING

    @property
    def outstanding(self) -> int:
        """Points left."""
        return self.issued - self.redeemed - self.expired

    @property
    def breakage(self) -> Decimal:
        """Points of those left that are expected never to be redeemed."""
        return max(self.outstanding - (self.expected - self.redeemed), _NOTHING)


@dataclass(frozen=True, slots=True)
class Liability:
    """All cohorts at the end of a period; money is exact.

    Attributes:
        before: revenue recognised up to the period before.
    """

    period: str
    lines: tuple[CohortLine, ...]
    before: Decimal

    @property
    def billed(self) -> Decimal:
        """Money charged for all points."""
        return sum((each.billed for each in self.lines), _NOTHING)

    @property
    def paid(self) -> Decimal:
        """Money paid for those redeemed."""
        return sum((each.paid for each in self.lines), _NOTHING)

    @property
    def revenue(self) -> Decimal:
        """Revenue up to the end of the period."""
        return sum((each.recognised.revenue for each in self.lines), _NOTHING)

    @property
    def change(self) -> Decimal:
        """Revenue of the period; below zero where a new estimate takes back."""
        return self.revenue - self.before

    @property
    def deferred(self) -> Decimal:
        """What is billed and not earned yet."""
        return sum((each.recognised.liability for each in self.lines), _NOTHING)

    @property
    def outstanding(self) -> int:
        """Points left of all cohorts."""
        return sum(each.outstanding for each in self.lines)

    @property
    def margin(self) -> Decimal:
        """Revenue less what redemption cost: all that an agent shows."""
        return self.revenue - self.paid


def report(
    movements: Iterable[Movement],
    *,
    period: str,
    terms: Terms,
    life_months: int | None,
    before: Decimal = _NOTHING,
) -> Liability:
    """Reckon the liability at the end of a period.

    Args:
        movements: of this period and those before it, in any order.
        terms: which rate is expected beforehand, and whether breakage is spread or waited for.
        life_months: after how many months no point is left; ``None`` where points never expire.
        before: the revenue that the reports of earlier periods came to.
    """
    cohorts = _summed(movements, period)
    estimates = estimate(
        [each for each, _, _ in cohorts], before_percent=terms.urr_percent, life_months=life_months
    )
    lines = tuple(
        _line(cohort, found, billed, paid, terms)
        for (cohort, billed, paid), found in zip(cohorts, estimates, strict=True)
    )
    return Liability(period, lines, before)


def months_between(earlier: str, later: str) -> int:
    """Return how many months a period lies after another, both ``YYYY-MM``."""
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:]) - int(earlier[5:])


def _summed(
    movements: Iterable[Movement], period: str
) -> Sequence[tuple[Cohort, Decimal, Decimal]]:
    grouped: dict[str, list[Movement]] = defaultdict(list)
    for each in movements:
        if each.period <= period:
            grouped[each.cohort].append(each)
    found = []
    for month in sorted(grouped):
        parts = grouped[month]
        ages = [0] * (months_between(month, period) + 1)
        for each in parts:
            ages[max(months_between(month, each.period), 0)] += each.redeemed
        curve, total = [], 0
        for redeemed in ages:
            total += redeemed
            curve.append(total)
        cohort = Cohort(
            month, sum(each.issued for each in parts), tuple(curve),
            sum(each.expired for each in parts),
        )  # fmt: skip
        billed = sum((each.billed for each in parts), _NOTHING)
        found.append((cohort, billed, sum((each.paid for each in parts), _NOTHING)))
    return found


def _line(
    cohort: Cohort, found: Estimate, billed: Decimal, paid: Decimal, terms: Terms
) -> CohortLine:
    if terms.recognition == _REMOTE:
        recognised = on_expiry(
            billed, net_points=cohort.issued, redeemed=cohort.redeemed_points,
            expired=cohort.expired,
        )  # fmt: skip
    else:
        recognised = recognise(billed, expected=found.ultimate, redeemed=cohort.redeemed_points)
    return CohortLine(
        cohort.month, cohort.issued, cohort.redeemed_points, cohort.expired, billed, paid,
        found.ultimate, recognised,
    )  # fmt: skip
