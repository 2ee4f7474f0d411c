"""Stress: the state of the books at the end of a closed period, for shocks to fall on."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.models import NOBODY
from stoa.services import clearing_terms
from stoa.services.liability.reports import last_day, reckoned, reserve_of
from stoa.values.clearing.accounts import Account
from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.lines import POINTS_OF
from stoa.values.clearing.reserves import deposit_left
from stoa.values.clearing.stress import Ground, Owing
from stoa.values.clearing.terms import Terms
from stoa.work import Work

__all__ = ["ground"]

_NOTHING = Decimal(0)
_PARTNERS = """
SELECT p.id, p.code, coalesce(a.settlement_currency, ''), coalesce(a.reimbursement_rate, 0),
       x.deposit, x.run_off_from, coalesce(f.kind, 'open'), coalesce(f.overflow, 'refuse'),
       (SELECT coalesce(sum(s.remaining), 0) FROM partner_funds s
         WHERE s.partner_id = p.id AND s.pool = 'credit')::numeric / 1000000
  FROM partners p
  LEFT JOIN LATERAL (
       SELECT a.settlement_currency, a.reimbursement_rate FROM agreements a
        WHERE a.partner_id = p.id AND a.effective_from <= %s
        ORDER BY a.effective_from DESC, a.version DESC LIMIT 1) AS a ON true
  LEFT JOIN partner_exits x ON x.partner_id = p.id
  LEFT JOIN partner_funding f ON f.partner_id = p.id
 ORDER BY p.code
"""
_OWED = """
SELECT each.partner_id, sum(each.amount), sum(each.unused)
  FROM (SELECT debit_partner_id AS partner_id, amount, period,
               CASE WHEN credit = %(prepaid)s THEN amount ELSE 0 END AS unused
          FROM money_sums WHERE points_currency = %(currency)s
         UNION ALL
        SELECT credit_partner_id, -amount, period,
               CASE WHEN debit = %(prepaid)s THEN -amount ELSE 0 END
          FROM money_sums WHERE points_currency = %(currency)s) AS each
 WHERE each.period <= %(period)s AND each.partner_id <> %(nobody)s
 GROUP BY each.partner_id
"""
_LEFT = """
SELECT issuer_id, sum(points)::bigint FROM money_sums
 WHERE points_currency = %s AND period <= %s AND line = ANY(%s) GROUP BY issuer_id
"""
_RUN_OFF = """
SELECT coalesce(-sum(points), 0)::bigint FROM money_sums
 WHERE points_currency = %s AND issuer_id = %s AND line = 'burned' AND period BETWEEN %s AND %s
"""


def ground(work: Work, points_currency: str, period: str) -> Ground:
    """Return the state at the end of a closed period, all from the journal's sums.

    Only what a partner may still issue on credit is that of this moment: nobody keeps its past.
    """
    terms = clearing_terms.of_period(work, points_currency, period)
    found = reckoned(work, points_currency, period, terms)
    covered = reserve_of(work, points_currency, period, terms)
    money = work.rows("SELECT money_currency FROM currencies WHERE code = %s", (points_currency,))
    return Ground(
        period, covered.outstanding, covered.rate, covered.held, terms.reserve_ratio, money[0][0],
        found.lines, tuple(_owing(work, points_currency, period, terms)),
        terms.recognition == "remote",
    )  # fmt: skip


def _owing(work: Work, points_currency: str, period: str, terms: Terms) -> Sequence[Owing]:
    values = {
        "currency": points_currency, "period": period, "nobody": NOBODY,
        "prepaid": str(Account.PREPAID),
    }  # fmt: skip
    owed = {row[0]: (row[1], row[2]) for row in work.rows(_OWED, values)}
    left: dict[UUID, int] = {}
    if terms.mode is Mode.ISSUER_PAYS:
        lines = [str(line) for line in POINTS_OF]
        left = {row[0]: row[1] for row in work.rows(_LEFT, (points_currency, period, lines))}
    found = []
    for row in work.rows(_PARTNERS, (last_day(period),)):
        partner_id, code, money, rate, deposit, since, kind, overflow, credit = row
        net, unused = owed.get(partner_id, (_NOTHING, _NOTHING))
        found.append(
            Owing(
                code, net, unused,
                _deposit(work, (points_currency, partner_id, since, period), deposit, rate),
                max(left.get(partner_id, 0), 0) * rate, _credit_left(kind, overflow, credit), money,
            )
        )  # fmt: skip
    return found


def _deposit(work: Work, values: Any, deposit: Decimal | None, rate: Decimal) -> Decimal:  # noqa: ANN401 - as `rows`
    """Return what is left of a deposit once the partner's points ran off so far."""
    if deposit is None:
        return _NOTHING
    return deposit_left(deposit, redeemed=work.rows(_RUN_OFF, values)[0][0], rate=rate)


def _credit_left(kind: str, overflow: str, credit: Decimal) -> Decimal | None:
    if kind == "open":
        return None
    return credit if kind == "credit" or overflow == "credit" else _NOTHING
