"""Backing: what the figures of a reserve are made of, so that somebody can follow them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from stoa.models import NOBODY
from stoa.services.liability.reports import last_day
from stoa.values.clearing.accounts import Account
from stoa.values.clearing.lines import POINTS_OF
from stoa.work import Work

__all__ = ["Backing", "Cash", "Issuer", "backing"]


@dataclass(frozen=True, slots=True)
class Cash:
    """What came into the reserve in a period, and what went out of it."""

    period: str
    came: Decimal
    went: Decimal


@dataclass(frozen=True, slots=True)
class Issuer:
    """Points outstanding of one issuer's lots; ``None`` is the operator, who charges nobody."""

    partner_id: UUID | None
    points: int


@dataclass(frozen=True, slots=True)
class Backing:
    """What a reserve is made of.

    Attributes:
        highest: the partners that are paid the rate at which all points are reckoned.
    """

    cash: Sequence[Cash]
    issuers: Sequence[Issuer]
    highest: Sequence[UUID]


_CASH = """
SELECT period, coalesce(sum(amount) FILTER (WHERE debit = %(cash)s), 0),
       coalesce(sum(amount) FILTER (WHERE credit = %(cash)s), 0)
  FROM money_sums WHERE points_currency = %(currency)s AND period <= %(period)s
   AND %(cash)s IN (debit, credit)
 GROUP BY period ORDER BY period DESC
"""
_ISSUERS = """
SELECT nullif(issuer_id, %s), sum(points)::bigint FROM money_sums
 WHERE points_currency = %s AND period <= %s AND line = ANY(%s)
 GROUP BY issuer_id HAVING sum(points) <> 0 ORDER BY 2 DESC, 1
"""
_RATES = """
SELECT p.id, a.reimbursement_rate FROM partners p
 CROSS JOIN LATERAL (
       SELECT a.reimbursement_rate FROM agreements a
        WHERE a.partner_id = p.id AND a.effective_from <= %s
        ORDER BY a.effective_from DESC, a.version DESC LIMIT 1) AS a
 ORDER BY p.code
"""


def backing(work: Work, points_currency: str, period: str) -> Backing:
    """Return what the reserve at the end of a period is made of; it adds up to `reserve_of`."""
    values = {"currency": points_currency, "period": period, "cash": str(Account.CASH)}
    lines = [str(line) for line in POINTS_OF]
    rates = work.rows(_RATES, (last_day(period),))
    highest = max((rate for _, rate in rates), default=Decimal(0))
    return Backing(
        [Cash(*row) for row in work.rows(_CASH, values)],
        [Issuer(*row) for row in work.rows(_ISSUERS, (NOBODY, points_currency, period, lines))],
        [partner_id for partner_id, rate in rates if rate == highest],
    )
