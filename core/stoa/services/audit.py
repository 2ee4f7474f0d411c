"""The audit trail of changes, and the check that recomputes the ledger from its postings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stoa.models.audit import AuditRecord
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["CHECKS", "Finding", "check_invariants", "record"]

_WALLETS = """
SELECT w.member_id, w.currency, 'wallet ' || (w.available + w.pending + w.held) || ', postings '
       || coalesce(p.total, 0) || '; debt ' || w.debt || ', postings ' || coalesce(p.debt, 0)
  FROM wallets w LEFT JOIN LATERAL (
       SELECT sum(points) AS total, sum(points) FILTER (WHERE account = 'debt') AS debt,
              count(*) AS n, max(seq) AS last FROM postings
        WHERE member_id = w.member_id AND currency = w.currency) AS p ON true
 WHERE w.available + w.pending + w.held <> coalesce(p.total, 0) OR w.debt <> coalesce(p.debt, 0)
    OR w.seq <> coalesce(p.last, 0) OR w.seq <> p.n
"""
_LOTS = """
SELECT w.member_id, w.currency, 'lots ' || coalesce(l.remaining, 0) || ' held '
       || coalesce(l.held, 0) || ', wallet ' || (w.available + w.pending + w.held) || ' held '
       || w.held || ', holds ' || coalesce(h.held, 0)
  FROM wallets w
  LEFT JOIN LATERAL (SELECT sum(remaining) AS remaining, sum(held) AS held,
               sum(remaining) FILTER (WHERE pending) AS pending FROM lots
        WHERE member_id = w.member_id AND currency = w.currency) AS l ON true
  LEFT JOIN LATERAL (SELECT sum(points) AS held FROM holds
        WHERE member_id = w.member_id AND currency = w.currency AND state = 'held') AS h ON true
 WHERE coalesce(l.remaining, 0) <> w.available + w.pending + w.held
    OR coalesce(l.held, 0) <> w.held OR coalesce(h.held, 0) <> w.held
    OR coalesce(l.pending, 0) <> w.pending
"""
_LOT_USES = """
SELECT p.member_id, p.currency, 'posting ' || p.seq || ' brought ' || p.points || ', used '
       || coalesce(u.used, 0) || ', left ' || coalesce(l.remaining, 0)
  FROM postings p
  LEFT JOIN LATERAL (SELECT sum(points) AS used FROM lot_uses
        WHERE member_id = p.member_id AND currency = p.currency AND lot_seq = p.seq) AS u ON true
  LEFT JOIN lots l ON l.member_id = p.member_id AND l.currency = p.currency AND l.seq = p.seq
       AND l.expires_on = coalesce(p.expires_on, '9999-12-31')
 WHERE p.points > 0 AND (p.account NOT IN ('debt', 'merged', 'burned') OR p.origin_seq IS NOT NULL)
   AND p.points <> coalesce(u.used, 0) + coalesce(l.remaining, 0)
"""
_BURNS = """
SELECT p.member_id, p.currency, 'transaction ' || p.transaction_id || ' lost ' || -sum(p.points)
       || ' points, lots say ' || coalesce(sum(u.used), 0)
  FROM postings p
  LEFT JOIN LATERAL (SELECT sum(points) AS used FROM lot_uses
        WHERE member_id = p.member_id AND currency = p.currency AND seq = p.seq) AS u ON true
 WHERE p.points < 0 OR p.account IN ('debt', 'merged')
    OR p.account = 'burned' AND p.origin_seq IS NULL
 GROUP BY p.member_id, p.currency, p.transaction_id
HAVING -sum(p.points) <> coalesce(sum(u.used), 0)
"""
_BALANCES = """
SELECT member_id, currency, 'posting ' || seq || ' says ' || balance || ', its history ' || running
  FROM (SELECT member_id, currency, seq, balance,
               sum(points) OVER (PARTITION BY member_id, currency ORDER BY seq) AS running
          FROM postings) AS each
 WHERE balance <> running
"""
_HEADERS = """
SELECT p.member_id, p.currency, 'posting ' || p.seq || ' has no transaction ' || p.transaction_id
  FROM postings p LEFT JOIN transactions t
    ON t.member_id = p.member_id AND t.id = p.transaction_id AND t.currency = p.currency
 WHERE t.id IS NULL
"""
_KEYS = """
SELECT k.member_id, '', 'key ' || k.key || ' leads to nothing'
  FROM keys k
 WHERE k.subject_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM purchases WHERE member_id = k.member_id AND id = k.subject_id)
   AND NOT EXISTS (SELECT 1 FROM transactions WHERE member_id = k.member_id AND id = k.subject_id)
   AND NOT EXISTS (SELECT 1 FROM holds WHERE member_id = k.member_id AND id = k.subject_id)
   AND NOT EXISTS (SELECT 1 FROM claims WHERE member_id = k.member_id AND id = k.subject_id)
   AND NOT EXISTS (SELECT 1 FROM members m WHERE m.id = k.member_id AND m.merged_into IS NOT NULL
                   AND (EXISTS (SELECT 1 FROM holds WHERE id = k.subject_id)
                        OR EXISTS (SELECT 1 FROM claims WHERE id = k.subject_id)))
"""
_RECEIPTS = """
SELECT p.member_id, '', 'purchase ' || p.id || ' has no receipt of its own'
  FROM purchases p LEFT JOIN receipts r
    ON r.business_date = p.business_date AND r.store_id = p.store_id AND r.terminal = p.terminal
   AND r.receipt_no = p.receipt_no AND r.kind = 'sale'
 WHERE r.subject_id IS DISTINCT FROM p.id
"""
_HANDED_ON = """
SELECT p.member_id, p.currency, 'posting ' || p.seq || ' is not what posting ' || p.origin_seq
       || ' of ' || p.origin_member_id || ' was'
  FROM postings p LEFT JOIN postings o ON o.member_id = p.origin_member_id
   AND o.currency = p.origin_currency AND o.seq = p.origin_seq
 WHERE p.account = 'transferred' AND p.points > 0
   AND (o.seq IS NULL OR o.points < p.points OR o.currency <> p.currency
        OR (o.expires_on, o.payer_id, o.price) IS DISTINCT FROM (p.expires_on, p.payer_id, p.price))
"""
_EVEN = """
SELECT min(p.member_id::text), p.currency, 'transfer ' || t.subject_id || ' moved '
       || sum(p.points) || ' points too many'
  FROM postings p JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
 WHERE p.account IN ('transferred', 'merged')
 GROUP BY p.currency, p.account, t.subject_id HAVING sum(p.points) <> 0
"""

CHECKS = {
    "wallets equal their postings": _WALLETS,
    "lots and holds equal their wallets": _LOTS,
    "points of a lot are used or left": _LOT_USES,
    "points that went came from lots": _BURNS,
    "running balances follow the postings": _BALANCES,
    "postings have their transaction": _HEADERS,
    "points that changed hands stayed what they were": _HANDED_ON,
    "what one wallet gave another got": _EVEN,
    "keys lead to their deed": _KEYS,
    "purchases have their receipt": _RECEIPTS,
}
"""What holds at every instant: a title, and the statement that finds what breaks it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be: the check that found it, and where."""

    check: str
    member_id: str
    currency: str
    detail: str


def check_invariants(
    work: Work, *, limit: int = 100, told: Callable[[str], None] | None = None
) -> list[Finding]:
    """Recompute balances, lots, holds and debts from the postings; return what differs.

    Everything is read from one snapshot and nothing is locked, so that postings go on meanwhile.

    Args:
        limit: the most findings of one check.
        told: called with the title of each check before it runs, to show how far it is.
    """
    connection = work.session.connection()
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    findings = []
    for title, statement in CHECKS.items():
        if told:
            told(title)
        rows = connection.exec_driver_sql(f"{statement} LIMIT {limit}").all()
        findings += [Finding(title, str(row[0]), row[1], row[2]) for row in rows]
    return findings


def record(
    work: Work,
    deed: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one change into the audit trail, in the transaction of the change.

    Args:
        deed: what was done, such as ``partner.configure``.
        subject: the public id of the thing.
        before: what it was; ``None`` for something new.
        after: what it is now.
    """
    work.session.add(
        AuditRecord(
            id=new_uuid(), at=work.now(), actor=work.actor.name, deed=deed, subject=subject,
            before=before, after=after,
        )
    )  # fmt: skip
