"""Returns: goods come back line by line, and the points they earned go back with them.

A line that earned 10 points on 3 pieces gives back 3, 3 and 4: what is taken back so far is always
the line's share of what has been returned so far, rounded down, and all of it at the end. So no
order and no split of returns ever takes more, or leaves more, than was earned (promise P12).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import (
    AlreadyReturnedError,
    ExceedsPurchaseError,
    IdempotencyMismatchError,
    InvalidBodyError,
    PurchaseClosedError,
    PurchaseUnknownError,
    ReceiptClaimedError,
    WalletBusyError,
)
from stoa.services import currencies, idempotency, ledger, mergers, partners
from stoa.services.ledger import Balance, KeyUsedError, Leg, StaleError
from stoa.services.partners import CurrencyTerms, Terms
from stoa.values.amounts import Rounding, divide
from stoa.values.facts import EarnedLine, Line, Tender
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.periods import local_day
from stoa.values.wire import as_json, from_json
from stoa.work import Key, Work

__all__ = ["Returned", "Sold", "clawback", "find", "return_lines", "void"]

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Sold:
    """A purchase as it stands now."""

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
class Returned:
    """What a return or void did."""

    return_id: UUID
    purchase_id: UUID
    member_id: UUID
    status: str
    clawed_back: int
    debt_booked: int
    balance: Balance
    replayed: bool = False


_SOLD = """
SELECT p.id, p.member_id, p.partner_id, p.store_id, p.terminal, p.receipt_no, p.business_date,
       p.occurred_at, p.money_currency, p.total_minor, p.status, p.lines, p.tenders, p.returned,
       p.given_back, p.version, coalesce(t.first_seq, 0), coalesce(t.explanation -> 'lines', '[]')
  FROM purchases p LEFT JOIN transactions t ON t.member_id = p.member_id AND t.id = p.id
 WHERE p.id = %s AND p.partner_id = %s
"""


def find(work: Work, purchase_id: UUID) -> Sold:
    """Return one of the caller's purchases.

    Raises:
        PurchaseUnknownError: the caller has no such purchase.
    """
    rows = work.rows(_SOLD, (purchase_id, work.actor.partner_id))
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


def return_lines(
    work: Work,
    purchase_id: UUID,
    quantities: Mapping[int, int] | None,
    *,
    key: Key,
    receipt_no: str = "",
    terminal: str = "",
) -> Returned:
    """Take goods back and claw back what they had earned.

    Args:
        quantities: thousandths returned by line number; ``None`` for all that is left.
        receipt_no: the return's own receipt; a second one of the same day is refused.

    Raises:
        PurchaseUnknownError: the caller has no such purchase.
        AlreadyReturnedError: a line, or the whole purchase, is back already.
        ExceedsPurchaseError: more comes back than was bought.
        PurchaseClosedError: the purchase is void or pending, or the return window is over.
        InvalidBodyError: the purchase has no such line.
        ReceiptClaimedError: the return was reported before.
        IdempotencyMismatchError: the key belongs to another request.
    """
    return _take_back(
        work,
        purchase_id,
        quantities,
        key=key,
        kind="return",
        receipt_no=receipt_no,
        terminal=terminal,
    )


def void(work: Work, purchase_id: UUID, *, key: Key, reason: str = "") -> Returned:
    """Undo a purchase of the same business day of which nothing has come back.

    Raises:
        PurchaseUnknownError: the caller has no such purchase.
        PurchaseClosedError: its business day is over, or something was returned.
        IdempotencyMismatchError: the key belongs to another request.
    """
    return _take_back(
        work, purchase_id, None, key=key, kind="void", receipt_no="", terminal="", reason=reason
    )


def clawback(sold: Sold, returned: Mapping[str, int]) -> list[int]:
    """Return for each earn line the points to take back when `returned` is what is back in all."""
    bought = {str(line.line_no): line.quantity_milli for line in sold.lines}

    def taken(share: EarnedLine, back: Mapping[str, int]) -> int:
        return sum(
            divide(points * back.get(no, 0), bought[no], Rounding.DOWN)
            for no, points in share.on.items()
        )

    return [taken(share, returned) - taken(share, sold.returned) for share in sold.earned]


def _take_back(
    work: Work,
    purchase_id: UUID,
    quantities: Mapping[int, int] | None,
    *,
    key: Key,
    kind: str,
    receipt_no: str,
    terminal: str,
    reason: str = "",
) -> Returned:
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise PurchaseUnknownError
    for _ in range(_TRIES):
        used = idempotency.find(work, partner_id, key)
        if used is not None:
            return _again(work, used)
        sold = find(work, purchase_id)
        try:
            return _reverse(
                work,
                sold,
                quantities,
                key=key,
                kind=kind,
                receipt_no=receipt_no,
                terminal=terminal,
                reason=reason,
            )
        except (KeyUsedError, StaleError):
            continue
        except (
            AlreadyReturnedError,
            ExceedsPurchaseError,
            PurchaseClosedError,
            ReceiptClaimedError,
        ):
            used = idempotency.find(work, partner_id, key)  # by this very request, a moment ago?
            if used is None:
                raise
            return _again(work, used)
    raise WalletBusyError


def _reverse(
    work: Work,
    sold: Sold,
    quantities: Mapping[int, int] | None,
    *,
    key: Key,
    kind: str,
    receipt_no: str,
    terminal: str,
    reason: str,
) -> Returned:
    terms = partners.terms(work, sold.partner_id)
    today = local_day(work.now(), terms.store_of(sold.store_id).zone)
    _allowed(sold, kind, today, terms.agreement_on(today).return_days)
    back = _back(sold, quantities)
    whole = all(back.get(str(line.line_no), 0) == line.quantity_milli for line in sold.lines)
    status = "voided" if kind == "void" else "returned" if whole else "posted"
    taken = clawback(sold, back)
    points = _earned_in(work, terms, sold)
    legs = [
        Leg(
            part, share.reason, terms.partner_id if share.payer == "partner" else None,
            sold.first_seq + place,
        )
        for place, (part, share) in enumerate(zip(taken, sold.earned, strict=True))
        if part
    ]  # fmt: skip
    return_id = new_uuid()
    explanation: dict[str, Any] = {
        "status": status,
        "clawed_back": sum(taken),
        "partner_version": terms.version,
        "lines": [
            {
                "reason": leg.reason,
                "arithmetic": f"{kind} of receipt {sold.receipt_no}: {leg.points} points back",
            }
            for leg in legs
        ],
        "returned": as_json(back),
    }
    if reason:
        explanation["note"] = reason
    facts = {
        "purchase": public_id("pur", sold.id),
        "member": public_id("mem", sold.member_id),
        "points": sum(taken),
    }
    policy = points.debt_policy
    if mergers.heir(work, sold.member_id) is not None:
        policy = "debt"  # what the old wallet lacks, the new one has
    balance = mergers.passed_on(
        work,
        sold.member_id,
        lambda: ledger.reverse(
            work, sold.member_id, points.code, partner_id=terms.partner_id,
            store_id=sold.store_id, key=key, purchase_id=sold.id, version=sold.version,
            status=status, returned=back, given_back=sold.given_back, restores=(),
            policy=policy, grace_days=points.grace_days, kind=kind, terminal=terminal,
            receipt_no=receipt_no, business_date=today, transaction_id=return_id,
            explanation=explanation, legs=legs, facts=facts,
        ),
        key=key,
    )  # fmt: skip
    debt_booked = _debt_booked(work, sold.member_id, return_id)
    return Returned(return_id, sold.id, sold.member_id, status, sum(taken), debt_booked, balance)


_CURRENCY = "SELECT currency FROM transactions WHERE member_id = %s AND id = %s"


def _earned_in(work: Work, terms: Terms, sold: Sold) -> CurrencyTerms:
    """Return the currency in which a purchase earned, though its partner issues another now."""
    if len(terms.currencies) == 1:
        return terms.points
    rows = work.rows(_CURRENCY, (sold.member_id, sold.id))
    return currencies.known(work, terms, rows[0][0] if rows else None)


def _back(sold: Sold, quantities: Mapping[int, int] | None) -> dict[str, int]:
    bought = {str(line.line_no): line.quantity_milli for line in sold.lines}
    if quantities is None:
        return bought
    back = dict(sold.returned)
    for line_no, quantity in quantities.items():
        no = str(line_no)
        if no not in bought:
            raise InvalidBodyError(errors={"lines": [f"The purchase has no line {no}."]})
        left = bought[no] - back.get(no, 0)
        if left == 0:
            raise AlreadyReturnedError(line_no=line_no)
        if quantity > left:
            raise ExceedsPurchaseError(line_no=line_no, left_milli=left)
        back[no] = back.get(no, 0) + quantity
    return back


def _allowed(sold: Sold, kind: str, today: date, return_days: int) -> None:
    if kind == "return" and sold.status == "returned":
        raise AlreadyReturnedError
    if sold.status != "posted":
        raise PurchaseClosedError(status_of_purchase=sold.status)
    if kind == "void" and (sold.business_date != today or sold.returned):
        raise PurchaseClosedError("A purchase is void only on its own business day, and whole.")
    if today - sold.business_date > timedelta(days=return_days):
        raise PurchaseClosedError(
            "The time to return this purchase is over.", return_days=return_days
        )


_RETURN = """
SELECT subject_id, explanation ->> 'status', (explanation ->> 'clawed_back')::bigint,
       (explanation ->> 'debt_booked')::bigint
  FROM transactions WHERE member_id = %s AND id = %s AND kind IN ('return', 'void')
"""


def _debt_booked(work: Work, member_id: UUID, return_id: UUID) -> int:
    booked: int = work.rows(_RETURN, (member_id, return_id))[0][3]
    return booked


def _again(work: Work, used: idempotency.Used) -> Returned:
    rows = work.rows(_RETURN, (used.member_id, used.subject_id))
    if not rows:
        raise IdempotencyMismatchError
    row = rows[0]
    return Returned(
        used.subject_id, row[0], used.member_id, row[1], row[2], row[3], used.balance, replayed=True
    )
