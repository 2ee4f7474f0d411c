"""Uses: a coupon is shown, validated, reserved, redeemed, released or rolled back at a store.

    shown = coupons.show(work, "7KQ2-W9MR-A3XTE", store="main")
    coupons.redeem(work, shown, Ticket(120_00, receipt_no="R-1"))

`show` comes first and before the work opens its transaction: it counts wrong codes. What follows is
of one transaction: it locks the receipt, so that coupons taken side by side know each other, then
the member where uses are limited, then takes the use by one conditional UPDATE.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import (
    CouponClosedError,
    CouponRefusedError,
    CouponUnknownError,
    InvalidBodyError,
    MemberFrozenError,
    PartnerSuspendedError,
    StoreUnknownError,
)
from stoa.services import guesses, members, partners
from stoa.services.coupons import pools
from stoa.services.coupons.calls import send
from stoa.services.coupons.judging import Coupon, Shown, Ticket, Verdict, beside, judge
from stoa.services.ledger import array
from stoa.services.members import Token
from stoa.services.partners import StoreTerms
from stoa.values.amounts import Money
from stoa.values.coupons import read_coupon_code
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = [
    "TTL_S",
    "Use",
    "Validation",
    "expire_reserved",
    "redeem",
    "release",
    "reserve",
    "roll_back",
    "show",
    "store_of",
    "validate",
]

TTL_S = range(30, 86_401)
"""How long a reservation may last, in seconds."""


@dataclass(frozen=True, slots=True)
class Validation:
    """Whether a coupon would be taken on a ticket; `reason` why not, `discount` what it takes off.

    `details` are figures of the reason, such as ``min_spend_minor``.
    """

    shown: Shown
    discount: Money | None
    reason: str = ""
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A use of a coupon as it stands."""

    id: UUID
    coupon_id: UUID
    last4: str
    pool: str
    state: str
    discount: Money
    receipt_no: str
    reserved_until: datetime | None


_SHOW = """
SELECT c.id, c.code, c.pool, c.pool_version, coalesce(m.merged_into, c.member_id), c.state, c.uses,
       c.uses_left, c.valid_from, c.valid_until, r.state,
       coalesce(o.status IN ('frozen', 'closed'), false)
  FROM coupons c JOIN rules r ON r.kind = 'coupon' AND r.code = c.pool
  LEFT JOIN members m ON m.id = c.member_id
  LEFT JOIN members o ON o.id = coalesce(m.merged_into, m.id)
 WHERE c.code = ANY (%s::text[]) AND c.state <> 'ready'
"""


def show(
    work: Work,
    text: str,
    *,
    store: str | None = None,
    member: Token | None = None,
    together: tuple[str, ...] = (),
) -> Shown:
    """Return what is known of a code; a wrong one counts as a guess, whatever becomes of the work.

    It comes before anything that opens the work's transaction.

    Args:
        text: the code as it was typed or scanned.
        store: code or id of the caller's store.
        member: whom the till names.
        together: other codes that shall be taken on the same ticket.

    Raises:
        PartnerSuspendedError: the caller is no active partner.
        StoreUnknownError: the caller has no such store.
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        TooManyGuessesError: too many wrong codes came before.
        CouponUnknownError: there is no such code, or one named with it.
    """
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise PartnerSuspendedError("Coupons are taken by partners.")
    terms = partners.terms_now(work, partner_id)
    if not terms.may_issue:
        raise PartnerSuspendedError
    place = terms.store(store) if store is not None else None
    if store is not None and place is None:
        raise StoreUnknownError
    found = members.find(work, member) if member is not None else None
    if found is not None and found.status != "active":
        raise MemberFrozenError
    whose = [guesses.caller(work, place.id if place else None), *([found.id] if found else [])]
    guesses.refuse(work, partner_id, *whose)
    codes = [read_coupon_code(each) for each in (text, *together)]
    wanted = {each for each in codes if each is not None}
    rows = {row[1]: Coupon(*row) for row in work.rows(_SHOW, (array(sorted(wanted)),))}
    if None in codes or len(rows) < len(wanted):
        guesses.count(work, partner_id, *whose)
        raise CouponUnknownError
    coupon = rows[codes[0] or ""]
    kept = pools.version_of(work, coupon.pool, coupon.version)
    others = tuple(sorted(wanted - {coupon.code}))
    return Shown(coupon, kept, terms, place, found.id if found else None, others)


def validate(work: Work, shown: Shown, ticket: Ticket) -> Validation:
    """Tell what a coupon would take off a ticket, or why it would not; nothing is written."""
    store = store_of(shown)
    try:
        others = beside(work, shown, store, ticket.receipt_no)
        verdict = judge(work, shown, ticket, others, store=store)
    except CouponRefusedError as refused:
        told = dict(refused.members)
        return Validation(shown, None, told.pop("reason"), told)
    return Validation(shown, Money(verdict.discount_minor, verdict.currency))


def reserve(work: Work, shown: Shown, ticket: Ticket, *, ttl_s: int | None = None) -> Use:
    """Set one use of a coupon aside for a while; it comes back by itself.

    Args:
        ttl_s: seconds, of `TTL_S`; a hold's by default.

    Raises:
        CouponRefusedError: the coupon is not taken; `reason` says why.
        InvalidBodyError: the time can't be.
        WalletBusyError: the receipt or the code stayed locked for too long.
    """
    seconds = work.programme.hold_ttl_s if ttl_s is None else ttl_s
    if seconds not in TTL_S:
        text = f"Choose between {TTL_S.start} and {TTL_S.stop - 1} seconds."
        raise InvalidBodyError(errors={"ttl_seconds": [text]})
    until = work.now() + timedelta(seconds=seconds)
    return _take(work, shown, ticket, "reserved", until=until)


def redeem(work: Work, shown: Shown, ticket: Ticket, *, use_id: UUID | None = None) -> Use:
    """Take one use of a coupon for good, on a receipt: at once, or what was reserved before.

    Args:
        use_id: the reservation; the ticket is judged anew.

    Raises:
        CouponUnknownError: the caller has no such reservation.
        CouponClosedError: the reservation is resolved, or its time is over.
        CouponRefusedError: the coupon is not taken; `reason` says why.
        InvalidBodyError: the receipt's number is missing.
        WalletBusyError: the receipt or the code stayed locked for too long.
    """
    if not ticket.receipt_no:
        raise InvalidBodyError(errors={"receipt_no": ["Tell the number of the receipt."]})
    if use_id is None:
        return _take(work, shown, ticket, "redeemed")
    use = find(work, shown, use_id)
    _lock(work, shown, ticket.receipt_no)
    store = shown.terms.store_of(use.store_id)
    others = beside(work, shown, store, ticket.receipt_no, held=use_id)
    verdict = judge(work, shown, ticket, others, store=store, held=use_id)
    done = replace(
        use.use, state="redeemed", receipt_no=ticket.receipt_no,
        discount=Money(verdict.discount_minor, verdict.currency), reserved_until=None,
    )  # fmt: skip
    values = (
        shown.coupon.code, work.now(), use_id, shown.terms.partner_id, verdict.discount_minor,
        verdict.cost_minor, ticket.receipt_no, *_bill(work, shown, verdict), new_uuid(),
        json.dumps(_facts(shown, done, store)),
    )  # fmt: skip
    send(work, _REDEEM, values)
    return done


def release(work: Work, shown: Shown, use_id: UUID) -> Use:
    """Let go of a reservation; the coupon has its use again.

    Raises:
        CouponUnknownError: the caller has no such use of the coupon.
        CouponClosedError: it is no reservation any longer; `state` says what it is.
    """
    return _give_back(work, shown, find(work, shown, use_id), "released")


def roll_back(work: Work, shown: Shown, *, use_id: UUID | None = None, receipt_no: str = "") -> Use:
    """Give a redeemed use back, once, with what its payers paid; only who took it may.

    Args:
        use_id: which use; or the receipt on which it was taken.

    Raises:
        CouponUnknownError: the caller has no such use of the coupon.
        CouponClosedError: it was rolled back before, or never redeemed.
        InvalidBodyError: neither the use nor the receipt is told, or several stores took the code
            on receipts of this number.
    """
    if use_id is None:
        if not receipt_no:
            raise InvalidBodyError(errors={"receipt_no": ["Tell the receipt, or the use."]})
        values = (shown.coupon.code, shown.terms.partner_id, receipt_no)
        rows = work.rows(_ON_RECEIPT, values)
        if not rows:
            raise CouponUnknownError
        if [row[1] for row in rows] == ["redeemed", "redeemed"]:
            text = "Receipts of several stores have this number: tell the use."
            raise InvalidBodyError(errors={"use": [text]})
        return _give_back(work, shown, find(work, shown, rows[0][0]), "rolled_back")
    return _give_back(work, shown, find(work, shown, use_id), "rolled_back")


@dataclass(frozen=True, slots=True)
class Placed:
    """A use, and where it was made."""

    use: Use
    store_id: UUID


_FIND = """
SELECT state, discount_minor, currency, receipt_no, reserved_until, store_id
  FROM coupon_uses WHERE id = %s AND code = %s AND partner_id = %s
"""
_ON_RECEIPT = """
SELECT id, state FROM coupon_uses WHERE code = %s AND partner_id = %s AND receipt_no = %s
   AND state IN ('redeemed', 'rolled_back') ORDER BY state = 'redeemed' DESC, at DESC LIMIT 2
"""


def find(work: Work, shown: Shown, use_id: UUID) -> Placed:
    """Return a use that the caller made of a coupon.

    Raises:
        CouponUnknownError: there is none.
    """
    rows = work.rows(_FIND, (use_id, shown.coupon.code, shown.terms.partner_id))
    if not rows:
        raise CouponUnknownError
    state, minor, currency, receipt_no, until, store_id = rows[0]
    use = Use(
        use_id, shown.coupon.id, shown.coupon.code[-4:], shown.coupon.pool, state,
        Money(minor, currency), receipt_no, until,
    )  # fmt: skip
    return Placed(use, store_id)


_DUE = """
SELECT u.id, u.code, u.partner_id, c.id, c.pool FROM coupon_uses u JOIN coupons c ON c.code = u.code
 WHERE u.state = 'reserved' AND u.reserved_until <= %s ORDER BY u.code, u.id LIMIT %s
"""


def expire_reserved(work: Work, *, limit: int = 200) -> int:
    """Give the uses back whose reservation is over; return how many."""
    work.session.flush()
    due = work.rows(_DUE, (work.now(), limit))
    for use_id, code, partner_id, coupon_id, pool in due:
        facts = {
            "coupon": public_id("cpn", coupon_id), "last4": code[-4:], "pool": pool,
            "use": public_id("cpu", use_id), "state": "expired",
        }  # fmt: skip
        values = (code, work.now(), use_id, partner_id, "expired", new_uuid(), json.dumps(facts))
        with suppress(CouponClosedError):  # redeemed, released, or seen by another worker
            send(work, _GIVE_BACK, values)
    return len(due)


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_USE = (
    "SELECT * FROM stoa_use_coupon(%s, %s, %s::date, %s::uuid[], %s::uuid, %s, %s::uuid, %s::uuid,"
    " %s::uuid, %s, %s, %s, %s, %s, %s, %s::uuid[], %s::bigint[], %s::uuid, %s::jsonb)"
)
_REDEEM = (
    "SELECT * FROM stoa_redeem_coupon(%s, %s, %s::uuid, %s::uuid, %s, %s, %s, %s::uuid[],"
    " %s::bigint[], %s::uuid, %s::jsonb)"
)
_GIVE_BACK = (
    "SELECT * FROM stoa_give_back_coupon(%s, %s, %s::uuid, %s::uuid, %s, %s::uuid, %s::jsonb)"
)
_MEMBERSHIPS = "SELECT id FROM members WHERE id = %(member)s OR merged_into = %(member)s"


def _take(
    work: Work, shown: Shown, ticket: Ticket, state: str, *, until: datetime | None = None
) -> Use:
    store = store_of(shown)
    # Judged twice: a spent code makes nobody wait, and what is decided is decided under the locks.
    judge(work, shown, ticket, (), store=store)
    _lock(work, shown, ticket.receipt_no)
    others = beside(work, shown, store, ticket.receipt_no)
    verdict = judge(work, shown, ticket, others, store=store)
    use = Use(
        new_uuid(), shown.coupon.id, shown.coupon.code[-4:], shown.coupon.pool, state,
        Money(verdict.discount_minor, verdict.currency), ticket.receipt_no, until,
    )  # fmt: skip
    whose = None
    if shown.member_id is not None:
        whose = array(row[0] for row in work.rows(_MEMBERSHIPS, {"member": shown.member_id}))
    values = (
        shown.coupon.code, work.now(), work.today(), whose, use.id, state, shown.terms.partner_id,
        store.id, shown.whose, shown.kept.pool.stacks, verdict.discount_minor, verdict.cost_minor,
        verdict.currency, ticket.receipt_no, until, *_bill(work, shown, verdict), new_uuid(),
        json.dumps(_facts(shown, use, store)),
    )  # fmt: skip
    send(work, _USE, values)
    return use


def _give_back(work: Work, shown: Shown, placed: Placed, state: str) -> Use:
    store = shown.terms.store_of(placed.store_id)
    done = replace(placed.use, state=state, reserved_until=None)
    values = (
        shown.coupon.code, work.now(), done.id, shown.terms.partner_id, state, new_uuid(),
        json.dumps(_facts(shown, done, store)),
    )  # fmt: skip
    send(work, _GIVE_BACK, values)
    return done


def _lock(work: Work, shown: Shown, receipt_no: str) -> None:
    """Let one coupon of a receipt be taken at a time, and one of a member's that are limited."""
    names = []
    if receipt_no:
        names.append(f"coupon receipt {shown.terms.partner_id}/{receipt_no}")
    if shown.kept.pool.per_member is not None and shown.whose is not None:
        names.append(f"coupon member {shown.whose}/{shown.coupon.pool}")
    for name in names:
        send(work, _LOCK, (name,))


def _bill(work: Work, shown: Shown, verdict: Verdict) -> tuple[str, str]:
    ids = pools.payer_ids(work, shown.kept.pool, shown.terms.partner_id)
    return array(ids), array(verdict.minors)


def store_of(shown: Shown) -> StoreTerms:
    """Return the store where a code was shown.

    Raises:
        StoreUnknownError: only the code was asked about.
    """
    if shown.store is None:
        raise StoreUnknownError
    return shown.store


def _facts(shown: Shown, use: Use, store: StoreTerms) -> dict[str, Any]:
    """Return what an event tells: never a whole code."""
    facts = {
        "coupon": public_id("cpn", use.coupon_id), "last4": use.last4, "pool": use.pool,
        "use": public_id("cpu", use.id), "state": use.state, "store": store.code,
        "discount_minor": use.discount.minor, "currency": use.discount.currency,
    }  # fmt: skip
    return facts | ({"member": public_id("mem", shown.whose)} if shown.whose else {})
