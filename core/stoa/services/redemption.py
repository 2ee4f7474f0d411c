"""Redeem: hold points, then capture or void them; a hold left alone expires."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from stoa.errors import (
    CodeUsedError,
    IdempotencyMismatchError,
    InvalidBodyError,
    MemberFrozenError,
    PartnerSuspendedError,
    RedemptionUnknownError,
    StoreUnknownError,
    TenderRefusedError,
)
from stoa.services import (
    currencies,
    deliveries,
    holds,
    households,
    idempotency,
    ledger,
    member_codes,
    members,
    ordering,
    orders,
    partners,
    step_up,
)
from stoa.services.holds import Redemption, find, find_by_receipt
from stoa.services.ledger import Balance, KeyUsedError
from stoa.services.members import Found, Token
from stoa.services.ordering import Quoted, Wanted
from stoa.services.orders import Order, Placing
from stoa.services.partners import CurrencyTerms, StoreTerms, Terms
from stoa.services.step_up import Proof
from stoa.values.amounts import Money, minor_exponent
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.periods import local_day
from stoa.work import Key, Work

__all__ = [
    "MIN_TTL_S",
    "Ask",
    "Held",
    "Redemption",
    "capture",
    "expire",
    "extend",
    "find",
    "find_by_receipt",
    "hold",
    "quote",
    "void",
]

MIN_TTL_S = 10
"""The shortest life of a hold; the longest is the programme's."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a till wants to hold: points, or a reward and how many of it; of the household if so.

    `currency` is the points' code, the programme's for ``None``; rewards cost the programme's.
    A reward may be booked for the time of `slot`, as ISO 8601, and cost what its `quote` says.
    `ticket` is the total of the sale, of which points pay a part; `step_up` what the member gave
    besides the code.
    """

    member: Token
    store: str
    points: int | None = None
    reward_id: str | None = None
    quantity: int = 1
    ttl_s: int = 300
    reference: str = ""
    currency: str | None = None
    household: bool = False
    slot: str = ""
    quote: str = ""
    deliver_to: Mapping[str, str] = field(default_factory=dict)
    ticket: Money | None = None
    step_up: Proof | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What a deed made of a redemption, and the wallet afterwards."""

    redemption: Redemption
    balance: Balance
    replayed: bool = False


def hold(work: Work, ask: Ask, *, key: Key) -> Held:
    """Set a member's points aside at a store: one reading and one writing statement.

    Raises:
        MemberUnknownError: nobody has this token.
        StaticTokenError: it may earn only.
        CodeExpiredError: the member code is no longer valid.
        CodeUsedError: the member code has paid for something before.
        MemberFrozenError: the membership is frozen.
        PartnerSuspendedError: the caller leaves, and takes no points any more.
        StoreUnknownError: the caller has no such store.
        CurrencyUnknownError: the caller may see no such points currency.
        RewardUnknownError: nobody offers such a reward, or not so many at once.
        RewardRefusedError: the member may not have it, or not here, or not now.
        StoaError: what it brings can't be given now; as `deliveries.refuse`.
        SlotUnknownError: the reward has no such time.
        QuoteInvalidError: the quote was made for something else.
        QuoteExpiredError: its time is over, or the reward is offered no more.
        InsufficientPointsError: fewer points are available.
        OutOfStockError: fewer units of the reward are left.
        RewardLimitError: a limit of the reward is reached.
        SlotTakenError: fewer places are left at that time.
        TenderRefusedError: points pay by other rules.
        StepUpRequiredError: so many points need a PIN or a confirmation.
        PinWrongError: the PIN is another one.
        PinLockedError: too many PINs were wrong.
        HouseholdUnknownError: the member is in no household.
        HouseholdRoleError: the member may not spend the household's points.
        PluginFailedError: the partner's plugin could not price the reward.
        IdempotencyMismatchError: the key belongs to another request.
    """
    partner_id = holds.partner_of(work)
    terms, found, used = members.meet(work, partner_id, ask.member, key)
    if used is not None:
        return _held_again(work, used, ask)
    members.refuse_static(ask.member)
    store = _accepted(terms, found, ask)
    currency = currencies.known(work, terms, None if ask.reward_id else ask.currency)
    points, worth, placing = _price(work, terms, ask, store=store, found=found, currency=currency)
    reward = placing.offer if placing else None
    if reward is None:
        _refuse_tender(work, currency, points, ask.ticket)
    confirmed = None
    if currency.spending.needs_step_up(points):
        confirmed = step_up.prove(work, found.id, points, currency.code, ask.step_up)
    owner_id, spender_id = found.id, None
    if ask.household:
        owner_id, spender_id = households.spender_of(work, found.id).household_id, found.id
    now = work.now()
    day = local_day(now, store.zone)
    redemption = Redemption(
        new_uuid(), owner_id, store.id, "held", points, 0, worth,
        "reward" if reward else "tender", reward, ask.reference, now,
        now + _life(work, ask.ttl_s), None, currency.code, spender_id=spender_id,
    )  # fmt: skip
    try:
        with (
            member_codes.spending(work, found.id, found.shown),
            member_codes.spending(work, found.id, confirmed),
        ):
            balance = ledger.hold(
                work, owner_id, currency.code, partner_id=partner_id, store_id=store.id, key=key,
                hold_id=redemption.id, points=points, worth_minor=worth.minor,
                purpose=redemption.purpose, reward=reward or "", reference=ask.reference, at=now,
                expires_at=redemption.expires_at, business_date=day,
                spender_id=spender_id, net_of_debt=currency.debt_policy == "negative",
                facts=_facts(redemption, points),
                order=orders.placed(placing, business_date=day) if placing else None,
            )  # fmt: skip
    except KeyUsedError:
        return _held_again(work, idempotency.find(work, partner_id, key), ask)
    except CodeUsedError:  # or was it the same request that used it?
        used = idempotency.find(work, partner_id, key)
        if used is None:
            raise
        return _held_again(work, used, ask)
    return Held(redemption, balance)


def quote(work: Work, ask: Ask) -> Quoted:
    """Return what a reward costs a member at one of the caller's stores; nothing is written.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        StoreUnknownError: the caller has no such store.
        RewardUnknownError: nobody offers such a reward, or not so many at once.
        SlotUnknownError: the reward has no such time.
        PluginFailedError: the provider's plugin could not price the reward.
    """
    terms = partners.terms(work, holds.partner_of(work))
    found = members.find(work, ask.member)
    if found.status != "active":
        raise MemberFrozenError
    store = terms.store(ask.store)
    if store is None:
        raise StoreUnknownError
    wanted = Wanted(ask.reward_id or "", ask.quantity, ask.slot)
    return ordering.quote(work, terms, store, found, wanted)


def capture(
    work: Work, redemption_id: UUID, *, points: int | None, key: Key, reference: str = ""
) -> Held:
    """Burn points of a hold and release the rest; final. What a reward brings comes with it.

    Args:
        points: how many to burn; all of them where ``None``.
        reference: the till's receipt number.

    Raises:
        RedemptionUnknownError: the caller has no such redemption.
        HoldClosedError: it is resolved already.
        HoldExpiredError: its time is over.
        ExceedsHoldError: it holds fewer points.
        RewardWholeError: only a part of a reward's points was to be burned.
        CouponSoldOutError: fewer of the reward's coupons are left.
        StoaError: what the reward brings can't be given now; as `deliveries.hand_out`.
        IdempotencyMismatchError: the key belongs to another request.
    """
    terms, redemption, used = holds.read(work, redemption_id, key)
    if used is not None:
        return _again(work, used, "captured")
    burned = redemption.points if points is None else points
    currency = currencies.known(work, terms, redemption.currency)
    worth = _worth(work, currency, burned) if redemption.purpose == "tender" else redemption.worth
    order = orders.find(work, redemption.id) if redemption.purpose == "reward" else None
    agreement = _payee(work, terms, order).agreement_on(work.today())
    arithmetic = f"{burned} points worth {worth}"
    if redemption.reward_id:
        arithmetic += f" for {redemption.reward_id}"
    explanation = {
        "agreement_version": agreement.version,
        "lines": [{"reason": redemption.purpose, "arithmetic": arithmetic}],
    }
    plan = deliveries.plan(work, order)
    try:
        with deliveries.together(work, order):
            balance = ledger.capture(
                work, redemption.member_id, redemption.currency, partner_id=terms.partner_id,
                key=key, hold_id=redemption.id, points=burned,
                reference=reference or redemption.reference, price=agreement.reimbursement_rate,
                explanation=explanation | plan.told, facts=_facts(redemption, burned),
            )  # fmt: skip
            deliveries.hand_out(work, plan)
    except KeyUsedError:
        return _again(work, idempotency.find(work, terms.partner_id, key), "captured")
    except RedemptionUnknownError:  # or was it a merger that took the hold along?
        if find(work, redemption.id).member_id == redemption.member_id:
            raise
        return capture(work, redemption_id, points=points, key=key, reference=reference)
    return Held(_resolved(redemption, "captured", burned, reference, work.now()), balance)


def void(work: Work, redemption_id: UUID, *, key: Key, reason: str = "") -> Held:
    """Let go of a hold; all its points are available again.

    Raises:
        RedemptionUnknownError: the caller has no such redemption.
        HoldClosedError: it is resolved already.
        IdempotencyMismatchError: the key belongs to another request.
    """
    terms, redemption, used = holds.read(work, redemption_id, key)
    if used is not None:
        return _again(work, used, "voided")
    try:
        balance = ledger.release(
            work, redemption.member_id, redemption.currency, partner_id=terms.partner_id, key=key,
            hold_id=redemption.id, state="voided",
            facts=_facts(redemption, redemption.points) | {"note": reason},
        )  # fmt: skip
    except KeyUsedError:
        return _again(work, idempotency.find(work, terms.partner_id, key), "voided")
    except RedemptionUnknownError:  # or was it a merger that took the hold along?
        if find(work, redemption.id).member_id == redemption.member_id:
            raise
        return void(work, redemption_id, key=key, reason=reason)
    return Held(_resolved(redemption, "voided", 0, "", work.now()), balance)


def expire(
    work: Work,
    member_id: UUID,
    partner_id: UUID,
    redemption_id: UUID,
    points: int,
    *,
    currency: str | None = None,
) -> None:
    """Let go of a hold whose time is over; the worker calls it.

    Args:
        currency: of the held points, the programme's by default.

    Raises:
        HoldClosedError: it was resolved meanwhile, or has time left.
    """
    facts = {"redemption": public_id("hld", redemption_id), "points": points, "state": "expired"}
    ledger.release(
        work, member_id, currency or work.programme.currency, partner_id=partner_id, key=None,
        hold_id=redemption_id, state="expired", facts=facts,
    )  # fmt: skip


def extend(work: Work, redemption_id: UUID, *, ttl_s: int, key: Key) -> Held:
    """Give a hold more time from now, once, and never more than the programme allows a new one.

    Raises:
        RedemptionUnknownError: the caller has no such redemption.
        HoldExtendedError: it was extended before.
        HoldClosedError: it is resolved already.
        HoldExpiredError: its time is over.
        IdempotencyMismatchError: the key belongs to another request.
    """
    terms, redemption, used = holds.read(work, redemption_id, key)
    if used is not None:
        return _again(work, used, "held")
    expires_at = max(redemption.expires_at, work.now() + _life(work, ttl_s))
    try:
        balance = ledger.extend(
            work, redemption.member_id, redemption.currency, partner_id=terms.partner_id, key=key,
            hold_id=redemption.id, expires_at=expires_at,
        )  # fmt: skip
    except KeyUsedError:
        return _again(work, idempotency.find(work, terms.partner_id, key), "held")
    except RedemptionUnknownError:  # or was it a merger that took the hold along?
        if find(work, redemption.id).member_id == redemption.member_id:
            raise
        return extend(work, redemption_id, ttl_s=ttl_s, key=key)
    return Held(replace(redemption, expires_at=expires_at, extended=True), balance)


def _life(work: Work, ttl_s: int) -> timedelta:
    return timedelta(seconds=min(max(ttl_s, MIN_TTL_S), work.programme.hold_ttl_s))


def _price(
    work: Work,
    terms: Terms,
    ask: Ask,
    *,
    store: StoreTerms,
    found: Found,
    currency: CurrencyTerms,
) -> tuple[int, Money, Placing | None]:
    if ask.reward_id is None:
        points = ask.points or 0
        return points, _worth(work, currency, points), None
    wanted = Wanted(ask.reward_id, ask.quantity, ask.slot, ask.quote, ask.deliver_to)
    priced = ordering.price(work, terms, store, found, wanted)
    return priced.points, priced.worth, priced.placing


def _accepted(terms: Terms, found: Found, ask: Ask) -> StoreTerms:
    if not terms.may_redeem:
        raise PartnerSuspendedError("Points pay here no more: the partner leaves.")
    if found.status != "active":
        raise MemberFrozenError
    store = terms.store(ask.store)
    if store is None:
        raise StoreUnknownError
    return store


def _payee(work: Work, terms: Terms, order: Order | None) -> Terms:
    """Return the terms of whoever is paid for the burn: a reward's provider, or the caller."""
    if order is None or order.provider_id in (None, terms.partner_id):
        return terms  # the operator's burn has no price
    return partners.terms_now(work, order.provider_id)


def _refuse_tender(work: Work, currency: CurrencyTerms, points: int, ticket: Money | None) -> None:
    money = work.programme.money_currency
    if ticket is not None and ticket.currency != money:
        raise InvalidBodyError(errors={"ticket.currency": [f"Points pay in {money}."]})
    unit = currency.face_value.scaleb(minor_exponent(money))
    wrong = currency.spending.wrong(points, unit, ticket.minor if ticket else None)
    if wrong is not None:
        raise TenderRefusedError(_SAYS[wrong.reason], **asdict(wrong))


_SAYS = {
    "least": "Fewer points than may pay.",
    "step": "Points pay in steps.",
    "share": "Points may not pay so much of the ticket.",
    "ticket": "Tell the total of the sale: points may pay a share of it.",
}


def _worth(work: Work, currency: CurrencyTerms, points: int) -> Money:
    """What a member gets for points, rounded down to the minor unit."""
    exponent = minor_exponent(work.programme.money_currency)
    minor = (Decimal(points) * currency.face_value).scaleb(exponent)
    return Money(int(minor.to_integral_value(ROUND_FLOOR)), work.programme.money_currency)


def _facts(redemption: Redemption, points: int) -> dict[str, Any]:
    return {
        "redemption": public_id("hld", redemption.id),
        "member": public_id("mem", redemption.spender_id or redemption.member_id),
        "points": points,
        "reward": redemption.reward_id,
    }


def _resolved(
    redemption: Redemption, state: str, captured: int, reference: str, at: datetime
) -> Redemption:
    return replace(
        redemption,
        state=state,
        captured=captured,
        reference=reference or redemption.reference,
        resolved_at=at,
    )


def _held_again(work: Work, used: idempotency.Used | None, ask: Ask) -> Held:
    held = _again(work, used, "held")
    first = held.redemption.created_at + _life(work, ask.ttl_s)
    return replace(held, redemption=replace(held.redemption, expires_at=first, extended=False))


def _again(work: Work, used: idempotency.Used | None, state: str) -> Held:
    if used is None:
        raise RedemptionUnknownError
    redemption = find(work, used.subject_id)
    if state == "held":
        redemption = replace(redemption, state="held", captured=0, refunded=0, resolved_at=None)
    if redemption.state != state:
        raise IdempotencyMismatchError
    return Held(redemption, used.balance, replayed=True)
