"""Returns: goods or money come back, and with them the points earned and the points paid.

What comes back is settled by `backs`; what was earned on it is clawed back, and of what was paid
with points the part that comes back is restored to the lots it came from, all in one statement.
Coupons that the purchase redeemed go back once all of it is back, in the same transaction.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import (
    AlreadyReturnedError,
    ExceedsPurchaseError,
    ExceedsRedemptionError,
    IdempotencyMismatchError,
    LinesDoNotSumError,
    PurchaseClosedError,
    PurchaseUnknownError,
    ReceiptClaimedError,
    WalletBusyError,
)
from stoa.services import backs, currencies, idempotency, ledger, mergers, partners, restores
from stoa.services.backs import Back, BackLine, clawback
from stoa.services.coupons import basket
from stoa.services.ledger import Balance, KeyUsedError, Leg, StaleError
from stoa.services.partners import CurrencyTerms, Terms
from stoa.services.purchases import Sold, coupon_uses, find, payer_id
from stoa.services.restores import Restoring
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.periods import local_day
from stoa.work import Key, Work

__all__ = ["Returned", "Sold", "again", "clawback", "find", "return_lines", "take_back", "void"]

_TRIES = 5
_UNDONE = ("voided", "returned")
"""What a purchase is of which all is back: its coupons have their uses again."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a return or void did.

    Attributes:
        clawed_back: points taken from the wallet or booked as debt.
        debt_booked: of these, spent already and now owed.
        uncollected: points spent already that the currency's policy lets go.
        restored: points that had paid and are back in their lots.
        tenders: minor units going back, by kind of tender.
        unmatched_minor: of these, paid with points of a redemption that is not known.
    """

    return_id: UUID
    purchase_id: UUID
    member_id: UUID
    status: str
    clawed_back: int
    debt_booked: int
    uncollected: int
    restored: int
    tenders: tuple[tuple[str, int], ...]
    unmatched_minor: int
    currency: str
    balance: Balance
    replayed: bool = False


def return_lines(
    work: Work,
    purchase_id: UUID,
    quantities: Mapping[int, int] | None,
    *,
    key: Key,
    receipt_no: str = "",
    terminal: str = "",
) -> Returned:
    """Take goods back, by thousandths of each line; all that is left for ``None``.

    Raises:
        StoaError: as `take_back` does.
    """
    lines = tuple(BackLine(no, quantity) for no, quantity in (quantities or {}).items())
    return take_back(work, purchase_id, Back(receipt_no, terminal, lines), key=key)


def take_back(
    work: Work, purchase_id: UUID, back: Back, *, key: Key, at: datetime | None = None
) -> Returned:
    """Take goods or money back, claw back what they had earned, restore the points that paid.

    Args:
        at: when the till took it back; now by default.

    Raises:
        PurchaseUnknownError: the caller has no such purchase.
        AlreadyReturnedError: a line, or the whole purchase, is back already.
        ExceedsPurchaseError: more comes back than is left of a line, a tender or the purchase.
        LinesDoNotSumError: the tenders are not what comes back.
        PurchaseClosedError: the purchase is void or pending, or the return window is over.
        InvalidBodyError: the purchase has no such line, or an amount is none.
        ReceiptClaimedError: the return was reported before.
        IdempotencyMismatchError: the key belongs to another request.
    """
    return _undo(work, purchase_id, back, key=key, kind="return", at=at or work.now())


def void(work: Work, purchase_id: UUID, *, key: Key, reason: str = "") -> Returned:
    """Undo a purchase of the same business day of which nothing has come back.

    Raises:
        PurchaseUnknownError: the caller has no such purchase.
        PurchaseClosedError: its business day is over, or something was returned.
        IdempotencyMismatchError: the key belongs to another request.
    """
    return _undo(work, purchase_id, Back(reason=reason), key=key, kind="void", at=work.now())


_RETURN = """
SELECT t.subject_id, t.explanation, p.money_currency
  FROM transactions t JOIN purchases p ON p.member_id = t.member_id AND p.id = t.subject_id
 WHERE t.member_id = %s AND t.id = %s AND t.kind IN ('return', 'void')
"""


def again(work: Work, used: idempotency.Used) -> Returned:
    """Return what a return came to that its key did before.

    Raises:
        IdempotencyMismatchError: the key did something else.
    """
    return _told(work, used.member_id, used.subject_id, used.balance, replayed=True)


def _undo(
    work: Work, purchase_id: UUID, back: Back, *, key: Key, kind: str, at: datetime
) -> Returned:
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise PurchaseUnknownError
    for _ in range(_TRIES):
        used = idempotency.find(work, partner_id, key)
        if used is not None:
            return again(work, used)
        try:
            return _reverse(work, find(work, purchase_id), back, key=key, kind=kind, at=at)
        except (KeyUsedError, StaleError, ExceedsRedemptionError):
            continue  # another return, or a refund of a redemption, came first
        except (
            AlreadyReturnedError,
            ExceedsPurchaseError,
            LinesDoNotSumError,
            PurchaseClosedError,
            ReceiptClaimedError,
        ):
            used = idempotency.find(work, partner_id, key)  # by this very request, a moment ago?
            if used is None:
                raise
            return again(work, used)
    raise WalletBusyError


def _reverse(work: Work, sold: Sold, back: Back, *, key: Key, kind: str, at: datetime) -> Returned:
    terms = partners.terms(work, sold.partner_id)
    today = local_day(at, terms.store_of(sold.store_id).zone)
    days = timedelta(days=terms.agreement_on(today).return_days)
    _allowed(sold, kind, age=today - sold.business_date, limit=days)
    done = backs.settle(sold, back)
    taken = backs.clawback(sold, done.returned, done.amounts)
    restoring = restores.of(work, sold, done, kind=kind)
    points = _earned_in(work, terms, sold)
    legs = [
        Leg(
            part, share.reason, payer_id(share.payer, terms.partner_id), sold.first_seq + place,
        )
        for place, (part, share) in enumerate(zip(taken, sold.earned, strict=True))
        if part
    ]  # fmt: skip
    explanation = backs.explained(
        sold, done, taken, kind=kind, partner_version=terms.version
    ) | _paid_with_points(restoring)
    if back.reason:
        explanation["note"] = back.reason
    facts = {
        "purchase": public_id("pur", sold.id),
        "member": public_id("mem", sold.member_id),
        "points": sum(taken),
    }
    policy = points.debt_policy
    if mergers.heir(work, sold.member_id) is not None:
        policy = "debt"  # what the old wallet lacks, the new one has
    return_id = new_uuid()

    def post() -> Balance:
        return ledger.reverse(
            work, sold.member_id, points.code, partner_id=terms.partner_id,
            store_id=sold.store_id, key=key, purchase_id=sold.id, version=sold.version,
            status=explanation["status"], returned=done.returned,
            given_back=_given_back(sold, done, restoring), restores=restoring.restores,
            policy=policy, grace_days=points.grace_days, kind=kind, terminal=back.terminal,
            receipt_no=back.receipt_no, business_date=today, transaction_id=return_id,
            explanation=explanation, legs=legs,
            facts=facts | ({"restored": restoring.points} if restoring.points else {}),
        )  # fmt: skip

    back_too = coupon_uses(sold.tenders) if explanation["status"] in _UNDONE else []
    with work.session.begin_nested() if back_too else nullcontext():
        balance = mergers.passed_on(work, sold.member_id, post, key=key)
        basket.undo(work, back_too)
    return _told(work, sold.member_id, return_id, balance)


_CURRENCY = "SELECT currency FROM transactions WHERE member_id = %s AND id = %s"


def _earned_in(work: Work, terms: Terms, sold: Sold) -> CurrencyTerms:
    """Return the currency in which a purchase earned, though its partner issues another now."""
    if len(terms.currencies) == 1:
        return terms.points
    rows = work.rows(_CURRENCY, (sold.member_id, sold.id))
    return currencies.known(work, terms, rows[0][0] if rows else None)


def _paid_with_points(restoring: Restoring) -> dict[str, Any]:
    facts = {"restored": restoring.points, "unmatched_minor": restoring.unmatched_minor}
    return {name: value for name, value in facts.items() if value}


def _given_back(sold: Sold, done: backs.Outcome, restoring: Restoring) -> dict[str, Any]:
    """Return what is kept of the money that is back; one tender alone says nothing of its own."""
    kept: dict[str, Any] = {}
    if done.amounts:
        kept["lines"] = done.amounts
    if len(sold.tenders) > 1:
        kept["tenders"] = {str(place): minor for place, minor in enumerate(done.tenders) if minor}
    if restoring.in_all:
        kept["restored"] = restoring.in_all
    return kept


def _allowed(sold: Sold, kind: str, *, age: timedelta, limit: timedelta) -> None:
    if kind == "return" and sold.status == "returned":
        raise AlreadyReturnedError
    if sold.status != "posted":
        raise PurchaseClosedError(status_of_purchase=sold.status)
    touched = sold.returned or sold.given_back
    if kind == "void" and (age or touched):
        raise PurchaseClosedError("A purchase is void only on its own business day, and whole.")
    if age > limit:
        raise PurchaseClosedError(
            "The time to return this purchase is over.", return_days=limit.days
        )


def _told(
    work: Work, member_id: UUID, return_id: UUID, balance: Balance, *, replayed: bool = False
) -> Returned:
    rows = work.rows(_RETURN, (member_id, return_id))
    if not rows:
        raise IdempotencyMismatchError
    purchase_id, facts, currency = rows[0]
    uncollected = facts.get("uncollected", 0)
    return Returned(
        return_id, purchase_id, member_id, facts["status"], facts["clawed_back"] - uncollected,
        facts["debt_booked"], uncollected, facts.get("restored", 0),
        tuple((kind, minor) for kind, minor in facts.get("tenders", ())),
        facts.get("unmatched_minor", 0), currency, balance, replayed,
    )  # fmt: skip
