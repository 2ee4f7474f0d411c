"""Recording: what the bank moved enters the journal, once.

What came or went is worth, in the programme's money, what the rate of its day says; what that is
more or less than what it settles is gained or lost by the exchange (economics §3.10). A part that
came settles a part: the rest stays owed, and stands in the next opening.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from stoa.errors import InvalidBodyError, PaymentClosedError
from stoa.services import audit, funding, rates
from stoa.services.payments.lists import Payment, find, lock
from stoa.values.amounts import minor_exponent
from stoa.values.clearing.statements import minor_of
from stoa.work import Work

__all__ = ["cancel", "fail", "record"]

_OPEN = ("proposed", "sent")
_RECORD = """
UPDATE payments SET state = 'settled', bank_date = %(day)s, bank_minor = %(bank)s,
       bank_rate = %(rate)s, bank_rate_id = %(rate_id)s, cleared_minor = %(cleared)s,
       cash_minor = %(cash)s, recorded_at = %(now)s, recorded_by = %(by)s, note = %(note)s
 WHERE id = %(id)s RETURNING 1
"""
_STEP = "UPDATE payments SET state = %s, note = %s WHERE id = %s RETURNING 1"
_BOOK = "SELECT stoa_book_payment(%s)"
_MAX_NOTE = 200


def record(
    work: Work, payment_id: UUID, *, bank_date: date, bank_minor: int | None = None, note: str = ""
) -> Payment:
    """Record that the bank moved a payment.

    Args:
        bank_date: by the bank's account.
        bank_minor: what it moved, in the payment's money; all of it by default.

    Raises:
        PaymentUnknownError: there is no such payment.
        PaymentClosedError: it was recorded before, or failed, or was cancelled.
        InvalidBodyError: the day is to come, nothing was moved, or the note is too long.
        FxRateMissingError: no rate of exchange for that day was entered.
    """
    before = _locked(work, payment_id, _OPEN)
    moved = before.minor if bank_minor is None else bank_minor
    _check(work, bank_date, moved, note)
    owed = Decimal(before.owed_minor) * moved / before.minor
    cleared = int(owed.to_integral_value(ROUND_HALF_UP))
    rate = rates.rate_of(work, before.money_currency, before.currency, bank_date)
    amount = Decimal(moved).scaleb(-minor_exponent(before.currency)) / rate.rate
    cash = minor_of(amount, before.money_currency)
    if not cleared or not cash:
        raise InvalidBodyError(errors={"amount": ["So little settles nothing."]})
    values = {
        "id": payment_id, "day": bank_date, "bank": moved, "rate": rate.rate if rate.id else None,
        "rate_id": rate.id or None, "cleared": cleared, "cash": cash, "now": work.now(),
        "by": work.actor.name, "note": note,
    }  # fmt: skip
    work.rows(_RECORD, values)
    work.rows(_BOOK, (payment_id,))
    paid = find(work, payment_id)
    settled = Decimal(cleared).scaleb(-minor_exponent(paid.money_currency))
    funding.refill(
        work, paid.partner_id, settled if paid.direction == "in" else -settled,
        source="payment", subject=paid.public_id,
    )  # fmt: skip
    audit.record(
        work, "payment.record", paid.public_id,
        before={"state": before.state, "minor": before.minor},
        after={
            "state": "settled", "bank_date": bank_date.isoformat(), "bank_minor": moved,
            "exchange": paid.exchange_minor, "note": note,
        },
    )  # fmt: skip
    return paid


def fail(work: Work, payment_id: UUID, *, note: str) -> Payment:
    """Record that the bank sent a payment back: propose the period again to pay it anew.

    Raises:
        PaymentUnknownError: there is no such payment.
        PaymentClosedError: it was not sent.
        InvalidBodyError: the note is missing or too long.
    """
    return _step(work, payment_id, ("sent",), "failed", note)


def cancel(work: Work, payment_id: UUID, *, note: str) -> Payment:
    """Take a proposal back that was not sent.

    Raises:
        PaymentUnknownError: there is no such payment.
        PaymentClosedError: it was sent, recorded or cancelled before.
        InvalidBodyError: the note is missing or too long.
    """
    return _step(work, payment_id, ("proposed",), "cancelled", note)


def _step(work: Work, payment_id: UUID, fitting: tuple[str, ...], state: str, note: str) -> Payment:
    before = _locked(work, payment_id, fitting)
    if not note.strip() or len(note) > _MAX_NOTE:
        raise InvalidBodyError(errors={"note": [f"Say why, in at most {_MAX_NOTE} characters."]})
    work.rows(_STEP, (state, note, payment_id))
    audit.record(
        work, f"payment.{state}", before.public_id,
        before={"state": before.state}, after={"state": state, "note": note},
    )  # fmt: skip
    return find(work, payment_id)


def _locked(work: Work, payment_id: UUID, fitting: tuple[str, ...]) -> Payment:
    lock(work)
    payment = find(work, payment_id)
    if payment.state not in fitting:
        raise PaymentClosedError(state=payment.state)
    return payment


def _check(work: Work, bank_date: date, moved: int, note: str) -> None:
    errors: dict[str, list[str]] = {}
    if bank_date > work.today():
        errors["bank_date"] = ["This day is still to come."]
    if moved <= 0:
        errors["amount"] = ["Write an amount above 0."]
    if len(note) > _MAX_NOTE:
        errors["note"] = [f"Write at most {_MAX_NOTE} characters."]
    if errors:
        raise InvalidBodyError(errors=errors)
