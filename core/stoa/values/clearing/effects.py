"""Effects: what other prices would have come to, with the points of a month that is over.

10,000 points issued at 0.0120 cost 120.00; at 0.0132 they would have cost 132.00.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from stoa.values.clearing.money import charge

__all__ = ["Effect", "Prices", "Volume", "What", "effects", "net"]


class What(StrEnum):
    """What a partner pays, or is paid."""

    ISSUE = "issue"
    REDEMPTION = "redemption"
    FEE = "fee"
    FEE_OF_LOTS = "fee_of_lots"


@dataclass(frozen=True, slots=True)
class Volume:
    """Points of a partner in a month: issued less what came back, and redeemed at its stores.

    `of_lots` are those of its own lots that were redeemed, wherever that was.
    """

    issued: int
    redeemed: int
    of_lots: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """Money per point: what is paid to issue, what is paid for a redeemed one, and fees.

    `fee_redeeming` is by a point redeemed at its stores, `fee_issuing` by one of its own lots.
    """

    issue_price: Decimal
    reimbursement_rate: Decimal
    fee_redeeming: Decimal = Decimal(0)
    fee_issuing: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing at both prices: exact money, above zero where the partner owes it."""

    what: What
    points: int
    before: Decimal
    after: Decimal


def effects(before: Prices, after: Prices, volume: Volume) -> Sequence[Effect]:
    """Return what the points of a month cost and would have cost; fees where there are any."""
    found = [
        Effect(
            What.ISSUE, volume.issued,
            charge(volume.issued, before.issue_price), charge(volume.issued, after.issue_price),
        ),
        Effect(
            What.REDEMPTION, volume.redeemed,
            charge(-volume.redeemed, before.reimbursement_rate),
            charge(-volume.redeemed, after.reimbursement_rate),
        ),
    ]  # fmt: skip
    fees = (
        (What.FEE, volume.redeemed, before.fee_redeeming, after.fee_redeeming),
        (What.FEE_OF_LOTS, volume.of_lots, before.fee_issuing, after.fee_issuing),
    )
    found += [
        Effect(what, points, charge(points, was), charge(points, would))
        for what, points, was, would in fees
        if was or would
    ]
    return found


def net(found: Sequence[Effect]) -> tuple[Decimal, Decimal]:
    """Return what all of them come to, before and after."""
    return (
        sum((each.before for each in found), Decimal(0)),
        sum((each.after for each in found), Decimal(0)),
    )
