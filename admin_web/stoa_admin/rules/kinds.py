"""The kinds of rules: how each is called, and its form."""

from collections.abc import Sequence
from dataclasses import dataclass

from stoa_admin.language import noted
from stoa_admin.rules import (
    activities,
    benefits,
    campaigns,
    challenges,
    chances,
    coupons,
    draws,
    ladders,
    referrals,
    rewards,
    segments,
)
from stoa_admin.rules.parts import Part

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rules.

    Attributes:
        title: its plural, marked for the catalogs like all other texts.
        add: what the button says that makes a new one.
        teach: what a rule of this kind is for.
        icon: the name of its picture; `parts` its form.
    """

    name: str
    title: str
    add: str
    teach: str
    icon: str
    parts: Sequence[Part]


_ALL = (
    Kind(
        "ladder", noted("Ladders"), noted("Add a ladder"),
        noted(
            "A ladder says which tiers there are, how a member reaches each, and what comes"
            " with it: more points, a discount, benefits."
        ),
        "stairs-up", ladders.PARTS,
    ),
    Kind(
        "campaign", noted("Campaigns"), noted("Add a campaign"),
        noted(
            "A campaign gives extra points for a while: when, to whom, where and for what you"
            " say, up to a budget."
        ),
        "speakerphone", campaigns.PARTS,
    ),
    Kind(
        "challenge", noted("Challenges"), noted("Add a challenge"),
        noted(
            "A challenge is something to be done within a period: visit three stores, collect a"
            " stamp card, shop the year. Members see how far they are."
        ),
        "trophy", challenges.PARTS,
    ),
    Kind(
        "referral", noted("Referrals"), noted("Add a referral"),
        noted(
            "A referral gives points to a member who invites somebody, once the first purchase"
            " stands."
        ),
        "share", referrals.PARTS,
    ),
    Kind(
        "activity", noted("Activities"), noted("Add an activity"),
        noted(
            "An activity earns without a purchase: checking in, answering a survey, coming to"
            " an event. Each has its proof and its limits."
        ),
        "run", activities.PARTS,
    ),
    Kind(
        "segment", noted("Segments"), noted("Add a segment"),
        noted(
            "A segment is a group of members that campaigns may aim at: by a condition that is"
            " asked anew every night, or by a list."
        ),
        "chart-pie", segments.PARTS,
    ),
    Kind(
        "reward", noted("Rewards"), noted("Add a reward"),
        noted(
            "A reward is what members get for points: a gift, a voucher, a service. It says what"
            " it costs, who gives it out, where and when, and to whom."
        ),
        "gift", rewards.PARTS,
    ),
    Kind(
        "benefit", noted("Benefits"), noted("Add a benefit"),
        noted(
            "A benefit comes with standing and costs no points: parking, a lounge, a birthday"
            " cake. It says who is due how much, at which partners, and who pays."
        ),
        "gift", benefits.PARTS,
    ),
    Kind(
        "coupon", noted("Coupons"), noted("Add a pool of coupons"),
        noted(
            "A coupon takes something off a ticket, at any partner you say. A pool says what"
            " its codes are worth and who pays for them."
        ),
        "receipt", coupons.PARTS,
    ),
    Kind(
        "chance", noted("Promotion chances"), noted("Add a chance"),
        noted("A chance costs points and brings a member nearer to the next tier."),
        "ticket", chances.PARTS,
    ),
    Kind(
        "draw", noted("Draws"), noted("Add a draw"),
        noted(
            "A draw sells tickets for points: each is drawn at once, or all together. Odds and"
            " seeds are published, so that anybody can check it."
        ),
        "sparkles", draws.PARTS,
    ),
)  # fmt: skip

KINDS = {kind.name: kind for kind in _ALL}
"""All kinds by name, in the order of the room."""
