"""Quotes of stays: told, held, paid, given back.

    quoted → held → paid → released        quoted | held → released | expired

A quote is good until its `leave_by`: what it says is free and due does not change until then, or it
is refused. Held free hours, and the points that pay the rest, are one claim of the benefit.
"""

from dataclasses import asdict, replace
from datetime import timedelta
from uuid import UUID

from stoa.errors import (
    ClaimClosedError,
    ClaimExpiredError,
    ClaimRefusedError,
    ParkingQuoteChangedError,
    ParkingQuoteClosedError,
    ParkingQuoteExpiredError,
    StayHeldError,
    StayOddError,
)
from stoa.models.parking import ParkingQuote
from stoa.services import benefits, currencies, members, stays
from stoa.services.benefits import Claimed, Wish
from stoa.services.members import Token
from stoa.services.parking import pricing
from stoa.services.parking.pricing import PARKING, Priced
from stoa.services.parking.records import Ask, Quote, find, locked
from stoa.services.stays import Stay
from stoa.services.step_up import Owed, Proof
from stoa.values.identifiers import new_uuid
from stoa.values.stays import SKEW
from stoa.work import Work

__all__ = ["LEAVE", "PAYS", "apply", "capture", "expire_due", "forget", "owed", "quote", "release"]

LEAVE = timedelta(minutes=15)
"""How long a driver has to pay and to leave."""

PAYS = ("money", "points")
"""What the rest of a fee may be paid with."""

_KEPT = timedelta(days=400)

_PAID = """
SELECT coalesce(sum(due_minor), 0)::bigint FROM parking_quotes
 WHERE partner_id = %s AND stay_id = %s AND state IN ('held', 'paid')
"""


def quote(work: Work, ask: Ask) -> Quote:
    """Say what a stay costs until a quarter of an hour from now, and what is free of it.

    Nothing is metered or held by it.

    Raises:
        StayUnknownError: the caller has no such stay, or no such car is inside.
        StayOddError: the stay's length is not known.
        MemberUnknownError: nobody has the token that was named.
        MemberFrozenError: that membership is frozen.
        BenefitUnknownError: the partner's plugin prices no stays.
        PluginFailedError: the plugin did not answer.
    """
    stay = stays.find(work, ask.stay_id) if ask.stay_id else stays.inside(work, ask.plate or "")
    _refuse_odd(stay)
    now = work.now()
    at = stay.out_at or max(now, stay.in_at or now)
    if ask.member is None:
        priced = pricing.for_driver(work, stay, at)
    else:
        found = members.find(work, ask.member)
        priced = pricing.of_member(work, stay, at, ask.member, member_id=found.id)
    paid = work.rows(_PAID, (stay.partner_id, stay.id))[0][0]
    due = max(0, priced.due_minor - paid)
    store = stays.terms_of(work).store_of(stay.store_id)
    # What comes on top of what was paid is paid with money: points pay a rest as a whole.
    points = priced.points_option if due and not paid and priced.member_id else None
    row = ParkingQuote(
        partner_id=stay.partner_id, id=new_uuid(), stay_id=stay.id, store_id=stay.store_id,
        member_id=priced.member_id, state="quoted", pay="", at=at, leave_by=now + LEAVE,
        stay_min=stay.minutes(at) or 0, currency=store.currency, fee_minor=priced.fee_minor,
        worth_minor=priced.worth_minor, paid_minor=paid, due_minor=due, points_option=points,
        entitlements=[asdict(each) for each in priced.entitlements], made_at=now,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    return find(work, row.id)


def owed(work: Work, quote_id: UUID, member: Token) -> Owed | None:
    """Return the points of a quote that need a PIN or a confirmation; ``None`` where none do.

    A PIN is looked at by it before the quote is applied, in a work of its own.

    Raises:
        ParkingQuoteUnknownError: the caller has no such quote.
        MemberUnknownError: nobody has this token.
        StaticTokenError: it may only earn.
        CodeExpiredError: the member code is no longer valid.
    """
    told = find(work, quote_id)
    members.refuse_static(member)
    who = members.find(work, member).id
    if told.state != "quoted" or told.points_option is None or told.member_id != who:
        return None  # refused by `apply`, which says why
    currency = currencies.known(work, stays.terms_of(work), None)
    if not currency.spending.needs_step_up(told.points_option):
        return None
    return Owed(who, told.points_option, currency.code)


def apply(
    work: Work,
    quote_id: UUID,
    *,
    pay: str,
    member: Token | None = None,
    step_up: Proof | None = None,
) -> Quote:
    """Hold what a quote says: the free hours, and the points where these pay the rest.

    Args:
        pay: ``money`` or ``points``.
        member: who pays with points, named by what may spend; a plate may not (FRD-07).
        step_up: what the member gave besides, where so many points need it.

    Raises:
        ParkingQuoteUnknownError: the caller has no such quote.
        ParkingQuoteClosedError: it was applied or given back before.
        ParkingQuoteExpiredError: its time is over.
        ParkingQuoteChangedError: what is due has changed since.
        StayHeldError: another quote of the stay is held.
        StaticTokenError: points shall pay, and the token may only earn.
        StepUpRequiredError: so many points need a PIN or a confirmation.
        InsufficientPointsError: the member has too few points.
        ClaimRefusedError: points can't pay the rest.
        PluginFailedError: the plugin did not answer.
    """
    told = locked(work, quote_id)
    if told.state != "quoted":
        raise ParkingQuoteClosedError(state=told.state)
    now = work.now()
    if told.leave_by <= now:
        raise ParkingQuoteExpiredError(leave_by=told.leave_by.isoformat())
    stay = stays.find(work, told.stay_id)
    _refuse_odd(stay)
    _refuse_held(work, stay)
    paid = work.rows(_PAID, (stay.partner_id, stay.id))[0][0]
    if paid != told.paid.minor:
        raise ParkingQuoteChangedError
    points = pay == "points" and told.due.minor > 0
    if points and (told.points_option is None or told.member_id is None):
        raise ClaimRefusedError("Points can't pay what is left here.", reason="points_not_taken")
    claim_id = None
    if told.member_id is None:
        _refuse_changed(told, pricing.for_driver(work, stay, told.at))
    else:
        token = pricing.name_of(work, told.member_id)
        if points:
            token = member or Token("plate", stay.plate)
        proof = step_up if points else None
        claim_id = _claim(work, told, stay, token, points=points, step_up=proof).id
    return _changed(work, told, "held", pay=pay, claim_id=claim_id)


def capture(work: Work, quote_id: UUID) -> Quote:
    """Take what a quote holds: the driver has paid the rest and leaves.

    Raises:
        ParkingQuoteUnknownError: the caller has no such quote.
        ParkingQuoteClosedError: it is not held.
        ParkingQuoteExpiredError: what it held is free again.
    """
    told = locked(work, quote_id)
    if told.state != "held":
        raise ParkingQuoteClosedError(state=told.state)
    if told.claim_id is None and told.leave_by + SKEW <= work.now():
        raise ParkingQuoteExpiredError(leave_by=told.leave_by.isoformat())
    if told.claim_id is not None:
        try:
            benefits.capture(work, told.claim_id, stay=told.stay_id)
        except (ClaimExpiredError, ClaimClosedError):
            raise ParkingQuoteExpiredError(leave_by=told.leave_by.isoformat()) from None
    return _changed(work, told, "paid", pay=told.pay, claim_id=told.claim_id)


def release(work: Work, quote_id: UUID) -> Quote:
    """Give back what a quote holds or took: hours, receipts and points; money is the till's.

    Raises:
        ParkingQuoteUnknownError: the caller has no such quote.
        ParkingQuoteClosedError: it was given back, or has ended, before.
    """
    told = locked(work, quote_id)
    if told.state not in ("quoted", "held", "paid"):
        raise ParkingQuoteClosedError(state=told.state)
    if told.claim_id is not None:
        try:
            benefits.release(work, told.claim_id, stay=told.stay_id)
        except ClaimClosedError:
            raise ParkingQuoteClosedError(state="expired") from None
    return _changed(work, told, "released", pay=told.pay, claim_id=told.claim_id)


_EXPIRE = """
UPDATE parking_quotes q SET state = 'expired', resolved_at = %(now)s
 WHERE (q.partner_id, q.id) IN (
       SELECT o.partner_id, o.id FROM parking_quotes o
        WHERE (o.state = 'quoted' AND o.leave_by <= %(now)s)
           OR (o.state = 'held' AND o.leave_by <= %(before)s AND NOT EXISTS (
               SELECT 1 FROM claims c WHERE c.id = o.claim_id AND c.state IN ('held', 'used')))
        ORDER BY o.leave_by LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING 1
"""
_FORGET = """
DELETE FROM parking_quotes WHERE (partner_id, id) IN (
       SELECT partner_id, id FROM parking_quotes
        WHERE made_at < %(old)s OR (made_at < %(soon)s AND state = 'expired' AND claim_id IS NULL)
        ORDER BY made_at LIMIT 5000) RETURNING 1
"""


def expire_due(work: Work, *, limit: int = 500) -> int:
    """End the quotes whose time is over, once what they held is free; return how many."""
    now = work.now()
    values = {"now": now, "before": now - SKEW, "limit": limit}
    return len(work.rows(_EXPIRE, values))


def forget(work: Work) -> int:
    """Drop quotes after 400 days, those that nobody took up after a week; 5,000 at most."""
    now = work.now()
    return len(work.rows(_FORGET, {"old": now - _KEPT, "soon": now - timedelta(days=7)}))


def _refuse_odd(stay: Stay) -> None:
    if stay.in_at is None or (stay.state == "odd"):
        raise StayOddError(odd=stay.why)


_LOCK = "SELECT pg_advisory_xact_lock(5743, hashtext(%s))"
_HELD = "SELECT 1 FROM parking_quotes WHERE partner_id = %s AND stay_id = %s AND state = 'held'"


def _refuse_held(work: Work, stay: Stay) -> None:
    work.session.connection().exec_driver_sql(_LOCK, (str(stay.id),))
    if work.rows(_HELD, (stay.partner_id, stay.id)):
        raise StayHeldError


def _refuse_changed(told: Quote, priced: Priced) -> None:
    if (priced.fee_minor, priced.worth_minor) != (told.fee.minor, told.worth.minor):
        raise ParkingQuoteChangedError


def _claim(
    work: Work, told: Quote, stay: Stay, token: Token, *, points: bool, step_up: Proof | None
) -> Claimed:
    """Hold the free hours and the points as quoted, or nothing."""
    store = stays.terms_of(work).store_of(stay.store_id)
    left = told.leave_by + SKEW - work.now()
    wish = Wish(
        token, store.code, PARKING, stay.plate, at=told.at, since=stay.in_at, stay=stay.id,
        hold_s=int(left.total_seconds()), points=points, step_up=step_up,
    )  # fmt: skip
    with work.session.begin_nested():
        claimed = benefits.claim(work, wish)
        rest = claimed.due.minor + (claimed.points_worth.minor if claimed.points_worth else 0)
        priced = Priced(
            claimed.member_id, rest + claimed.worth.minor, claimed.worth.minor, rest, None, ()
        )  # fmt: skip
        _refuse_changed(told, priced)
        if claimed.member_id != told.member_id:
            raise ParkingQuoteChangedError
    return claimed


_CHANGE = """
UPDATE parking_quotes SET state = %(state)s, pay = %(pay)s, claim_id = %(claim)s,
       resolved_at = CASE WHEN %(state)s = 'held' THEN NULL ELSE %(now)s END
 WHERE partner_id = %(partner)s AND id = %(id)s RETURNING 1
"""


def _changed(work: Work, told: Quote, state: str, *, pay: str, claim_id: UUID | None) -> Quote:
    values = {
        "state": state, "pay": pay, "claim": claim_id, "now": work.now(),
        "partner": work.actor.partner_id, "id": told.id,
    }  # fmt: skip
    work.rows(_CHANGE, values)
    return replace(told, state=state, pay=pay, claim_id=claim_id)
