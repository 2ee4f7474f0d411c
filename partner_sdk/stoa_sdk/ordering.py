"""The deeds of rewards that members order, each as the call it makes; see `stoa_sdk.resources`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stoa_sdk.brought import OrderChance, OrderCoupon, OrderPoints, OrderTicket
from stoa_sdk.calls import Call, get, post, segment
from stoa_sdk.facts import Money
from stoa_sdk.inputs import Member, as_member, instant_text, points_count
from stoa_sdk.records import Record

__all__ = [
    "HadReward",
    "HadRewards",
    "QuoteObstacle",
    "RewardQuote",
    "member_redemptions",
    "quote_reward",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteObstacle(Record):
    """One `reason` why the member may not have a reward now."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardQuote(Record):
    """A price that holds until `expires_at` where the hold names the `quote`.

    Attributes:
        left_units: in stock; `None` where nobody counts.
        against: why the member may not have it now; empty where nothing is against it.
    """

    quote: str
    reward_id: str
    quantity: int
    points: int
    money: Money
    worth: Money
    left_units: int | None
    against: tuple[QuoteObstacle, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HadReward(Record):
    """A reward that a member held or has; `fulfilment` says whether its provider was asked."""

    redemption_id: str
    reward_id: str
    kind: str
    quantity: int
    points: int
    money: Money
    slot: datetime | None
    coupons: tuple[OrderCoupon, ...]
    draw: str | None
    tickets: tuple[OrderTicket, ...] = ()
    chance: str | None
    chances: tuple[OrderChance, ...] = ()
    credited: OrderPoints | None
    status: str
    fulfilment: str
    reference: str | None
    placed_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HadRewards(Record):
    """A page of a member's rewards, the latest first; `next_cursor` leads to the next one."""

    redemptions: tuple[HadReward, ...]
    next_cursor: str | None


def quote_reward(
    *,
    member: Member,
    store: str,
    reward_id: str,
    quantity: int = 1,
    slot: datetime | None = None,
    idempotency_key: str | None = None,
) -> Call[RewardQuote]:
    """Tell what a reward costs a member; the price holds for five minutes.

    Needs ``redeem:write``. Nothing is written or reserved: hand `quote` to `hold`.

    Args:
        member: who may want it.
        store: the code or id of your store.
        reward_id: from `rewards`.
        quantity: how many of it.
        slot: when it shall be booked for, where the reward has times.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``REWARD_UNKNOWN``, nobody offers it, or not so many at once.
        Invalid: ``SLOT_UNKNOWN``, it has no such time.
    """
    body: dict[str, Any] = {
        "member": as_member(member).as_object(),
        "store": store,
        "reward_id": reward_id,
        "quantity": points_count(quantity),
        "slot": None if slot is None else instant_text(slot),
    }
    return post("v1/redemptions/quotes", RewardQuote, body, idempotency_key)


def member_redemptions(
    member_ref: str, *, limit: int = 25, cursor: str | None = None
) -> Call[HadRewards]:
    """Return the rewards a member had at your stores or of you; needs ``redeem:write``.

    Args:
        member_ref: your reference of the member.
        limit: how many at most, 1 to 100.
        cursor: the `next_cursor` of the page before.

    Raises:
        MemberUnknown: the reference leads to nobody.
    """
    query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
    return get(f"v1/members/{segment(member_ref)}/redemptions", HadRewards, query)
