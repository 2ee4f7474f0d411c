"""The catalogue as one member sees it: what can be had now first, and why the rest can't."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stoa.services import orders, rewards, stock
from stoa.services.catalog.listing import Offer, Wish, page
from stoa.services.members import Found
from stoa.services.rewards import Held
from stoa.values.conditions import Ask
from stoa.values.rewards import Limits
from stoa.work import Work

__all__ = ["Shown", "Window", "of_member"]


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer and what is against the member's having it now.

    Attributes:
        short_by: the points that are missing for one; 0 where there are enough.
        against: those of ``points``, ``tier``, ``condition``, ``limit``, ``stock`` that are; empty
            for what can be had. The limit of all members together is that of the day in the
            programme's zone: a store elsewhere may be in another one.
    """

    offer: Offer
    short_by: int
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A page of what is shown; `next` leads to the page behind it."""

    shown: Sequence[Shown]
    next: str | None


def of_member(
    work: Work,
    member: Found,
    wish: Wish,
    *,
    available: int,
    affordable: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Window:
    """Return a page of the offers as a member sees them, what the points suffice for first.

    The statements are as many for a page of any length: the page's, at most one for stock, for
    limits, and for each kind of fact that the conditions on it ask for.

    Args:
        available: the points that the member can spend.
        affordable: leave out what costs more.

    Raises:
        InvalidBodyError: the cursor is none.
    """
    if affordable:
        most = available if wish.max_points is None else min(available, wish.max_points)
        wish = replace(wish, max_points=most)
    found = page(work, wish, cursor=cursor, limit=limit)
    held = rewards.at(work, found.rulebook)
    asks = {ask for offer in found.offers for ask in _asks(held.get(offer.id), offer)}
    facts = rewards.facts_of(work, member, asks) if asks else {}
    day = work.today()
    bounded = [offer.id for offer in found.offers if _bounded(offer)]
    had = orders.had(work, member.id, bounded, day=day) if bounded else {}
    counted = [offer.id for offer in found.offers if offer.stock is not None]
    days = {
        offer.id: orders.item_of_day(offer.id, day)
        for offer in found.offers
        if offer.limits.per_day is not None
    }
    left = stock.left(work, [*counted, *days.values()]) if counted or days else {}
    shown = []
    for offer in found.offers:
        document = held.get(offer.id) if offer.source == rewards.DOCUMENT else None
        who = document.reward.who if document else None
        reasons = {
            "points": offer.points > available,
            "tier": bool(offer.tiers) and member.tier not in offer.tiers,
            "condition": who is not None and not who.holds(facts),
            "limit": _reached(offer.limits, *had.get(offer.id, (0, 0)))
            or left.get(days.get(offer.id, "")) == 0,
            "stock": left.get(offer.id, offer.stock) == 0,
        }
        against = tuple(reason for reason, holds in reasons.items() if holds)
        shown.append(Shown(offer, max(offer.points - available, 0), against))
    return Window(shown, found.next)


def _bounded(offer: Offer) -> bool:
    return offer.limits.per_member is not None or offer.limits.per_member_day is not None


def _reached(limits: Limits, ever: int, today: int) -> bool:
    most = ((limits.per_member, ever), (limits.per_member_day, today))
    return any(limit is not None and had >= limit for limit, had in most)


def _asks(held: Held | None, offer: Offer) -> frozenset[Ask]:
    if held is None or held.reward.who is None or offer.source != rewards.DOCUMENT:
        return frozenset()
    return held.reward.who.asks
