"""Deeds of claims: use a benefit at once or hold it, capture what was used, give it back.

    held → used | released | expired        used → released

All deeds of a member's claims wait for each other at the member's row, those of one vehicle at its
number and those of one stay at its id, so that no meter is passed by two at once.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from stoa.errors import (
    ClaimClosedError,
    ClaimExpiredError,
    ClaimRefusedError,
    ClaimUnknownError,
    ExceedsClaimError,
    MemberFrozenError,
    WalletBusyError,
)
from stoa.models.benefits import ClaimRow
from stoa.models.members import Member
from stoa.services import members
from stoa.services.benefits import costs, meters, paying, receipts
from stoa.services.benefits.answers import Answer, Asked, terms_of
from stoa.services.benefits.asking import answer, asked, document
from stoa.services.benefits.booking import book
from stoa.services.benefits.records import Claimed, Quote, Wish
from stoa.services.members import Token
from stoa.services.partners import Terms
from stoa.services.step_up import Owed
from stoa.values.amounts import Money, decimal_text
from stoa.values.facts import Considered
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.stays import SKEW
from stoa.work import Work

__all__ = [
    "MAX_HOLD_S",
    "MIN_HOLD_S",
    "capture",
    "claim",
    "expire_due",
    "find",
    "owed",
    "quote",
    "release",
]

MIN_HOLD_S = 10
"""The shortest life of a held claim, in seconds."""

MAX_HOLD_S = 86_400
"""The longest life of a held claim; with points it is at most that of a hold."""


def quote(work: Work, wish: Wish) -> Quote:
    """Return what a claim would get now; nothing is written, metered or held.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        StoreUnknownError: the caller has no such store.
        BenefitUnknownError: the partner has no such benefit.
        ClaimRefusedError: it would be refused; `reason` says why.
        PluginFailedError: the plugin did not answer.
    """
    ask = asked(work, wish)
    given = answer(work, ask, new_uuid())
    money = ask.store.currency
    return Quote(
        wish.benefit, given.quantity_milli, given.unit, Money(given.worth_minor, money),
        Money(given.due_minor, money), given.reason, given.points_option, given.offers,
        len(given.used), given.costs,
    )  # fmt: skip


def owed(work: Work, wish: Wish) -> Owed | None:
    """Return the points of a wish that need a PIN or a confirmation; ``None`` where none do.

    A PIN is looked at by it before the claim is made, in a work of its own (`step_up.checked`).
    Raises as `quote` does.
    """
    if not wish.points:
        return None
    ask = asked(work, wish)
    return paying.owed(work, ask, answer(work, ask, new_uuid()))


def claim(work: Work, wish: Wish) -> Claimed:
    """Let a member use a benefit now, or hold it for `hold_s`, metered.

    Where the wish says so, points pay what is left to pay: they are held and burned with the claim,
    in one transaction.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        StoreUnknownError: the caller has no such store.
        BenefitUnknownError: the partner has no such benefit.
        ClaimRefusedError: it was refused; `reason` says why.
        StaticTokenError: points shall pay, and this token may earn only.
        CodeExpiredError: the member code is no longer valid.
        CodeUsedError: the member code has paid for something before.
        StepUpRequiredError: so many points need a PIN or a confirmation.
        InsufficientPointsError: the member has too few points to pay the rest.
        PluginFailedError: the plugin did not answer.
    """
    ask = asked(work, wish)
    if ask.at > work.now() + SKEW:
        raise ClaimRefusedError("This is to come: is the till's clock right?", reason="to_come")
    _lock(work, ask.member_id)
    if ask.subject:
        meters.lock(work, "subject", ask.subject)
    if wish.stay:
        meters.lock(work, "stay", wish.stay)
    claim_id = new_uuid()
    known = document(work, ask)
    booked = known is not None and known.benefit.booking is not None
    until = book(work, ask, known) if known and booked else _until(work, wish)
    given = answer(work, ask, claim_id)
    row = _row(work, ask, given, claim_id, until)
    if wish.points:
        row.hold_id, row.points = paying.hold(work, ask, given, claim_id=claim_id, until=until)
        row.points_minor = given.due_minor
        row.due_minor = 0
    if until is None:
        paying.burn(work, ask.terms, row, row.points)
    work.session.add(row)
    work.session.flush()
    receipts.keep(work, claim_id, given.used, scope=given.scope, benefit=wish.benefit)
    costs.keep(work, claim_id, given.costs)
    _tell(work, row, "benefit.claimed" if until is None else "benefit.held")
    return _claimed(row, None if row.points else given.points_option)


def capture(
    work: Work, claim_id: UUID, *, quantity_milli: int | None = None, stay: UUID | None = None
) -> Claimed:
    """Let a held claim be used, in all or as much of it as was used; final.

    With less than was asked for, the partner is asked again: the grant, its worth, its costs, the
    receipts and the points are those of what was used, and never more than was held.

    Args:
        quantity_milli: thousandths of the unit that were used; as held where ``None``.
        stay: which the claim is of; a claim of a stay is taken with its quote, not by itself.

    Raises:
        ClaimUnknownError: the caller has no such claim.
        ClaimClosedError: it was used, given back or has ended before.
        ClaimExpiredError: its time is over.
        ExceedsClaimError: less is held.
        ClaimRefusedError: the partner refuses that quantity; `reason` says why.
        PluginFailedError: the plugin did not answer.
    """
    terms = terms_of(work)
    row = _locked(work, claim_id, stay)
    if row.state != "held":
        raise ClaimClosedError(state=row.state)
    if row.held_until is not None and row.held_until <= work.now():
        raise ClaimExpiredError
    held = row.quantity_milli if row.asked_milli is None else row.asked_milli
    points = row.points
    if quantity_milli is not None and quantity_milli > held:
        raise ExceedsClaimError(held=decimal_text(held))
    if quantity_milli is not None and quantity_milli < held:
        points = _shrink(work, terms, row, quantity_milli)
    row.state, row.captured_at = "used", work.now()
    paying.burn(work, terms, row, points)
    row.points = points
    work.session.flush()
    _tell(work, row, "benefit.claimed")
    return _claimed(row)


def release(work: Work, claim_id: UUID, *, stay: UUID | None = None) -> Claimed:
    """Give a claimed benefit back, used or held; it no longer counts, and its points come back.

    Args:
        stay: which the claim is of; a claim of a stay comes back with its quote, not by itself.

    Raises:
        ClaimUnknownError: the caller has no such claim.
        ClaimClosedError: it was given back, or has ended, before.
    """
    terms = terms_of(work)
    row = _locked(work, claim_id, stay)
    if row.state not in ("held", "used"):
        raise ClaimClosedError(state=row.state)
    if row.state == "used":
        paying.give_back(work, terms, row)
    else:
        paying.let_go(work, row, state="voided")
    _end(work, row, "released")
    return _claimed(row)


_DUE = """
SELECT id FROM claims WHERE state = 'held' AND held_until <= %s ORDER BY held_until LIMIT %s
"""


def expire_due(
    work: Work, *, limit: int = 100, stopping: Callable[[], bool] = lambda: False
) -> int:
    """End the held claims whose time is over, the oldest first; return how many.

    A member whose claims are being worked on is left for the next time.

    Args:
        limit: the most claims of one call.
        stopping: asked before each; the rest waits when it says so.
    """
    done = 0
    for (claim_id,) in work.rows(_DUE, (work.now(), limit)):
        if stopping():
            break
        try:
            with work.session.begin_nested():
                done += _expire(work, claim_id)
        except WalletBusyError:
            continue  # looked at again the next time
    return done


def find(work: Work, claim_id: UUID) -> Claimed:
    """Return one of the caller's claims.

    Raises:
        ClaimUnknownError: the caller has no such claim.
    """
    return _claimed(_mine(work, claim_id))


def _mine(work: Work, claim_id: UUID) -> ClaimRow:
    mine = (ClaimRow.id == claim_id) & (ClaimRow.partner_id == work.actor.partner_id)
    row = work.session.scalar(
        select(ClaimRow).where(mine).execution_options(populate_existing=True)
    )
    if row is None:
        raise ClaimUnknownError
    return row


def _lock(work: Work, member_id: UUID) -> None:
    member = work.session.get(Member, member_id, with_for_update=True, populate_existing=True)
    if member is None or member.status != "active":
        members.refuse_merged(work, member_id)
        raise MemberFrozenError


def _locked(work: Work, claim_id: UUID, stay: UUID | None) -> ClaimRow:
    """Return a claim of the caller's, its member locked before it, as mergers do."""
    while True:
        row = _mine(work, claim_id)
        if row.stay_id != stay:
            raise ClaimUnknownError
        owner_id = row.member_id
        work.session.get(Member, owner_id, with_for_update=True)
        row = _mine(work, claim_id)
        if row.member_id == owner_id:
            return row


def _expire(work: Work, claim_id: UUID) -> bool:
    owner = select(ClaimRow.member_id).where(ClaimRow.id == claim_id).scalar_subquery()
    free = select(Member.id).where(Member.id == owner).with_for_update(skip_locked=True)
    if work.session.scalar(free) is None:
        return False
    row = work.session.scalar(
        select(ClaimRow).where(ClaimRow.id == claim_id).execution_options(populate_existing=True)
    )
    if row is None or row.state != "held" or row.held_until is None:
        return False
    if row.held_until > work.now():
        return False
    paying.let_go(work, row, state="expired")
    _end(work, row, "expired")
    return True


def _end(work: Work, row: ClaimRow, state: str) -> None:
    row.state, row.released_at = state, work.now()
    receipts.let_go(work, row.id)
    work.session.flush()
    _tell(work, row, f"benefit.{state}")


def _until(work: Work, wish: Wish) -> datetime | None:
    if wish.hold_s is None:
        return None
    most = min(MAX_HOLD_S, work.programme.hold_ttl_s) if wish.points else MAX_HOLD_S
    return work.now() + timedelta(seconds=min(max(wish.hold_s, MIN_HOLD_S), most))


def _shrink(work: Work, terms: Terms, row: ClaimRow, quantity_milli: int) -> int:
    """Let a held claim be of what was used; return the points of it."""
    store = terms.store_of(row.store_id)
    wish = Wish(
        Token("member_ref", ""), store.code, row.benefit, row.subject, row.at, row.since,
        quantity_milli, row.unit_price_minor, row.stay_id, points=row.hold_id is not None,
        slot=row.slot,
    )  # fmt: skip
    at = row.at or row.claimed_at
    ask = Asked(wish, terms, row.member_id, store, at, row.business_date, row.subject)
    if row.subject:
        meters.lock(work, "subject", row.subject)
    given = answer(work, ask, row.id)
    if given.quantity_milli > row.quantity_milli or given.worth_minor > row.worth_minor:
        raise ExceedsClaimError(held=decimal_text(row.quantity_milli))
    points = 0
    if row.hold_id is not None and given.due_minor:
        points = row.points + 1 if given.points_option is None else given.points_option
    if points > row.points:
        raise ExceedsClaimError(held=decimal_text(row.quantity_milli))
    row.quantity_milli, row.worth_minor = given.quantity_milli, given.worth_minor
    row.reason, row.offers = given.reason, [asdict(each) for each in given.offers]
    if row.hold_id is None:
        row.due_minor = given.due_minor
    else:
        row.points_minor = given.due_minor
    receipts.keep(work, row.id, given.used, scope=given.scope, benefit=row.benefit)
    costs.keep(work, row.id, given.costs)
    return points


def _row(work: Work, ask: Asked, given: Answer, claim_id: UUID, until: datetime | None) -> ClaimRow:
    wish, now = ask.wish, work.now()
    return ClaimRow(
        member_id=ask.member_id, id=claim_id, partner_id=ask.terms.partner_id,
        store_id=ask.store.id, benefit=wish.benefit, subject=ask.subject, business_date=ask.day,
        quantity_milli=given.quantity_milli, unit=given.unit, worth_minor=given.worth_minor,
        due_minor=given.due_minor, money_currency=ask.store.currency, reason=given.reason,
        state="used" if until is None else "held", claimed_at=now, released_at=None,
        source=given.source, version=given.version, benefit_group=given.group,
        resource=given.resource, asked_milli=wish.quantity_milli,
        unit_price_minor=wish.unit_price_minor, at=ask.at, since=wish.since, held_until=until,
        captured_at=now if until is None else None, stay_id=wish.stay, points=0, points_minor=0,
        slot=wish.slot, offers=[asdict(each) for each in given.offers],
    )  # fmt: skip


def _tell(work: Work, row: ClaimRow, topic: str) -> None:
    facts = {
        "claim": public_id("clm", row.id), "member": public_id("mem", row.member_id),
        "benefit": row.benefit, "quantity_milli": row.quantity_milli, "unit": row.unit,
    }  # fmt: skip
    work.record(topic, facts, member_id=row.member_id, partner_id=row.partner_id)


def _claimed(row: ClaimRow, points_option: int | None = None) -> Claimed:
    money = row.money_currency
    return Claimed(
        row.id, row.benefit, row.state, row.quantity_milli, row.unit,
        Money(row.worth_minor, money), Money(row.due_minor, money), row.reason, points_option,
        row.held_until if row.state == "held" else None, row.points,
        Money(row.points_minor, money), tuple(Considered(**each) for each in row.offers or ()),
        row.slot, row.subject, row.member_id,
    )  # fmt: skip
