"""The form of a referral: what a member gets for inviting one who buys."""

from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import MONEY, Part, PartKind

__all__ = ["PARTS"]

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(
        PartKind.GROUP, "reward", noted("Reward"),
        noted("Points only, and only for whoever invites directly: the law forbids more."),
        parts=(
            Part(
                PartKind.NUMBER, "inviter_points", noted("For who invited"), unit=funding.POINTS,
                start=200, absent=0,
            ),
            Part(
                PartKind.NUMBER, "invitee_points", noted("For who came"), unit=funding.POINTS,
                start=100, absent=0,
            ),
            funding.payers("funders"),
        ),
    ),
    Part(
        PartKind.NUMBER, "min_spend_minor", noted("Least first purchase"), scale=MONEY, start=0,
        absent=0,
    ),
    Part(
        PartKind.NUMBER, "settle_days", noted("Rewarded after"),
        noted("So long the first purchase has to stand."), unit=noted("days"), start=30, absent=0,
    ),
    Part(
        PartKind.NUMBER, "within_days", noted("First purchase within"),
        noted("After the invitation; empty for ever."), unit=noted("days"), optional=True,
    ),
    funding.caps(("ever", noted("a whole life"))),
    funding.BUDGET,
)  # fmt: skip
"""A referral's document, part by part."""
