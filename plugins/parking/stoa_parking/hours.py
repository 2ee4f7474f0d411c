"""Free hours: which of them a stay can use, and by which receipts of the visit.

Hours by spend come of the receipts of one visit: the largest of them, at most two, are added up,
and 200.00 are one hour, 500.00 are two. A vehicle gets them once a day. Hours by tier come besides,
once a day for a member and for a vehicle, and are used first. A stay takes at most five in all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stoa.values.amounts import Rounding, divide
from stoa.values.facts import Claim, CostShare, Receipt

__all__ = ["HOUR_MIN", "Free", "by_spend", "by_tier", "free", "served", "shares"]

HOUR_MIN = 60
"""The minutes of an hour."""

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Free:
    """Free minutes of a stay, and the numbers of the receipts that those by spend use."""

    tier_min: int
    spend_min: int
    receipts: tuple[int, ...]

    @property
    def minutes(self) -> int:
        """All of them."""
        return self.tier_min + self.spend_min


def by_spend(minor: int, rows: Sequence[Mapping[str, Any]]) -> int:
    """Return the hours that an amount reaches: those of the highest row that it comes up to."""
    reached = [row for row in rows if row["from_minor"] <= minor]
    best = max(reached, key=lambda row: (row["from_minor"], row["hours"]), default={"hours": 0})
    hours: int = best["hours"]
    return hours


def by_tier(tier: str, rows: Sequence[Mapping[str, Any]]) -> int:
    """Return the hours of a tier; the better of two rows for it holds."""
    own = [row["hours"] for row in rows if row["tier"].casefold() == tier.casefold()]
    return max(own, default=0)


def served(
    receipts: Sequence[Receipt], rows: Sequence[Mapping[str, Any]], *, most: int
) -> tuple[int, tuple[int, ...]]:
    """Return the hours that receipts reach together, and the numbers of those that it takes.

    Args:
        most: how many of them may be added up, the largest first; no more are used than it takes.
    """
    largest = sorted(receipts, key=lambda each: (-each.minor, each.at, each.number))[:most]
    best, used = 0, 0
    for count in range(1, len(largest) + 1):
        hours = by_spend(sum(each.minor for each in largest[:count]), rows)
        if hours > best:
            best, used = hours, count
    return best, tuple(sorted(each.number for each in largest[:used]))


def free(claim: Claim, tier: str, settings: Mapping[str, Any], *, stay_min: int) -> Free:
    """Return the free minutes that are left for a stay of that many charged minutes."""
    tier_min, spend_min, receipts = _left(claim, tier, settings)
    entry_min = settings["max_hours_per_entry"] * HOUR_MIN - _up(claim.stay_used_milli)
    most = max(0, min(stay_min, entry_min))
    if claim.since is not None and claim.quantity_milli is not None:
        most = min(most, divide(claim.quantity_milli, 1000, Rounding.DOWN))
    of_tier = min(tier_min, most)
    of_spend = min(spend_min, most - of_tier)
    return Free(of_tier, of_spend, receipts if of_spend else ())


def shares(settings: Mapping[str, Any]) -> tuple[CostShare, ...]:
    """Return who pays free hours: the operator, the sellers of the receipts, the car park."""
    operator = settings["operator_percent"]
    merchants = min(settings["merchants_percent"], _WHOLE - operator)
    parts = (
        CostShare("operator", operator),
        CostShare("receipts", merchants),
        CostShare("partner", _WHOLE - operator - merchants),
    )
    return tuple(part for part in parts if part.share)


def _left(claim: Claim, tier: str, settings: Mapping[str, Any]) -> tuple[int, int, tuple[int, ...]]:
    spent_milli = max(claim.used_milli, claim.subject_used_milli)
    tier_min = max(0, by_tier(tier, settings["tier_hours"]) * HOUR_MIN - _up(spent_milli))
    if claim.subject_used_milli or not claim.subject:
        return tier_min, 0, ()  # once a vehicle and day
    hours, numbers = served(
        [each for each in claim.receipts if _of_the_visit(each, claim)],
        settings["spend_hours"],
        most=settings["max_receipts"],
    )
    return tier_min, hours * HOUR_MIN, numbers


def _of_the_visit(receipt: Receipt, claim: Claim) -> bool:
    return claim.since is None or claim.since <= receipt.at <= claim.at


def _up(milli: int) -> int:
    return divide(milli, 1000, Rounding.UP)
