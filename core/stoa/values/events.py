"""What happened, as frozen records with stable names; the outbox keeps them, the worker tells them.

An event carries ids and amounts, never names or contacts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

__all__ = ["HEARD_BY", "TOPICS", "Event", "Hearing"]

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
    "partner.exit_stage",
    "funding.low",
    "funding.exhausted",
    "dispute.opened",
    "dispute.resolved",
    "statement.ready",
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


@dataclass(frozen=True, slots=True)
class Hearing:
    """Which partners are told of a topic by webhooks and the feed, and what they are told.

    Attributes:
        audience: ``own``: the partner whom the event concerns. ``related``: every partner that the
            member has something to do with: bought or spent there, or has its reference.
            ``agreed``: every partner whom the member lets see the wallet, while that consent holds.
            ``all``: every partner; only for what is public anyway. ``none``: nobody.
        facts: the names that are told, of those the event has; a ``member`` is told as the
            partner's own ``member_ref``.
    """

    audience: str
    facts: tuple[str, ...] = ()


_POINTS: Final = ("member", "points")
_HELD: Final = (*_POINTS, "redemption", "reward", "state")
_BENEFIT: Final = ("member", "claim", "benefit", "quantity_milli", "unit")
_STAY: Final = ("stay", "store", "minutes")
_REWARD: Final = ("member", "redemption", "reward", "quantity", "points", "reference")
_COUPON: Final = ("member", "coupon", "last4", "pool", "use", "state", "count", "valid_until")
_PRIZE: Final = ("member", "ticket", "draw", "prize")
_FUNDING: Final = ("funding", "left_points", "left_amount", "money_currency")
_DISPUTE: Final = (
    "dispute", "statement", "period", "line", "points", "amount", "money_currency", "state",
)  # fmt: skip
_TIER: Final = ("member", "ladder", "tier", "before", "on")
_NOBODY: Final = Hearing("none")

HEARD_BY: Final[Mapping[str, Hearing]] = MappingProxyType(
    dict.fromkeys(TOPICS, _NOBODY)
    | {
        "member.enrolled": Hearing("own", ("member", "source")),
        "member.merged": Hearing("related", ("member", "into")),
        "points.earned": Hearing(
            "own", (*_POINTS, "purchase", "store", "business_date", "activity", "kind", "currency")
        ),
        "points.clawed_back": Hearing("own", (*_POINTS, "purchase", "restored", "unmatched_minor")),
        "points.reserved": Hearing("own", _HELD),
        "points.burned": Hearing("own", _HELD),
        "points.released": Hearing("own", _HELD),
        "points.refunded": Hearing("own", _HELD),
        "consent.withdrawn": Hearing("own", ("member", "client")),
        "points.exchanged": Hearing("own", (*_POINTS, "exchange", "received", "from", "to")),
        "points.transferred": Hearing("own", _POINTS),
        "benefit.held": Hearing("own", _BENEFIT),
        "benefit.claimed": Hearing("own", _BENEFIT),
        "benefit.released": Hearing("own", _BENEFIT),
        "benefit.expired": Hearing("own", _BENEFIT),
        "parking.entered": Hearing("own", _STAY),
        "parking.left": Hearing("own", _STAY),
        "draw.closed": Hearing("all", ("draw", "root")),
        "draw.revealed": Hearing("all", ("draw", "seed")),
        "draw.cancelled": Hearing("all", ("draw",)),
        "prize.claimed": Hearing("own", _PRIZE),
        "reward.fulfilled": Hearing("own", _REWARD),
        "reward.failed": Hearing("own", (*_REWARD, "money_minor")),
        "coupon.issued": Hearing("own", _COUPON),
        "coupon.reserved": Hearing("own", _COUPON),
        "coupon.redeemed": Hearing("own", _COUPON),
        "coupon.released": Hearing("own", _COUPON),
        "coupon.rolled_back": Hearing("own", _COUPON),
        "partner.exit_stage": Hearing("all", ("partner", "stage", "stop_burn_on")),
        "funding.low": Hearing("own", _FUNDING),
        "statement.ready": Hearing("own", ("statement", "period", "no")),
        "funding.exhausted": Hearing("own", _FUNDING),
        "dispute.opened": Hearing("own", _DISPUTE),
        "dispute.resolved": Hearing("own", _DISPUTE),
        "tier.upgraded": Hearing("agreed", _TIER),
        "tier.downgraded": Hearing("agreed", _TIER),
        "tier.will_downgrade": Hearing("agreed", _TIER),
    }
)
"""Who is told of what; a topic that is not named here is told to nobody.

A partner hears of its own business with a member. What the member earned elsewhere too, as a tier
is, it hears where the member agreed to that (PIPL art. 23, GDPR art. 6; reliability PRV-05).
What happens in the alliance's wallet (points that mature, expire or are adjusted), what a member is
invited to, challenged to or plays for, and what another partner's campaign has left is no
partner's to hear. A test holds ``docs/webhooks.md`` to this table.
"""
