"""Movements: what a closed period did to the points of each month, from the money journal.

A point belongs to the month in which it was first issued, wherever it was moved since; one that was
taken back belongs to the month of the purchase it came from.
"""

from collections.abc import Sequence

from stoa.services.journal import Entry
from stoa.values.clearing.liability import Movement
from stoa.work import Work

__all__ = ["entries_of_cohort", "gather", "kept"]

_MONTH = """least(to_char(
    coalesce(lot.business_date, sale.business_date, own.business_date), 'YYYY-MM'
) COLLATE "C", e.period)"""
_FROM = """
  FROM money_entries e
  JOIN postings p ON p.member_id = e.member_id AND p.currency = e.points_currency AND p.seq = e.seq
  JOIN transactions own ON own.member_id = p.member_id AND own.id = p.transaction_id
  LEFT JOIN transactions sale
    ON e.lot_seq = 0 AND sale.member_id = own.member_id AND sale.id = own.subject_id
  LEFT JOIN postings b
    ON e.lot_seq > 0 AND b.member_id = e.member_id AND b.currency = e.points_currency
   AND b.seq = e.lot_seq
  LEFT JOIN LATERAL stoa_root_of(b.member_id, b.currency, b.seq) AS r ON b.origin_seq IS NOT NULL
  LEFT JOIN transactions lot
    ON lot.member_id = coalesce(r.member_id, b.member_id)
   AND lot.id = coalesce(r.transaction_id, b.transaction_id)
 WHERE e.points_currency = %(currency)s AND e.period = %(period)s AND e.source = 'posting'
   AND e.issuer_id IS NOT NULL
   AND e.line IN ('issued', 'clawback', 'adjustments', 'burned', 'expired')
"""
_GATHER = f"""
INSERT INTO liability_movements (
    points_currency, period, cohort, issued, redeemed, expired, billed, paid
)
SELECT e.points_currency, e.period,
       {_MONTH},
       sum(CASE WHEN e.line IN ('issued', 'clawback', 'adjustments') THEN e.points ELSE 0 END),
       -sum(CASE WHEN e.line = 'burned' THEN e.points ELSE 0 END),
       -sum(CASE WHEN e.line = 'expired' THEN e.points ELSE 0 END),
       sum(CASE WHEN e.credit = 'LIAB:deferred_points' THEN e.amount
                WHEN e.debit = 'LIAB:deferred_points' THEN -e.amount ELSE 0 END),
       sum(CASE WHEN e.line <> 'burned' THEN 0
                WHEN e.debit = 'COST:redemption' THEN e.amount
                WHEN e.credit = 'COST:redemption' THEN -e.amount ELSE 0 END)
{_FROM} GROUP BY 1, 2, 3
"""
_ENTRIES = f"""
SELECT e.entry_no, e.period, e.business_date, e.line, e.debit, e.debit_partner_id, e.credit,
       e.credit_partner_id, e.issuer_id, e.points, e.rate, e.amount, e.money_currency, e.source,
       e.place, e.member_id, e.seq, e.lot_seq, e.subject_id, e.n
{_FROM}   AND e.entry_no > %(after)s AND {_MONTH} = %(cohort)s
 ORDER BY e.entry_no LIMIT %(limit)s
"""
_KEPT = """
SELECT cohort, period, issued, redeemed, expired, billed, paid FROM liability_movements
 WHERE points_currency = %s AND period <= %s ORDER BY cohort, period
"""


def gather(work: Work, points_currency: str, period: str) -> None:
    """Keep what a period did, once; the caller closes it and holds its lock."""
    values = {"currency": points_currency, "period": period}
    work.session.connection().exec_driver_sql(_GATHER, values)


def kept(work: Work, points_currency: str, period: str) -> Sequence[Movement]:
    """Return all movements up to a period."""
    return [Movement(*row) for row in work.rows(_KEPT, (points_currency, period))]


def entries_of_cohort(
    work: Work, points_currency: str, period: str, cohort: str, *, after: int = 0, limit: int = 100
) -> Sequence[Entry]:
    """Return the entries of a period that moved the points of one month, in their order.

    They are what `gather` added up: each leads to its posting and its lot.
    """
    values = {
        "currency": points_currency, "period": period, "cohort": cohort, "after": after,
        "limit": limit,
    }  # fmt: skip
    return [Entry(*row) for row in work.rows(_ENTRIES, values)]
