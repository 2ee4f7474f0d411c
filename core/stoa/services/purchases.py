"""Purchases as they stand: what was sold, what it earned, what has come back; by id or receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stoa.errors import PurchaseUnknownError
from stoa.services.ledger import Leg
from stoa.values.facts import EarnedLine, Line, Tender, TenderKind
from stoa.values.identifiers import uuid_of
from stoa.values.wire import from_json
from stoa.work import Work

__all__ = ["Place", "Sold", "coupon_uses", "find", "find_by_receipt", "legs", "payer_id"]


@dataclass(frozen=True, slots=True)
class Sold:
    """A purchase as it stands now; `given_back` is that of `models.earning.Purchase`."""

    id: UUID
    member_id: UUID
    partner_id: UUID
    store_id: UUID
    terminal: str
    receipt_no: str
    business_date: date
    occurred_at: datetime
    currency: str
    total_minor: int
    status: str
    lines: tuple[Line, ...]
    tenders: tuple[Tender, ...]
    returned: dict[str, int]
    given_back: dict[str, Any]
    version: int
    first_seq: int
    earned: tuple[EarnedLine, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a receipt was printed: it names a sale for ever."""

    store_id: UUID
    terminal: str
    receipt_no: str
    business_date: date


_SOLD = """
SELECT p.id, p.member_id, p.partner_id, p.store_id, p.terminal, p.receipt_no, p.business_date,
       p.occurred_at, p.money_currency, p.total_minor, p.status, p.lines, p.tenders, p.returned,
       p.given_back, p.version, coalesce(t.first_seq, 0), coalesce(t.explanation -> 'lines', '[]')
  FROM purchases p LEFT JOIN transactions t ON t.member_id = p.member_id AND t.id = p.id
 WHERE p.id = %s AND p.partner_id = %s
"""
_RECEIPT = """
SELECT subject_id FROM receipts
 WHERE business_date = %s AND store_id = %s AND terminal = %s AND receipt_no = %s AND kind = 'sale'
"""


def find(work: Work, purchase_id: UUID, *, partner_id: UUID | None = None) -> Sold:
    """Return one of the caller's purchases.

    Args:
        partner_id: whose it is, where that is not the caller.

    Raises:
        PurchaseUnknownError: the caller has no such purchase.
    """
    rows = work.rows(_SOLD, (purchase_id, partner_id or work.actor.partner_id))
    if not rows:
        raise PurchaseUnknownError
    row = rows[0]
    facts: list[Any] = [
        *row[:11],
        from_json(tuple[Line, ...], row[11]),
        from_json(tuple[Tender, ...], row[12]),
        *row[13:17],
        from_json(tuple[EarnedLine, ...], row[17]),
    ]
    return Sold(*facts)


def find_by_receipt(work: Work, place: Place) -> Sold | None:
    """Return the caller's purchase of a receipt, ``None`` where it was never reported."""
    values = (place.business_date, place.store_id, place.terminal, place.receipt_no)
    rows = work.rows(_RECEIPT, values)
    return find(work, rows[0][0]) if rows else None


def coupon_uses(tenders: Sequence[Tender]) -> list[UUID]:
    """Return the ids of the coupons' uses that a purchase's tenders name."""
    named = (each.redemption for each in tenders if each.kind is TenderKind.COUPON)
    uses = (uuid_of("cpu", each) for each in named)
    return [each for each in uses if each is not None]


def payer_id(payer: str, partner_id: UUID) -> UUID | None:
    """Return who pays an earned line: ``None`` for the operator.

    Args:
        payer: as `EarnedLine` has it.
        partner_id: the partner who sold.
    """
    return partner_id if payer == "partner" else uuid_of("prt", payer)


def legs(lines: Sequence[EarnedLine], partner_id: UUID) -> list[Leg]:
    """Return what earned lines post, each paid by whom it names.

    Args:
        partner_id: the partner who sold.
    """
    return [Leg(line.points, line.reason, payer_id(line.payer, partner_id)) for line in lines]
