"""What comes with a reward or goes with a purchase: coupons, tickets, chances."""

from dataclasses import dataclass
from datetime import date

from stoa_sdk.amounts import Money
from stoa_sdk.records import Record

__all__ = [
    "OrderChance",
    "OrderCoupon",
    "OrderPoints",
    "OrderTicket",
    "SeenCoupon",
    "TakenCoupon",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCoupon(Record):
    """A coupon that came with a reward; whoever shows its `code` may use it."""

    coupon_id: str
    code: str
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTicket(Record):
    """A ticket that came with a reward; `number` is its place among those of its draw."""

    ticket_id: str
    number: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChance(Record):
    """A chance to be promoted that came with a reward."""

    chance_id: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPoints(Record):
    """Points of another currency that came with a reward."""

    currency: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCoupon(Record):
    """A coupon that a purchase would redeem: its `discount`, or the `reason` against it."""

    last4: str
    pool: str
    valid: bool
    reason: str | None
    discount: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenCoupon(Record):
    """A coupon that was redeemed with a purchase, and what it took off."""

    use_id: str
    last4: str
    pool: str
    discount: Money
