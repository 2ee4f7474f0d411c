"""Ordering: what a reward costs a member here and now, and what its hold is to order.

The price and the coupon are those of the offer as it is, or of a quote that still holds. Gates are
judged now in any case: a quote promises what it is and costs, not that the member may have it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from stoa.errors import (
    QuoteExpiredError,
    QuoteInvalidError,
    RewardUnknownError,
    SlotUnknownError,
)
from stoa.services import deliveries, quotes, rewards, stock
from stoa.services.members import Found
from stoa.services.orders import Placing, Slot
from stoa.services.partners import StoreTerms, Terms
from stoa.services.quotes import Quote
from stoa.services.rewards import Gate, Known
from stoa.values.amounts import Money
from stoa.values.facts import Standing
from stoa.work import Work

__all__ = ["Priced", "Quoted", "Wanted", "price", "quote"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reward that is wanted: how many, for which time, at the price of which quote.

    `deliver_to` says where it goes, in the words of its provider.
    """

    reward_id: str
    quantity: int = 1
    slot: str = ""
    quote: str = ""
    deliver_to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Priced:
    """What it costs and is worth, and the order it makes."""

    points: int
    worth: Money
    placing: Placing
    offer: Known


@dataclass(frozen=True, slots=True)
class Quoted:
    """A price that holds until `expires_at`.

    Attributes:
        text: to be sent with the hold.
        left_units: in stock; ``None`` where nobody counts.
        against: why the member may not have it now; empty where nothing is against it.
    """

    text: str
    priced: Priced
    expires_at: datetime
    left_units: int | None
    against: tuple[Gate, ...]


def price(work: Work, terms: Terms, store: StoreTerms, found: Found, wanted: Wanted) -> Priced:
    """Return what a member's reward costs at a store of the caller's.

    Raises:
        RewardUnknownError: nobody offers it, or not so many at once.
        RewardRefusedError: the member may not have it, or not here, or not now.
        StoaError: what it brings can't be given now; as `deliveries.refuse`.
        SlotUnknownError: it is booked for a time, and this is none of its times.
        QuoteInvalidError: the quote was made for something else.
        QuoteExpiredError: its time is over, or the reward is offered no more.
        PluginFailedError: the provider's plugin did not answer.
    """
    if not wanted.quote:
        offer = _offer(work, wanted)
        _refuse(work, offer, wanted, terms=terms, store=store, found=found)
        return _priced(work, offer, wanted, store=store, found=found)
    held = quotes.opened(work, wanted.quote, member_id=found.id)
    if (held.offer, held.quantity, held.store, held.slot) != (
        wanted.reward_id, wanted.quantity, f"{terms.code}/{store.code}", wanted.slot,
    ):  # fmt: skip
        raise QuoteInvalidError
    try:
        offer = _offer(work, wanted)
    except RewardUnknownError:
        raise QuoteExpiredError("The reward is offered no more.") from None
    _refuse(work, offer, wanted, terms=terms, store=store, found=found)
    return _priced(work, offer, wanted, store=store, found=found, held=held)


def quote(work: Work, terms: Terms, store: StoreTerms, found: Found, wanted: Wanted) -> Quoted:
    """Return a price that holds for `quotes.LIFE_S` seconds; nothing is written.

    Raises:
        RewardUnknownError: nobody offers it, or not so many at once.
        SlotUnknownError: it is booked for a time, and this is none of its times.
        PluginFailedError: the provider's plugin did not answer.
    """
    offer = _offer(work, wanted)
    against = rewards.gates(work, offer, found, partner=terms.code, store=store.code)
    against += deliveries.gates(work, offer.reward, found.id, quantity=wanted.quantity)
    priced = _priced(work, offer, wanted, store=store, found=found)
    ends = work.now() + timedelta(seconds=quotes.LIFE_S)
    made = Quote(
        offer.id, offer.version, offer.rulebook, wanted.quantity, priced.points,
        priced.placing.money.minor, f"{terms.code}/{store.code}", wanted.slot,
        int(ends.timestamp()), offer.reward.coupon,
    )  # fmt: skip
    left = stock.left(work, [offer.id]).get(offer.id, offer.reward.stock)
    text = quotes.sealed(work, made, member_id=found.id)
    return Quoted(text, priced, made.ends, left, tuple(against))


def _offer(work: Work, wanted: Wanted) -> Known:
    offer = rewards.known(work, wanted.reward_id)
    if wanted.quantity > offer.reward.max_quantity:
        raise RewardUnknownError
    return offer


def _refuse(
    work: Work, offer: Known, wanted: Wanted, *, terms: Terms, store: StoreTerms, found: Found
) -> None:
    rewards.refuse(work, offer, found, partner=terms.code, store=store.code)
    deliveries.refuse(work, offer.reward, found.id, quantity=wanted.quantity)


def _priced(
    work: Work,
    offer: Known,
    wanted: Wanted,
    *,
    store: StoreTerms,
    found: Found,
    held: Quote | None = None,
) -> Priced:
    reward, quantity = offer.reward, wanted.quantity
    money = Money(reward.money_minor * quantity, offer.worth.currency)
    if held is None:
        standing = Standing(found.tier, found.rank)
        points = rewards.price(work, offer, standing, quantity=quantity)
    else:
        points, money = held.points, Money(held.money_minor, money.currency)
    limits, told = reward.limits, offer.source == rewards.DOCUMENT
    counted = offer.id in stock.left(work, [offer.id])
    placing = Placing(
        offer.id, reward.kind, offer.version, offer.provider_id, found.id, quantity, money,
        fulfil=reward.fulfil, per_member=limits.per_member, per_member_day=limits.per_member_day,
        per_day=limits.per_day, counted=counted,
        stock=reward.stock if told or not counted else None,  # a plugin tells what is left
        stock_version=offer.rulebook,
        slot=_slot(work, store, offer, wanted),
        terms=_terms(offer, wanted, held),
    )  # fmt: skip
    return Priced(points, Money(offer.worth.minor * quantity, offer.worth.currency), placing, offer)


def _terms(offer: Known, wanted: Wanted, held: Quote | None) -> dict[str, Any]:
    """Return what an order keeps of its reward, for whoever gives it out."""
    reward = offer.reward
    coupon = reward.coupon if held is None or held.coupon is None else held.coupon
    told: dict[str, Any] = {
        "title": reward.name.document,
        "coupon": coupon,
        "code": offer.code,
    }
    told |= deliveries.terms_of(reward)
    return told | ({"deliver_to": dict(wanted.deliver_to)} if wanted.deliver_to else {})


def _slot(work: Work, store: StoreTerms, offer: Known, wanted: Wanted) -> Slot | None:
    slots = offer.reward.slots
    if slots is None:
        if wanted.slot:
            raise SlotUnknownError
        return None
    try:
        begins = datetime.fromisoformat(wanted.slot)
    except ValueError:
        raise SlotUnknownError from None
    day = slots.day_of(begins, store.zone, now=work.now()) if begins.tzinfo else None
    if day is None:
        raise SlotUnknownError
    owner = offer.id.partition(":")[0]
    at = f"{begins.timestamp():.0f}"
    return Slot(f"{owner}/{slots.resource}@{at}", begins, slots.places, day)
