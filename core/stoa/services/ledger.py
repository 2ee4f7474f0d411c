"""The only way to post points: each deed is one call of a function of `models/functions`."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from stoa.errors import (
    BalanceLimitError,
    ExceedsHoldError,
    HoldClosedError,
    HoldExpiredError,
    InsufficientPointsError,
    MemberUnknownError,
    ReceiptClaimedError,
    RedemptionUnknownError,
    StoaError,
    WalletBusyError,
)
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = [
    "Balance",
    "Entry",
    "KeyUsedError",
    "Leg",
    "StaleError",
    "Statement",
    "balance_of",
    "capture",
    "earn",
    "expire",
    "history",
    "hold",
    "open_wallet",
    "release",
    "reverse",
]


class KeyUsedError(Exception):
    """The key had its effect before; the first answer has to be given again."""


class StaleError(Exception):
    """The purchase changed between reading and writing; read it again."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A wallet's figures after a deed, in whole points."""

    currency: str
    available: int
    pending: int
    held: int
    debt: int
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting to be: points above zero, why, and who pays (``None`` is the operator).

    `lot` names the posting whose lot a clawback takes from first.
    """

    points: int
    reason: str
    payer_id: UUID | None
    lot: int = 0


_OPEN = "SELECT stoa_open_wallet(%s, %s, %s)"
_EARN = (
    "SELECT * FROM stoa_earn(%s::uuid, %s, %s, %s::uuid, %s::uuid, %s, %s, %s, %s::uuid, %s, %s,"
    " %s, %s::date, %s, %s, %s, %s::jsonb, %s::jsonb, %s, %s::jsonb, %s, %s::bigint[], %s::text[],"
    " %s::uuid[], %s, %s::date, %s::date, %s::uuid, %s::jsonb)"
)
_HOLD = (
    "SELECT * FROM stoa_hold(%s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid, %s, %s, %s::uuid, %s,"
    " %s, %s, %s, %s, %s, %s::date, %s::uuid, %s::jsonb)"
)
_CAPTURE = (
    "SELECT * FROM stoa_capture(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s::uuid, %s, %s, %s,"
    " %s, %s::jsonb, %s::uuid, %s::uuid, %s::jsonb)"
)
_RELEASE = (
    "SELECT * FROM stoa_release(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s::uuid, %s,"
    " %s::uuid, %s::uuid, %s::jsonb)"
)
_EXPIRE = "SELECT stoa_expire(%s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid)"
_REVERSE = (
    "SELECT * FROM stoa_reverse(%s::uuid, %s, %s, %s::uuid, %s::uuid, %s, %s, %s::uuid, %s, %s,"
    " %s::jsonb, %s, %s, %s, %s::date, %s::uuid, %s, %s::jsonb, %s, %s::bigint[], %s::text[],"
    " %s::uuid[], %s::bigint[], %s::uuid, %s::jsonb)"
)
_EXPIRING_DATES = 6
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
SELECT w.available - coalesce((SELECT sum(l.remaining - l.held) {_OPEN_LOTS} < %(today)s::date), 0),
       w.pending, w.held, w.debt, w.seq,
       (SELECT jsonb_agg(jsonb_build_array(next.expires_on, (
               SELECT sum(l.remaining - l.held) {_OPEN_LOTS} = next.expires_on))
               ORDER BY next.expires_on)
          FROM (SELECT expires_on FROM days LIMIT %(dates)s) AS next
         WHERE next.expires_on < '9999-12-31'),
       c.face_value, c.money_currency
  FROM wallets w JOIN currencies c ON c.code = w.currency
 WHERE w.member_id = %(member)s AND w.currency = %(currency)s
"""  # noqa: S608 - constants; a date is found by one probe of the index, however many lots there are
_HISTORY = """
SELECT p.seq, p.transaction_id, t.kind, p.points, p.balance, p.account, p.reason, p.partner_id,
       p.payer_id, t.store_id, t.reference, t.business_date, t.recorded_at, p.expires_on,
       t.explanation -> 'lines' -> (p.seq - t.first_seq)::int ->> 'arithmetic', t.partner_id
  FROM (SELECT * FROM postings WHERE member_id = %s AND currency = %s AND seq < %s
         ORDER BY seq DESC LIMIT %s) AS p
 CROSS JOIN LATERAL (SELECT * FROM transactions
         WHERE member_id = p.member_id AND id = p.transaction_id LIMIT 1) AS t
 ORDER BY p.seq DESC
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A balance, what expires on the next six dates, and what the points are worth."""

    balance: Balance
    expiring: tuple[tuple[date, int], ...]
    face_value: Decimal
    money_currency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting of a member's history, newest first, with the arithmetic that explains it."""

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


def open_wallet(work: Work, member_id: UUID, currency: str) -> None:
    """Give a member an empty wallet of a currency, unless there is one."""
    work.rows(_OPEN, (member_id, currency, work.now()))


def earn(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    store_id: UUID,
    key: Key | None,
    purchase_id: UUID,
    settles: bool,
    status: str,
    terminal: str,
    receipt_no: str,
    business_date: date,
    occurred_at: datetime,
    money_currency: str,
    total_minor: int,
    lines: str,
    tenders: str,
    explanation: dict[str, Any],
    legs: Sequence[Leg],
    price: Decimal,
    available_on: date,
    expires_on: date | None,
    facts: dict[str, Any],
) -> Balance:
    """Keep a purchase and post what it earns; debts are repaid first.

    Args:
        lines: the purchase's lines as JSON text; likewise `tenders`.
        settles: the purchase was kept ``pending`` before, and is posted now.

    Raises:
        KeyUsedError: the key had its effect before.
        StaleError: a pending purchase is not pending any more.
        ReceiptClaimedError: the receipt was reported before.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), partner_id, store_id,
        key and key.value, key and key.fingerprint, settles, purchase_id, status, terminal,
        receipt_no, business_date, occurred_at, money_currency, total_minor, lines, tenders,
        work.actor.name, json.dumps(explanation),
        sum(leg.points for leg in legs), _array(leg.points for leg in legs),
        _array(leg.reason for leg in legs), _array(leg.payer_id for leg in legs), price,
        available_on, expires_on,
        new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return _balance(currency, _send(work, _EARN, values))


def hold(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    store_id: UUID,
    key: Key | None,
    hold_id: UUID,
    points: int,
    worth_minor: int,
    purpose: str,
    reward: str,
    reference: str,
    expires_at: datetime,
    business_date: date,
    facts: dict[str, Any],
) -> Balance:
    """Set points aside, earliest expiry first.

    Raises:
        InsufficientPointsError: fewer are available.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), partner_id, store_id,
        key and key.value, key and key.fingerprint, hold_id, points, worth_minor, purpose, reward,
        reference, expires_at, business_date, new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return _balance(currency, _send(work, _HOLD, values, points=points))


def capture(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    key: Key | None,
    hold_id: UUID,
    points: int,
    reference: str,
    price: Decimal,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Burn points of a hold and release the rest; final.

    Raises:
        RedemptionUnknownError: the partner has no such hold.
        HoldClosedError: it was captured, voided or expired before.
        HoldExpiredError: its time is over.
        ExceedsHoldError: it holds fewer points.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), partner_id, key and key.value,
        key and key.fingerprint, hold_id, points, reference, price, work.actor.name,
        json.dumps(explanation), new_uuid(), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return _balance(currency, _send(work, _CAPTURE, values))


def release(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    key: Key | None,
    hold_id: UUID,
    state: str,
    facts: dict[str, Any],
) -> Balance:
    """Let go of a whole hold: ``voided`` by its partner or ``expired`` by the clock.

    Raises:
        RedemptionUnknownError: the partner has no such hold.
        HoldClosedError: it is resolved already, or has time left when it shall expire.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), partner_id, key and key.value,
        key and key.fingerprint, hold_id, state, new_uuid(), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return _balance(currency, _send(work, _RELEASE, values))


def expire(work: Work, member_id: UUID, currency: str) -> int:
    """Post the end of a member's points whose last day is over; return how many ended."""
    values = (member_id, currency, work.now(), work.today(), new_uuid(), new_uuid())
    ended: int = _send(work, _EXPIRE, values)[0]
    return ended


def reverse(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    store_id: UUID,
    key: Key | None,
    purchase_id: UUID,
    version: int,
    status: str,
    returned: dict[str, int],
    kind: str,
    terminal: str,
    receipt_no: str,
    business_date: date,
    transaction_id: UUID,
    explanation: dict[str, Any],
    legs: Sequence[Leg],
    facts: dict[str, Any],
) -> Balance:
    """Take back points that returned goods had earned; what is spent already becomes debt.

    Raises:
        StaleError: another return came first.
        ReceiptClaimedError: this return was reported before.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), partner_id, store_id, key and key.value,
        key and key.fingerprint, purchase_id, version, status, json.dumps(returned), kind, terminal,
        receipt_no, business_date, transaction_id, work.actor.name, json.dumps(explanation),
        sum(leg.points for leg in legs), _array(leg.points for leg in legs),
        _array(leg.reason for leg in legs), _array(leg.payer_id for leg in legs),
        _array(leg.lot for leg in legs), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return _balance(currency, _send(work, _REVERSE, values))


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
    expiring = tuple((date.fromisoformat(day), int(points)) for day, points in row[5] or ())
    balance = Balance(currency, int(row[0]), row[1], row[2], row[3], row[4])
    return Statement(balance, expiring, row[6], row[7])


def history(
    work: Work, member_id: UUID, currency: str, *, before: int | None = None, limit: int = 25
) -> list[Entry]:
    """Return a page of a member's postings, newest first: one statement, at any length."""
    values = (member_id, currency, before if before is not None else 2**62, limit)
    return [Entry(*row) for row in work.rows(_HISTORY, values)]


def _array(values: Iterable[object]) -> str:
    """Write an array as PostgreSQL reads it: a third of the cost of adapting a list."""
    return "{" + ",".join("NULL" if each is None else _quoted(each) for each in values) + "}"


def _quoted(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _balance(currency: str, wallet: Any) -> Balance:  # noqa: ANN401 - a row of wallets
    return Balance(currency, wallet[2], wallet[3], wallet[4], wallet[5], wallet[6])


def _send(work: Work, statement: LiteralString, values: tuple[Any, ...], *, points: int = 0) -> Any:  # noqa: ANN401 - a row
    for attempt in range(3):
        try:
            return work.rows(statement, values)[0]
        except DBAPIError as wrong:
            state = getattr(wrong.orig, "sqlstate", None)
            if state == "40P01" and attempt < 2:  # noqa: PLR2004 - a deadlock is tried thrice
                continue
            refusal = _refusal(state, wrong, points)
            if refusal is None:
                raise
            raise refusal from None
    raise WalletBusyError


def _refusal(state: str | None, wrong: DBAPIError, points: int) -> Exception | None:
    detail = getattr(getattr(wrong.orig, "diag", None), "message_detail", None)
    constraint = getattr(getattr(wrong.orig, "diag", None), "constraint_name", None)
    if state == "ST003":
        available = int(detail or 0)
        return InsufficientPointsError(
            available_points=available, short_by_points=points - available
        )
    if state == "ST004":
        return HoldClosedError(state=detail)
    if state == "ST006":
        return ExceedsHoldError(held_points=int(detail or 0))
    if state == "23514" and constraint == "ck_wallets_limit":
        return BalanceLimitError()
    kinds: dict[str | None, type[Exception | StoaError]] = {
        "ST001": KeyUsedError,
        "ST002": ReceiptClaimedError,
        "ST005": HoldExpiredError,
        "ST007": StaleError,
        "ST008": RedemptionUnknownError,
        "55P03": WalletBusyError,
        "40P01": WalletBusyError,
    }
    kind = kinds.get(state)
    return kind() if kind else None
