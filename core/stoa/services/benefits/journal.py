"""The journal of claims as the operator reads it: pages by filter, and one claim with its costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stoa.services.benefits.usage import Payer
from stoa.values.amounts import Money
from stoa.work import Work

__all__ = ["STATES", "Line", "Served", "Sheet", "of_member", "page", "sheet"]

STATES = ("held", "used", "released", "expired")
"""What claims may be."""


@dataclass(frozen=True, slots=True)
class Line:
    """A claim as lists show it.

    Attributes:
        partner: the name of the partner where it was claimed, as `store` is its store's.
        source: ``document`` or ``plugin``; `version` is that of the document.
        due: what was left to pay in money, without what `points` paid.
    """

    id: UUID
    member_id: UUID
    benefit: str
    partner: str
    store: str
    state: str
    source: str
    version: int
    subject: str
    quantity_milli: int
    unit: str
    worth: Money
    due: Money
    points: int
    reason: str
    business_date: date
    claimed_at: datetime
    held_until: datetime | None
    captured_at: datetime | None
    released_at: datetime | None
    slot: datetime | None


@dataclass(frozen=True, slots=True)
class Served:
    """A receipt that a claim uses; `live` while no other claim of the benefit may."""

    seller: str
    receipt_no: str
    worth: Money
    live: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One claim with who pays for it and the receipts it uses."""

    line: Line
    costs: tuple[Payer, ...]
    receipts: tuple[Served, ...]


_LINES = """
SELECT c.id, c.member_id, c.benefit, p.name, s.name, c.state, c.source, c.version, c.subject,
       c.quantity_milli, c.unit, c.worth_minor, c.due_minor, c.money_currency, c.points, c.reason,
       c.business_date, c.claimed_at, c.held_until, c.captured_at, c.released_at, c.slot
  FROM claims c
  JOIN partners p ON p.id = c.partner_id
  JOIN stores s ON s.id = c.store_id
"""
_PAGE = f"""{_LINES}
 WHERE (%(state)s = '' OR c.state = %(state)s)
   AND (%(benefit)s = '' OR c.benefit = %(benefit)s)
   AND (%(partner)s = '' OR p.code = %(partner)s)
   AND (%(day)s::date IS NULL OR c.business_date = %(day)s)
   AND (%(before)s::uuid IS NULL OR (c.business_date, c.id) < (
        SELECT b.business_date, b.id FROM claims b WHERE b.id = %(before)s LIMIT 1))
 ORDER BY c.business_date DESC, c.id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants
_OF_MEMBER = f"{_LINES} WHERE c.member_id = %(member)s ORDER BY c.id DESC LIMIT %(limit)s"
_ONE = f"{_LINES} WHERE c.id = %(claim)s"
_COSTS = """
SELECT coalesce(p.name, ''), k.minor FROM claim_costs k LEFT JOIN partners p ON p.id = k.payer_id
 WHERE k.claim_id = %s ORDER BY k.place
"""
_RECEIPTS = """
SELECT p.name, u.receipt_no, r.minor, r.live
  FROM claim_receipts r
  JOIN purchases u ON u.id = r.purchase_id
  JOIN partners p ON p.id = r.seller_id
 WHERE r.claim_id = %s ORDER BY p.name, u.receipt_no
"""


def page(
    work: Work,
    *,
    state: str = "",
    benefit: str = "",
    partner: str = "",
    day: date | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Line]:
    """Return claims, those of the latest business day first; an empty filter leaves nothing out.

    Args:
        partner: the code of the partner where it was claimed.
        before: the claim after which the page begins.
    """
    asked = {
        "state": state, "benefit": benefit, "partner": partner, "day": day, "before": before,
        "limit": limit,
    }  # fmt: skip
    return [_line(row) for row in work.rows(_PAGE, asked)]


def of_member(work: Work, member_id: UUID, *, limit: int = 5) -> list[Line]:
    """Return the last claims of a member, the latest first."""
    rows = work.rows(_OF_MEMBER, {"member": member_id, "limit": limit})
    return [_line(row) for row in rows]


def sheet(work: Work, claim_id: UUID) -> Sheet | None:
    """Return one claim with its costs and receipts; ``None`` where there is none."""
    rows = work.rows(_ONE, {"claim": claim_id})
    if not rows:
        return None
    line = _line(rows[0])
    money = line.worth.currency
    return Sheet(
        line,
        tuple(Payer(*row) for row in work.rows(_COSTS, (claim_id,))),
        tuple(
            Served(name, number, Money(minor, money), live)
            for name, number, minor, live in work.rows(_RECEIPTS, (claim_id,))
        ),
    )


def _line(row: Sequence[Any]) -> Line:
    worth, due, money = row[11:14]
    parts = [*row[:11], Money(worth, money), Money(due, money), *row[14:]]
    return Line(*parts)
