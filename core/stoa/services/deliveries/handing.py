"""Hand out what an order brings beside the burn of its points, and take it back beside its refund.

What is locked is locked in one order everywhere: a member's row where a tier may rise, all
wallets, then what is handed out. What is checked when a reward is held is checked once more when it
is captured, so that nobody passes a limit by holding.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from stoa.errors import OrderUsedError, StoaError
from stoa.services import draws, ledger, orders
from stoa.services.deliveries import chances, points, tickets
from stoa.services.orders import Order
from stoa.services.rewards import Gate
from stoa.services.tiers.assessing import lock
from stoa.values.rewards import Reward
from stoa.work import Work

__all__ = [
    "Delivered",
    "Plan",
    "delivered",
    "delivered_with",
    "gates",
    "hand_out",
    "plan",
    "refuse",
    "take_back",
    "terms_of",
    "together",
]

_HEIR = "SELECT coalesce(merged_into, id) FROM members WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an order is going to bring; `told` is what the explanation of its burn says of it."""

    order: Order | None = None
    member_id: UUID | None = None
    batch: draws.Batch | chances.Batch | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The hashes of what decides tickets and chances, and which rule they are of."""
        return self.batch.told if self.batch else {}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came with an order, as it stands.

    Attributes:
        tickets: the id, the number and the state of each.
        chances: the id and the state of each.
        points: the currency and how many; taken back where the order is refunded.
    """

    draw: str = ""
    tickets: list[tuple[UUID, int, str]] = field(default_factory=list)
    chance: str = ""
    chances: list[tuple[UUID, str]] = field(default_factory=list)
    points: tuple[str, int] | None = None


def terms_of(reward: Reward) -> dict[str, Any]:
    """Return what an order keeps of a reward that brings something with its burn."""
    if reward.delivers == "currency" and reward.currency:
        code, count = reward.currency
        return {points.TERM: {"code": code, "points": count}}
    if reward.delivers == "draw":
        return {tickets.TERM: reward.draw}
    return {chances.TERM: reward.chance} if reward.delivers == "chance" else {}


def refuse(work: Work, reward: Reward, member_id: UUID, *, quantity: int) -> None:
    """Refuse a reward that could not be delivered to a member now.

    Raises:
        DrawUnknownError: its draw is not there.
        DrawClosedError: its draw has no tickets now.
        DrawTierError: its draw is for members of other tiers.
        TicketLimitError: its draw gives no more, to this member or at all.
        ChanceUnknownError: its chance is offered no more.
        ChanceTopTierError: the member stands in the highest tier.
        ChanceLimitError: the member had as many chances as a calendar year allows.
        RewardRefusedError: its points are not its provider's to give.
    """
    if reward.delivers == "draw":
        tickets.admit(work, reward.draw, member_id, quantity=quantity)
    elif reward.delivers == "chance":
        chances.admit(work, reward.chance, member_id, quantity=quantity)
    elif reward.delivers == "currency":
        points.admit(work, reward)


def gates(work: Work, reward: Reward, member_id: UUID, *, quantity: int) -> list[Gate]:
    """Return what `refuse` would refuse, as a gate: ``draw``, ``chance`` or ``currency``."""
    try:
        refuse(work, reward, member_id, quantity=quantity)
    except StoaError as refused:
        return [Gate(reward.delivers, {"code": refused.code})]
    return []


def plan(work: Work, order: Order | None) -> Plan:
    """Make what a captured order brings; nothing is written.

    Raises:
        DrawClosedError: its draw has no tickets now.
        DrawTierError: its draw is for members of other tiers.
        ChanceUnknownError: its chance is offered no more.
    """
    if order is None:
        return Plan()
    member_id: UUID = work.rows(_HEIR, (order.buyer_id,))[0][0]
    batch: draws.Batch | chances.Batch | None = None
    if tickets.TERM in order.terms:
        batch = tickets.prepare(work, order, member_id)
    elif chances.TERM in order.terms:
        batch = chances.prepare(work, order, member_id)
    return Plan(order, member_id, batch)


@contextmanager
def together(work: Work, order: Order | None) -> Iterator[None]:
    """Open a savepoint where what an order brings goes with its points: all is done, or nothing.

    Raises:
        WalletBusyError: a wallet stayed locked for too long.
    """
    brings = order is not None and (order.pool or _TERMS & order.terms.keys())
    if order is None or not brings:
        yield
        return
    with work.session.begin_nested():
        if _TERMS & order.terms.keys():
            member_id: UUID = work.rows(_HEIR, (order.buyer_id,))[0][0]
            if chances.TERM in order.terms:
                lock(work, [member_id])
            money = work.programme.currency
            wallets = [(order.member_id, money), (member_id, money)]
            if points.TERM in order.terms:
                wallets.append((member_id, points.currency_of(order)))
            ledger.lock_wallets(work, wallets)
        yield


def hand_out(work: Work, made: Plan) -> None:
    """Hand out what an order brings, beside the burn of its points.

    Raises:
        CouponPoolUnknownError: the pool issues no longer.
        CouponSoldOutError: fewer coupons are left.
        DrawClosedError: its draw has closed meanwhile.
        TicketLimitError: its draw gives no more, to this member or at all.
        ChanceTopTierError: the member stands in the highest tier by now.
        ChanceLimitError: the member had as many chances as a calendar year allows.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        PartnerFundingExhaustedError: the provider has not funded the points that it gives.
    """
    order, member_id = made.order, made.member_id
    if order is None or member_id is None:
        return
    orders.hand_out(work, order)
    if isinstance(made.batch, draws.Batch):
        tickets.give(work, made.batch, order)
    elif made.batch is not None:
        chances.give(work, made.batch, order)
    elif points.TERM in order.terms:
        points.give(work, order, member_id)


def take_back(work: Work, order: Order | None) -> None:
    """Take back what an order brought, beside the refund of its points.

    Raises:
        OrderUsedError: some of it was used, drawn or spent.
    """
    if order is None:
        return
    orders.take_back(work, order)
    if not _TERMS & order.terms.keys():
        return
    member_id: UUID = work.rows(_HEIR, (order.buyer_id,))[0][0]
    kind = next(each for each in (tickets, chances, points) if each.TERM in order.terms)
    if not kind.take_back(work, order, member_id):
        raise OrderUsedError


def delivered(work: Work, order: Order) -> Delivered:
    """Return what came with an order; nothing before it is captured."""
    return delivered_with(work, [order])[order.id]


def delivered_with(work: Work, orders: Sequence[Order]) -> dict[UUID, Delivered]:
    """Return what came with each order, by one statement for tickets and one for chances."""
    came = [each for each in orders if each.state not in ("held", "voided", "expired")]
    given_tickets = draws.of_orders(work, [each.id for each in came if tickets.TERM in each.terms])
    given_chances = chances.of_orders(
        work, [each.id for each in came if chances.TERM in each.terms]
    )
    found = {each.id: Delivered() for each in orders}
    for each in came:
        if tickets.TERM in each.terms:
            draw = str(each.terms[tickets.TERM])
            found[each.id] = Delivered(draw=draw, tickets=given_tickets.get(each.id, []))
        elif chances.TERM in each.terms:
            chance = str(each.terms[chances.TERM])
            found[each.id] = Delivered(chance=chance, chances=given_chances.get(each.id, []))
        elif points.TERM in each.terms:
            brought = (points.currency_of(each), points.points_of(each))
            found[each.id] = Delivered(points=brought)
    return found


_TERMS = {tickets.TERM, chances.TERM, points.TERM}
