"""Wallets by themselves: open one, let points mature and expire, read figures and history."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.errors import MemberUnknownError
from stoa.services.ledger.calls import send
from stoa.services.ledger.figures import Balance
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = [
    "Entry",
    "Statement",
    "balance_of",
    "expire",
    "history",
    "mature",
    "open_wallet",
    "served",
]

_OPEN = "SELECT stoa_open_wallet(%s, %s, %s)"
_EXPIRE = "SELECT stoa_expire(%s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid)"
_MATURE = "SELECT stoa_mature(%s::uuid, %s, %s, %s::date, %s::uuid)"
_EXPIRING_DATES = 6
_POLICY = "SELECT debt_policy FROM currencies WHERE code = %s"
_OPEN_LOTS = """
  FROM lots l WHERE l.member_id = %(member)s AND l.currency = %(currency)s AND l.remaining > l.held
   AND l.expires_on"""
_BALANCE = f"""
WITH RECURSIVE days AS (
    (SELECT l.expires_on {_OPEN_LOTS} >= %(today)s::date ORDER BY l.expires_on LIMIT 1)
    UNION ALL
    SELECT (SELECT l.expires_on {_OPEN_LOTS} > days.expires_on ORDER BY l.expires_on LIMIT 1)
      FROM days WHERE days.expires_on IS NOT NULL
)
SELECT w.available + coalesce(ripe.points, 0)
       - coalesce((SELECT sum(l.remaining - l.held) {_OPEN_LOTS} < %(today)s::date), 0),
       w.pending - coalesce(ripe.points, 0), w.held, w.debt, w.seq,
       (SELECT jsonb_agg(jsonb_build_array(next.expires_on, (
               SELECT sum(l.remaining - l.held) {_OPEN_LOTS} = next.expires_on))
               ORDER BY next.expires_on)
          FROM (SELECT expires_on FROM days LIMIT %(dates)s) AS next
         WHERE next.expires_on < '9999-12-31'),
       c.face_value, c.money_currency, c.debt_policy,
       CASE WHEN w.pending > 0 THEN (
            SELECT jsonb_agg(jsonb_build_array(day.available_on, day.points)
                             ORDER BY day.available_on)
              FROM (SELECT l.available_on, sum(l.remaining) AS points FROM lots l
                     WHERE l.member_id = %(member)s AND l.currency = %(currency)s AND l.pending
                       AND l.available_on > %(today)s::date
                     GROUP BY l.available_on ORDER BY l.available_on LIMIT %(dates)s) AS day) END
  FROM wallets w JOIN currencies c ON c.code = w.currency
  LEFT JOIN LATERAL (SELECT sum(l.remaining) AS points FROM lots l
        WHERE w.pending > 0 AND l.member_id = %(member)s AND l.currency = %(currency)s AND l.pending
          AND l.available_on <= %(today)s::date) AS ripe ON true
 WHERE w.member_id = %(member)s AND w.currency = %(currency)s
"""  # noqa: S608 - constants; a date is found by one probe of the index, however many lots there are
_HISTORY = """
SELECT p.seq, p.transaction_id, t.kind, p.points, p.balance, p.account, p.reason, p.partner_id,
       p.payer_id, t.store_id, t.reference, t.business_date, t.recorded_at, p.expires_on,
       t.explanation -> 'lines' -> (p.seq - t.first_seq)::int ->> 'arithmetic', t.partner_id,
       t.explanation -> 'lines' -> (p.seq - t.first_seq)::int
  FROM (SELECT * FROM postings WHERE member_id = %s AND currency = %s AND seq < %s
         ORDER BY seq DESC LIMIT %s) AS p
 CROSS JOIN LATERAL (SELECT * FROM transactions
         WHERE member_id = p.member_id AND id = p.transaction_id LIMIT 1) AS t
 ORDER BY p.seq DESC
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A balance, what expires and matures on the next six dates, and what the points are worth.

    With the policy ``negative`` the balance is net of what is owed, and may be below zero.
    """

    balance: Balance
    expiring: tuple[tuple[date, int], ...]
    face_value: Decimal
    money_currency: str
    debt_policy: str
    maturing: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting of a member's history, newest first, with the arithmetic that explains it.

    Attributes:
        line: what its transaction's explanation holds of it, as parsed JSON.
    """

    seq: int
    transaction_id: UUID
    kind: str
    points: int
    balance: int
    account: str
    reason: str
    issuer_id: UUID | None
    payer_id: UUID | None
    store_id: UUID | None
    reference: str
    business_date: date
    recorded_at: datetime
    expires_on: date | None
    arithmetic: str | None
    partner_id: UUID | None
    line: Any = None


def open_wallet(work: Work, member_id: UUID, currency: str) -> None:
    """Give a member an empty wallet of a currency, unless there is one."""
    work.rows(_OPEN, (member_id, currency, work.now()))


def expire(work: Work, member_id: UUID, currency: str) -> int:
    """Post the end of a member's points whose last day is over; return how many ended."""
    values = (member_id, currency, work.now(), work.today(), new_uuid(), new_uuid())
    ended: int = send(work, _EXPIRE, values)[0]
    return ended


def mature(work: Work, member_id: UUID, currency: str) -> int:
    """Count a member's pending points as available whose day has come; return how many."""
    values = (member_id, currency, work.now(), work.today(), new_uuid())
    ripe: int = send(work, _MATURE, values)[0]
    return ripe


def balance_of(work: Work, member_id: UUID, currency: str) -> Statement:
    """Return a wallet's figures, what expires when, and what a point is worth: one statement.

    Raises:
        MemberUnknownError: there is no such wallet.
    """
    values = {
        "member": member_id,
        "currency": currency,
        "today": work.today(),
        "dates": _EXPIRING_DATES,
    }
    rows = work.rows(_BALANCE, values)
    if not rows:
        raise MemberUnknownError
    row = rows[0]
    figures = Balance(currency, int(row[0]), int(row[1]), *row[2:5]).served(row[8])
    return Statement(figures, _dates(row[5]), row[6], row[7], row[8], _dates(row[9]))


def served(work: Work, balance: Balance) -> Balance:
    """Return a wallet's figures as members see them; asks for the policy where there is debt."""
    if not balance.debt:
        return balance
    policy: str = work.rows(_POLICY, (balance.currency,))[0][0]
    return balance.served(policy)


def history(
    work: Work, member_id: UUID, currency: str, *, before: int | None = None, limit: int = 25
) -> list[Entry]:
    """Return a page of a member's postings, newest first: one statement, at any length."""
    values = (member_id, currency, before if before is not None else 2**62, limit)
    return [Entry(*row) for row in work.rows(_HISTORY, values)]


def _dates(pairs: list[tuple[str, int]] | None) -> tuple[tuple[date, int], ...]:
    return tuple((date.fromisoformat(day), int(points)) for day, points in pairs or ())
