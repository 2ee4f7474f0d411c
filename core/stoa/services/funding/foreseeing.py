"""Foreseeing: whether points would be refused for want of funding, before they are promised."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from stoa.services.ledger import Leg
from stoa.work import Work

__all__ = ["unfunded"]

_UNFUNDED = "SELECT stoa_unfunded_payer(%s, %s::uuid[], %s::bigint[], %s)"


def unfunded(work: Work, currency: str, legs: Sequence[Leg], *, price: Decimal) -> UUID | None:
    """Return a payer who would refuse to pay for legs, as the ledger would now; ``None`` for none.

    Nothing is kept for them: another purchase may come first.

    Args:
        price: of a point.
    """
    limited = [leg for leg in legs if leg.payer_id is not None and leg.points > 0]
    if not limited:
        return None
    payers, points = [leg.payer_id for leg in limited], [leg.points for leg in limited]
    found: UUID | None = work.rows(_UNFUNDED, (currency, payers, points, price))[0][0]
    return found
