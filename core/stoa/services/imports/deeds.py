"""A purchase or a return of an import as a row of the stage of deeds.

Transactions, explanations and events are those that `earning` and `returns` write: a test imports
purchases, reports the same ones by hand, and compares all that was written.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from stoa.services import backs
from stoa.services.imports.facts import Person, StagedReceipt
from stoa.services.partners import Terms
from stoa.services.purchases import Sold, payer_id
from stoa.services.reckoning import Reckoned, explained
from stoa.values.facts import EarnedLine, Line, Purchase
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.wire import as_json

__all__ = ["Deed", "reversal", "sale"]

_SOLD, _RETURNED = False, True


class Deed(NamedTuple):
    """A purchase or a return as a row of the stage of deeds; texts are JSON or arrays already."""

    member_id: UUID
    place: int
    returned: bool
    id: UUID
    purchase_id: UUID
    partner_id: UUID
    store_id: UUID
    terminal: str
    receipt_no: str
    business_date: date
    occurred_at: datetime
    money_currency: str
    total_minor: int
    status: str
    lines: str | None
    tenders: str | None
    explanation: str
    back: str | None
    version: int
    price: Decimal | None
    available_on: date | None
    expires_on: date | None
    points: str
    reasons: str
    payers: str
    lots: str | None
    facts: str

    @property
    def of_campaigns(self) -> bool:
        """Whether the deed takes points of a campaign back, which its budget then has again."""
        return self.returned and "campaign:" in self.reasons


def sale(
    person: Person,
    receipt: StagedReceipt,
    *,
    terms: Terms,
    purchase: Purchase,
    purchase_id: UUID,
    status: str,
    earned: tuple[EarnedLine, ...],
    today: date,
    tells: bool,
) -> Deed:
    """Return the deed of a purchase with what it earned."""
    agreement = terms.agreement_on(purchase.business_date)
    expires_on = terms.points.expiry.last_day(purchase.business_date)
    explanation = explained(terms, agreement.version, person.found, Reckoned(earned))
    facts = {}
    if tells:
        facts = {
            "purchase": purchase.id,
            "member": public_id("mem", person.found.id),
            "store": purchase.store,
            "points": sum(line.points for line in earned),
            "business_date": purchase.business_date.isoformat(),
        }
    return Deed(
        person.found.id, person.place, _SOLD, purchase_id, purchase_id, terms.partner_id,
        receipt.store_id, receipt.terminal, receipt.receipt_no, receipt.business_date,
        receipt.occurred_at, purchase.currency, purchase.tenders[0].minor, status,
        json.dumps([_line(line) for line in purchase.lines]),
        json.dumps(as_json(purchase.tenders)), json.dumps(explanation), None, 0,
        agreement.issue_price, agreement.available_on(purchase.business_date, today, expires_on),
        expires_on,
        _array(line.points for line in earned), _reasons(earned), _payers(earned, terms), None,
        json.dumps(facts),
    )  # fmt: skip


def reversal(
    person: Person,
    receipt: StagedReceipt,
    *,
    terms: Terms,
    sold: Sold,
    back: dict[str, int],
    place: int,
    currency: str,
    tells: bool,
) -> tuple[int, Deed]:
    """Return the points that a return takes back, and its deed.

    Args:
        back: what of the purchase is back in all, in thousandths by line number.
        place: from 1, among the purchases that the receipt of the return takes back.
    """
    done = backs.outcome(sold, back)
    taken = backs.clawback(sold, back)
    legs = [(points, line) for points, line in zip(taken, sold.earned, strict=True) if points]
    lines = [line for _, line in legs]
    explanation = backs.explained(sold, done, taken, kind="return", partner_version=terms.version)
    status: str = explanation["status"]
    facts = {}
    if tells:
        facts = {
            "purchase": public_id("pur", sold.id),
            "member": public_id("mem", sold.member_id),
            "points": sum(taken),
        }
    # The receipt of a return is known once: those of its further purchases get a number behind.
    receipt_no = receipt.receipt_no if place == 1 else f"{receipt.receipt_no}/{place}"
    deed = Deed(
        person.found.id, person.place, _RETURNED, new_uuid(), sold.id, terms.partner_id,
        receipt.store_id, receipt.terminal, receipt_no, receipt.business_date,
        receipt.occurred_at, currency, 0, status, None, None, json.dumps(explanation),
        json.dumps(back), sold.version, None, None, None, _array(points for points, _ in legs),
        _reasons(lines), _payers(lines, terms),
        _array(place for place, points in enumerate(taken) if points), json.dumps(facts),
    )  # fmt: skip
    return sum(taken), deed


def _line(line: Line) -> dict[str, Any]:
    # What `as_json` answers, without looking at each field: an import has a line for each of it.
    return {
        "line_no": line.line_no,
        "sku": line.sku,
        "category": line.category,
        "quantity_milli": line.quantity_milli,
        "unit": line.unit,
        "net_minor": line.net_minor,
        "earning_minor": line.earning_minor,
    }


def _array(items: Iterable[object]) -> str:
    return f"{{{','.join(map(str, items))}}}"


def _reasons(lines: Iterable[EarnedLine]) -> str:
    # JSON quotes what an array of PostgreSQL wants quoted, for a reason is printable text.
    return _array(json.dumps(line.reason, ensure_ascii=False) for line in lines)


def _payers(lines: Iterable[EarnedLine], terms: Terms) -> str:
    return _array(payer_id(line.payer, terms.partner_id) or "NULL" for line in lines)
