"""What happened, as frozen records with stable names; the outbox keeps them, the worker tells them.

An event carries ids and amounts, never names or contacts.
"""

from dataclasses import dataclass
from typing import Any

__all__ = ["TOPICS", "Event"]

TOPICS = (
    "member.enrolled",
    "points.earned",
    "points.clawed_back",
    "points.reserved",
    "points.burned",
    "points.released",
    "points.expired",
    "points.activated",
    "points.refunded",
    "points.exchanged",
    "points.transferred",
    "member.merged",
    "access.revoked",
    "consent.withdrawn",
    "member.pin_locked",
    "points.adjusted",
    "referral.purchased",
    "referral.undone",
    "referral.rewarded",
    "benefit.held",
    "benefit.claimed",
    "benefit.released",
    "benefit.expired",
    "parking.entered",
    "parking.left",
    "challenge.completed",
    "challenge.undone",
    "chance.bought",
    "chance.drawn",
    "chance.refunded",
    "ticket.bought",
    "ticket.drawn",
    "ticket.won",
    "ticket.refunded",
    "draw.closed",
    "draw.revealed",
    "draw.cancelled",
    "prize.claimed",
    "prize.lapsed",
    "reward.fulfilled",
    "reward.failed",
    "coupon.issued",
    "coupon.reserved",
    "coupon.redeemed",
    "coupon.released",
    "coupon.rolled_back",
    "coupon.expired",
    "coupon.cancelled",
    "campaign.exhausted",
    "tier.upgraded",
    "tier.downgraded",
    "tier.will_downgrade",
)
"""The stable names of all events, in the words of reference `api.md` §4.9."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        id: ``evt_…``; the same on every delivery.
        topic: one of `TOPICS`.
        partner: the public id of the partner it concerns, ``None`` for the operator's own.
        at: ISO 8601 instant of the deed.
        facts: amounts and public ids, by name.
    """

    id: str
    topic: str
    partner: str | None
    at: str
    facts: dict[str, Any]
