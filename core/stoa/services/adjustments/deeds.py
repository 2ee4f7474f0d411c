"""What people do with adjustments: propose, post, decline, reverse."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from stoa.errors import (
    FourEyesError,
    IdempotencyMismatchError,
    InvalidAmountError,
    InvalidBodyError,
    MemberUnknownError,
)
from stoa.models.ledger import Currency
from stoa.models.members import Member
from stoa.models.partners import Partner
from stoa.services import audit, ledger
from stoa.services.adjustments.lists import Adjustment, find, left_alone
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.periods import Expiry, ExpiryRule
from stoa.work import Work

__all__ = ["MOST", "REASONS", "adjust", "approve", "decline", "reverse"]

REASONS = (
    "goodwill", "correction", "service_failure", "fraud", "migration", "campaign", "other",
)  # fmt: skip
"""Why points may be adjusted; the note says more."""

MOST = 10**12
"""The most points of one adjustment."""

_MAX_NOTE = 200
_LIVING = ("active", "frozen")


def adjust(
    work: Work,
    member_id: UUID,
    points: int,
    *,
    reason_code: str,
    note: str,
    currency: str | None = None,
    adjustment_id: UUID | None = None,
    payer_id: UUID | None = None,
    price: Decimal | None = None,
    expires_on: date | None = None,
) -> Adjustment:
    """Give or take points: posted at once within the limit, else proposed to a second person.

    Args:
        points: above zero they come, below they go; never more than are free.
        reason_code: one of `REASONS`.
        adjustment_id: asked twice with the same one, it is done once.
        payer_id: the partner who pays; the operator by default.
        price: money per point, where there is one.
        expires_on: the last day of points that come; by the currency's rule by default.

    Raises:
        InvalidAmountError: no points, or more than 10^12.
        InvalidBodyError: the reason, note, day, currency or payer can't be; `errors` names each.
        MemberUnknownError: there is no such member.
        IdempotencyMismatchError: the id belongs to another adjustment.
        InsufficientPointsError: fewer are free than shall go.
        FourEyesError: the actor is no person of the staff.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        WalletBusyError: the wallet stayed locked for too long.
    """
    _person(work)
    currency = currency or work.programme.currency
    _check_note(note)
    _check(
        work, points, reason_code=reason_code, currency=currency, payer_id=payer_id,
        expires_on=expires_on,
    )  # fmt: skip
    _check_member(work, member_id)
    ledger.open_wallet(work, member_id, currency)
    adjustment_id = adjustment_id or new_uuid()
    fresh = ledger.propose(
        work, member_id, currency, adjustment_id=adjustment_id, points=points,
        reason_code=reason_code, note=note, payer_id=payer_id, price=price,
        expires_on=expires_on, reverses=None,
    )  # fmt: skip
    kept = find(work, adjustment_id)
    if not fresh:
        asked = (member_id, currency, points, reason_code, note, work.actor.name)
        was = (kept.member_id, kept.currency, kept.points, kept.reason_code, kept.note)
        if (*was, kept.proposed_by) != asked:
            raise IdempotencyMismatchError
        return kept
    _tell(work, "adjustment.propose", kept, before=None, after=_told(kept))
    if abs(points) > left_alone(work, member_id, currency):
        return kept
    return _post(work, kept, limit=work.programme.adjustment_limit, decision="")


def reverse(work: Work, adjustment_id: UUID, *, note: str) -> Adjustment:
    """Propose to take a posted adjustment back; a second person posts it.

    Raises:
        AdjustmentUnknownError: there is no such adjustment.
        AdjustmentClosedError: it is not posted, reversed already, or a reversal itself.
        MemberUnknownError: the membership ended meanwhile.
        InvalidBodyError: the note is missing or too long.
        FourEyesError: the actor is no person of the staff.
    """
    _person(work)
    _check_note(note)
    origin = find(work, adjustment_id)
    _check_member(work, origin.member_id)
    reversal_id = new_uuid()
    ledger.propose(
        work, origin.member_id, origin.currency, adjustment_id=reversal_id,
        points=-origin.points, reason_code="correction", note=note, payer_id=_payer(work, origin),
        price=None, expires_on=None, reverses=adjustment_id,
    )  # fmt: skip
    kept = find(work, reversal_id)
    _tell(work, "adjustment.propose", kept, before=None, after=_told(kept))
    return kept


def approve(work: Work, adjustment_id: UUID, *, note: str = "") -> Adjustment:
    """Post what somebody else proposed.

    Raises:
        FourEyesError: the actor proposed it, or is no person of the staff.
        AdjustmentUnknownError: there is no such adjustment.
        AdjustmentClosedError: it was decided before.
        MemberUnknownError: the membership ended meanwhile.
        InsufficientPointsError: fewer are free than it takes.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        InvalidBodyError: the last day of its points is over, or the note is too long.
        WalletBusyError: the wallet stayed locked for too long.
    """
    _person(work)
    if len(note) > _MAX_NOTE:
        raise InvalidBodyError(errors={"note": [f"Write at most {_MAX_NOTE} characters."]})
    return _post(work, find(work, adjustment_id), limit=0, decision=note)


def decline(work: Work, adjustment_id: UUID, *, reason: str) -> Adjustment:
    """Close a proposal without a posting: rejected, or withdrawn by whoever proposed it.

    Raises:
        AdjustmentUnknownError: there is no such adjustment.
        AdjustmentClosedError: it was decided before.
        InvalidBodyError: the reason is missing or too long.
        FourEyesError: the actor is no person of the staff.
    """
    _person(work)
    _check_note(reason)
    was = find(work, adjustment_id)
    state = ledger.decline(
        work, was.member_id, was.currency, adjustment_id=adjustment_id, decision=reason
    )
    deed = "adjustment.withdraw" if state == "withdrawn" else "adjustment.reject"
    after = _told(was) | {"state": state, "decision": reason}
    _tell(work, deed, was, before=_told(was), after=after)
    return find(work, adjustment_id)


def _post(work: Work, asked: Adjustment, *, limit: int, decision: str) -> Adjustment:
    _check_member(work, asked.member_id)
    currency = work.session.get_one(Currency, asked.currency)
    rule = Expiry(ExpiryRule(currency.expiry_rule), currency.expiry_months)
    arithmetic = f"{asked.points:+} points by hand: {asked.reason_code}"
    facts = {
        "adjustment": public_id("adj", asked.id),
        "points": asked.points,
        "currency": asked.currency,
        "reason": asked.reason_code,
    }
    balance = ledger.adjust(
        work, asked.member_id, asked.currency, adjustment_id=asked.id, points=asked.points,
        limit=limit, expires_on=rule.last_day(work.today()), decision=decision, facts=facts,
        explanation={"lines": [{"reason": asked.reason_code, "arithmetic": arithmetic}]},
    )  # fmt: skip
    posted = find(work, asked.id)
    before = _told(asked) | {"available": balance.available - asked.points}
    after = _told(posted) | {"available": balance.available, "decision": decision}
    _tell(work, "adjustment.post", asked, before=before, after=after)
    return posted


def _told(adjustment: Adjustment) -> dict[str, Any]:
    """Return what the audit trail keeps of an adjustment."""
    told = {
        "adjustment": public_id("adj", adjustment.id),
        "state": adjustment.state,
        "points": adjustment.points,
        "currency": adjustment.currency,
        "reason": adjustment.reason_code,
        "note": adjustment.note,
    }
    if adjustment.reverses:
        told["reverses"] = public_id("adj", adjustment.reverses)
    return told


def _tell(
    work: Work,
    deed: str,
    adjustment: Adjustment,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    subject = public_id("mem", adjustment.member_id)
    audit.record(work, deed, subject, before=before, after=after)


def _person(work: Work) -> None:
    if not work.actor.is_operators_person:
        raise FourEyesError("Points are adjusted by people of the staff only.")


def _payer(work: Work, origin: Adjustment) -> UUID | None:
    rows = work.rows("SELECT payer_id FROM adjustments WHERE id = %s", (origin.id,))
    payer: UUID | None = rows[0][0]
    return payer


def _check_member(work: Work, member_id: UUID) -> None:
    """Refuse whose membership ended: nobody could spend what came, or owe what went."""
    member = work.session.get(Member, member_id)
    if member is None or member.status not in _LIVING:
        raise MemberUnknownError


def _check_note(note: str) -> None:
    if not note.strip() or len(note) > _MAX_NOTE:
        text = f"Say why, in at most {_MAX_NOTE} characters."
        raise InvalidBodyError(errors={"note": [text]})


def _check(
    work: Work,
    points: int,
    *,
    reason_code: str,
    currency: str,
    payer_id: UUID | None,
    expires_on: date | None,
) -> None:
    if points == 0 or abs(points) > MOST:
        raise InvalidAmountError
    errors: dict[str, list[str]] = {}
    if reason_code not in REASONS:
        errors["reason_code"] = [f"Choose one of {', '.join(REASONS)}."]
    if expires_on is not None and (points < 0 or expires_on < work.today()):
        errors["expires_on"] = ["Choose today or a later day, for points that come."]
    if work.session.get(Currency, currency) is None:
        errors["currency"] = ["There is no such currency."]
    known = select(Partner.id).where(Partner.id == payer_id)
    if payer_id is not None and work.session.scalar(known) is None:
        errors["payer"] = ["There is no such partner."]
    if errors:
        raise InvalidBodyError(errors=errors)
