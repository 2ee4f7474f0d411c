"""Credit: what a partner owes is its exposure; what it pays, or is owed, makes room again.

Exposure is what is unbilled and what is billed and unpaid (economics §3.7): it grows with every
point that the credit pays, and falls with returns, payments, and what a closed statement sets off
against it: reimbursements of burns, benefits, credit notes.
"""

from decimal import Decimal
from uuid import UUID

from stoa.services.funding.terms import micros
from stoa.work import Work

__all__ = ["refill"]

_REFILL = "SELECT stoa_refill_credit(%s, %s, %s, %s, %s, %s)"


def refill(work: Work, partner_id: UUID, amount: Decimal, *, source: str, subject: str) -> bool:
    """Fill a partner's credit by an amount, exactly once for its source.

    It never passes the limit: what was paid beyond what is owed opens no further credit.

    Args:
        amount: in the programme's money; below zero for what was paid out to the partner.
        source: ``payment``, ``statement`` or ``correction``.
        subject: the public id of what filled it.

    Returns:
        Whether it was filled now; not where it was before, or the partner's funding is open.
    """
    values = (partner_id, source, subject, micros(amount), work.now(), work.actor.name)
    done: bool = work.rows(_REFILL, values)[0][0]
    return done
