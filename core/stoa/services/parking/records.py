"""Quotes of stays as they stand, and what a driver asks for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stoa.errors import ParkingQuoteUnknownError
from stoa.services.members import Token
from stoa.services.stays import terms_of
from stoa.values.amounts import Money
from stoa.work import Work

__all__ = ["Ask", "Free", "Quote", "find", "listed", "locked"]


@dataclass(frozen=True, slots=True)
class Ask:
    """Which stay, by its id or the plate of a car inside, and for whom.

    Attributes:
        member: who parks; the one who has had the plate longest where ``None``.
    """

    stay_id: UUID | None = None
    plate: str | None = None
    member: Token | None = None


@dataclass(frozen=True, slots=True)
class Free:
    """Minutes that are free, why, and who pays them: ``shared`` where several do."""

    source: str
    minutes: int
    payer: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What a stay costs until `leave_by`, what is free of it, and what is left to pay.

    Attributes:
        state: ``quoted``, ``held``, ``paid``, ``released`` or ``expired``.
        pay: what the rest is paid with, once it is applied: ``money`` or ``points``.
        fee: what is charged, without what free hours took off it before.
        paid: what was paid of it before.
        points_option: points that would pay what is due.
    """

    id: UUID
    stay_id: UUID
    store_id: UUID
    member_id: UUID | None
    state: str
    pay: str
    at: datetime
    leave_by: datetime
    stay_min: int
    fee: Money
    worth: Money
    paid: Money
    due: Money
    points_option: int | None
    entitlements: tuple[Free, ...]
    claim_id: UUID | None = None


_COLUMNS = """
       q.id, q.stay_id, q.store_id, q.member_id, q.state, q.pay, q.at, q.leave_by, q.stay_min,
       q.fee_minor, q.worth_minor, q.paid_minor, q.due_minor, q.points_option, q.entitlements,
       q.claim_id, q.currency
"""
_FIND = f"SELECT {_COLUMNS} FROM parking_quotes q WHERE q.partner_id = %s AND q.id = %s"  # noqa: S608 - constants
_LOCKED = f"{_FIND} FOR UPDATE"
_LISTED = f"""
SELECT {_COLUMNS} FROM parking_quotes q WHERE q.partner_id = %s
   AND (%s::uuid IS NULL OR q.stay_id = %s) ORDER BY q.made_at DESC, q.id DESC LIMIT %s
"""  # noqa: S608 - constants


def find(work: Work, quote_id: UUID) -> Quote:
    """Return one of the caller's quotes.

    Raises:
        ParkingQuoteUnknownError: the caller has no such quote.
    """
    return _one(work.rows(_FIND, (terms_of(work).partner_id, quote_id)))


def locked(work: Work, quote_id: UUID) -> Quote:
    """Return one of the caller's quotes, locked until the work ends; raises as `find` does."""
    values = (terms_of(work).partner_id, quote_id)
    return _one(work.session.connection().exec_driver_sql(_LOCKED, values).all())


def listed(work: Work, *, stay_id: UUID | None = None, limit: int = 50) -> list[Quote]:
    """Return the caller's quotes, of one stay or of all, the latest first."""
    values = (terms_of(work).partner_id, stay_id, stay_id, limit)
    return [_quote(row) for row in work.rows(_LISTED, values)]


def _one(rows: Any) -> Quote:  # noqa: ANN401 - rows of quotes
    if not rows:
        raise ParkingQuoteUnknownError
    return _quote(rows[0])


def _quote(row: Any) -> Quote:  # noqa: ANN401 - a row of quotes
    fee, worth, paid, due = (Money(minor, row[16]) for minor in row[9:13])
    free = tuple(Free(**each) for each in row[14])
    facts: list[Any] = [*row[:9], fee, worth, paid, due, row[13], free, row[15]]
    return Quote(*facts)
