"""Costs of a benefit: what it is worth, split over those who pay it, to the minor unit.

30.00 at operator 50, receipts 50, receipts of 300.00 and 200.00:
operator 15.00, the first seller 9.00, the second 6.00 (economics §3.9)
"""

from collections.abc import Mapping, Sequence

from stoa.values.amounts import share
from stoa.values.facts import CostShare

__all__ = ["OPERATOR", "PARTNER", "RECEIPTS", "split_cost"]

OPERATOR = "operator"
PARTNER = "partner"
"""The partner that is asked for the benefit."""

RECEIPTS = "receipts"
"""The sellers of the receipts that a grant uses, in proportion to them."""


def split_cost(
    minor: int, shares: Sequence[CostShare], sellers: Mapping[str, int]
) -> dict[str, int]:
    """Return what each payer pays; the parts add up to the whole, those of nothing are left out.

    Shares are split first, by the largest remainder, then that of the receipts over their sellers.
    Where no receipt was used, the operator pays their share.

    Args:
        minor: the worth, at least zero.
        shares: the partner that is asked pays all where there are none.
        sellers: what was bought on the receipts used, in minor units, by the seller.
    """
    shares = shares or (CostShare(PARTNER, 100),)
    costs: dict[str, int] = {}
    parts = share(minor, [each.share for each in shares])
    for each, part in zip(shares, parts, strict=True):
        payers = {each.payer: 1}
        if each.payer == RECEIPTS:
            payers = dict(sellers) or {OPERATOR: 1}
        pieces = share(part, list(payers.values()))
        for payer, piece in zip(payers, pieces, strict=True):
            costs[payer] = costs.get(payer, 0) + piece
    return {payer: cost for payer, cost in costs.items() if cost}
