"""What a caller asked once is done once: keys of deeds, and the answers of those without points."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from stoa.errors import IdempotencyExpiredError, IdempotencyInFlightError, IdempotencyMismatchError
from stoa.models import NOBODY
from stoa.models.idempotency import Key as KeyRow
from stoa.services.ledger import Balance
from stoa.values.identifiers import public_id
from stoa.work import Key, Work

__all__ = ["Used", "find", "forget", "is_new", "once", "used"]

KEPT = timedelta(days=30)
"""How long an answer can be had again (reliability P3)."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a key did: its subject, and the wallet afterwards."""

    member_id: UUID
    subject_id: UUID
    balance: Balance


def used(work: Work, key: Key, row: Any) -> Used | None:  # noqa: ANN401 - a row, keys first
    """Read what a key did from the first eight columns of a row; ``None`` when it is new.

    The columns are: fingerprint, created_at, member_id, subject_id, available, pending, held, debt.

    Raises:
        IdempotencyMismatchError: the key belongs to another request.
        IdempotencyExpiredError: its answer is no longer kept.
    """
    fingerprint, created_at, member_id, subject_id, available, pending, held, debt = row[:8]
    if fingerprint is None:
        return None
    _check(work, key, fingerprint, created_at, subject_id)
    currency = _currency(work, member_id, subject_id)
    return Used(member_id, subject_id, Balance(currency, available, pending, held, debt))


_CURRENCY = """
SELECT coalesce(
    (SELECT currency FROM transactions WHERE member_id = %(member)s AND id = %(subject)s),
    (SELECT currency FROM holds WHERE member_id = %(member)s AND id = %(subject)s),
    (SELECT a.points_currency FROM purchases p JOIN partners a ON a.id = p.partner_id
      WHERE p.member_id = %(member)s AND p.id = %(subject)s))
"""


def _currency(work: Work, member_id: UUID | None, subject_id: UUID | None) -> str:
    """Return whose figures a key keeps: of the wallet that its deed moved."""
    currency: str | None = work.rows(_CURRENCY, {"member": member_id, "subject": subject_id})[0][0]
    return currency or work.programme.currency


_FIND = """
SELECT fingerprint, created_at, member_id, subject_id, available, pending, held, debt
  FROM keys WHERE partner_id = %s AND key = %s
"""


def find(work: Work, partner_id: UUID, key: Key) -> Used | None:
    """Look a key up; raises as `used` does."""
    rows = work.rows(_FIND, (partner_id, key.value))
    return used(work, key, rows[0]) if rows else None


def is_new(work: Work, key: Key) -> bool:
    """Tell whether no request of the caller's has had this key before."""
    values = (work.actor.partner_id or NOBODY, key.value)
    return not work.rows("SELECT 1 FROM keys WHERE partner_id = %s AND key = %s", values)


def once(work: Work, key: Key, deed: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Do a deed that moves no points once for a key; return its answer, and whether it is a repeat.

    The key row is written first and in the deed's own transaction: a second request with the same
    key waits for the first one to end.

    Raises:
        IdempotencyMismatchError: the key belongs to another request.
        IdempotencyExpiredError: its answer is no longer kept.
        IdempotencyInFlightError: the first request takes longer than the lock timeout.
    """
    scope = work.actor.partner_id or NOBODY
    claim = insert(KeyRow).values(
        partner_id=scope, key=key.value, fingerprint=key.fingerprint, created_at=work.now()
    )
    try:
        new = work.session.execute(claim.on_conflict_do_nothing().returning(KeyRow.key)).first()
    except DBAPIError as wrong:
        if getattr(wrong.orig, "sqlstate", None) == "55P03":
            raise IdempotencyInFlightError from None
        raise
    mine = (KeyRow.partner_id == scope) & (KeyRow.key == key.value)
    if new is None:
        row = work.session.execute(
            select(KeyRow.fingerprint, KeyRow.created_at, KeyRow.answer).where(mine)
        ).one()
        _check(work, key, row.fingerprint, row.created_at, None)
        if row.answer is None:
            raise IdempotencyMismatchError
        return json.loads(row.answer), True
    answer = deed()
    work.session.execute(update(KeyRow).where(mine).values(answer=json.dumps(answer)))
    return answer, False


def forget(work: Work) -> int:
    """Drop kept answers older than 30 days; the keys themselves stay for ever."""
    old = (KeyRow.created_at < work.now() - KEPT) & KeyRow.answer.is_not(None)
    result = work.session.execute(update(KeyRow).where(old).values(answer=None))
    return int(getattr(result, "rowcount", 0))


def _check(
    work: Work, key: Key, fingerprint: bytes, created_at: datetime, subject_id: UUID | None
) -> None:
    if bytes(fingerprint) != key.fingerprint:
        raise IdempotencyMismatchError
    if created_at < work.now() - KEPT:
        known = public_id("txn", subject_id) if subject_id else None
        raise IdempotencyExpiredError(transaction_id=known)
