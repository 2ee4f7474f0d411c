"""The deeds of benefits, each as the call that does it."""

from datetime import date, datetime
from typing import Any

from stoa_sdk.benefits import BenefitQuote, Benefits, BenefitSlots, Claim
from stoa_sdk.calls import Call, get, post, segment
from stoa_sdk.inputs import (
    Amount,
    Member,
    Quantity,
    amount_text,
    as_member,
    instant_text,
    quantity_text,
    step_up,
)

__all__ = [
    "benefit_slots",
    "benefits",
    "capture_claim",
    "claim",
    "claim_benefit",
    "quote_benefit",
    "release_claim",
]


def benefits(member_ref: str, *, own: bool = False) -> Call[Benefits]:
    """Return what a member may enjoy now; needs ``benefits:read``.

    Args:
        member_ref: the member's reference at your partner.
        own: at your partner only, not at the others of the alliance.
    """
    query = {"partner": "own"} if own else {}
    return get(f"v1/members/{segment(member_ref)}/benefits", Benefits, query)


def benefit_slots(benefit: str, store: str, day: date) -> Call[BenefitSlots]:
    """Return the times of a day that can be booked, with places left; needs ``benefits:read``.

    Args:
        benefit: its code, from `benefits`.
        store: the code or id of your store.
        day: in the store's zone.

    Raises:
        NotFound: ``BENEFIT_UNKNOWN``, or nothing is booked there.
    """
    query = {"benefit": benefit, "store": store, "day": day.isoformat()}
    return get("v1/benefits/slots", BenefitSlots, query)


def quote_benefit(
    *,
    member: Member,
    store: str,
    benefit: str,
    subject: str | None = None,
    at: datetime | None = None,
    since: datetime | None = None,
    quantity: Quantity | None = None,
    unit_price: Amount | None = None,
    idempotency_key: str | None = None,
) -> Call[BenefitQuote]:
    """Return what `claim_benefit` would get now, holding nothing; needs ``benefits:read``.

    Raises:
        NotFound: ``BENEFIT_UNKNOWN``.
        Invalid: ``CLAIM_REFUSED``; the member `reason` says why.
    """
    body = _wish(member, store, benefit, subject) | _measure(at, since, quantity, unit_price)
    return post("v1/benefits/quotes", BenefitQuote, body, idempotency_key)


def claim_benefit(
    *,
    member: Member,
    store: str,
    benefit: str,
    subject: str | None = None,
    at: datetime | None = None,
    since: datetime | None = None,
    quantity: Quantity | None = None,
    unit_price: Amount | None = None,
    slot: datetime | None = None,
    pay: str | None = None,
    hold_s: int | None = None,
    pin: str | None = None,
    confirmation: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Claim]:
    """Use or hold a benefit and return what is still due; needs ``benefits:write``.

    Args:
        member: whose benefit.
        store: the code or id of your store.
        benefit: its code, from `benefits`.
        subject: what it is for, such as a number plate.
        at: when it is used, with its zone; by default now.
        since: when the use began, such as the entry to a car park.
        quantity: how much, such as litres.
        unit_price: of one unit of the quantity.
        slot: books a place that begins then, of `benefit_slots`.
        pay: ``points`` pays what is left with the member's points; by default money does.
        hold_s: hold it for so many seconds, until `capture_claim` or `release_claim`; by default
            it is used at once.
        pin: as the member typed it, where `StepUpRequired` was raised.
        confirmation: as the member's app shows it, instead of a PIN.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``BENEFIT_UNKNOWN``.
        Conflict: ``INSUFFICIENT_POINTS``.
        StepUpRequired: so many points need a `pin` or a `confirmation`.
        PinWrong: the PIN is another one.
        PinLocked: too many PINs were wrong.
        Invalid: ``CLAIM_REFUSED``; the member `reason` says why.
    """
    body = _wish(member, store, benefit, subject) | _measure(at, since, quantity, unit_price)
    body |= {"slot": None if slot is None else instant_text(slot)}
    body |= {"pay": pay, "hold": True if hold_s is not None else None, "ttl_s": hold_s}
    body |= {"step_up": step_up(pin, confirmation)}
    return post("v1/benefits/claims", Claim, body, idempotency_key)


def capture_claim(
    claim_id: str, *, quantity: Quantity | None = None, idempotency_key: str | None = None
) -> Call[Claim]:
    """Say what was used of a held benefit, all by default; needs ``benefits:write``.

    Raises:
        Conflict: ``CLAIM_CLOSED`` or ``CLAIM_EXPIRED``.
        Invalid: ``EXCEEDS_CLAIM``, less is held.
    """
    body = {"quantity": None if quantity is None else quantity_text(quantity)}
    return post(f"v1/benefits/claims/{segment(claim_id)}/capture", Claim, body, idempotency_key)


def release_claim(claim_id: str, *, idempotency_key: str | None = None) -> Call[Claim]:
    """Give a used or held benefit back, with its points; needs ``benefits:write``.

    Raises:
        Conflict: ``CLAIM_CLOSED``, released before.
    """
    return post(f"v1/benefits/claims/{segment(claim_id)}/release", Claim, {}, idempotency_key)


def claim(claim_id: str) -> Call[Claim]:
    """Return a benefit claim as it stands; needs ``benefits:write``."""
    return get(f"v1/benefits/claims/{segment(claim_id)}", Claim)


def _wish(member: Member, store: str, benefit: str, subject: str | None) -> dict[str, Any]:
    return {
        "member": as_member(member).as_object(),
        "store": store,
        "benefit": benefit,
        "subject": subject,
    }


def _measure(
    at: datetime | None,
    since: datetime | None,
    quantity: Quantity | None,
    unit_price: Amount | None,
) -> dict[str, Any]:
    return {
        "at": None if at is None else instant_text(at),
        "since": None if since is None else instant_text(since),
        "quantity": None if quantity is None else quantity_text(quantity),
        "unit_price": None if unit_price is None else amount_text(unit_price),
    }
