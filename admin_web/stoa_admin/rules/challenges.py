"""The form of a challenge: its period, what is to be done, and what it brings."""

from stoa.values.conditions import CHALLENGE
from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import Part, PartKind

__all__ = ["PARTS"]

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(
        PartKind.NAMES, "about", noted("What members read about it"), optional=True,
    ),
    Part(
        PartKind.SPAN, "period", noted("Period"),
        choices=(
            ("calendar year", noted("each calendar year anew")),
            ("calendar month", noted("each calendar month anew")),
            ("once", noted("once in a member's life")),
            ("days", noted("between two days")),
        ),
        parts=(
            Part(PartKind.DAY, "from", noted("First day")),
            Part(PartKind.DAY, "until", noted("Last day")),
        ),
        start="calendar year",
    ),
    Part(
        PartKind.CONDITION, "goal", noted("What is to be done"),
        noted("Counted within the period; “ever” is all of it."), vocabulary=CHALLENGE,
    ),
    Part(
        PartKind.GROUP, "reward", noted("Reward"),
        noted("Whoever completes it gets points"), optional=True,
        parts=(
            Part(
                PartKind.NUMBER, "points", noted("Points"), unit=funding.POINTS, start=100,
            ),
            funding.payers("funders"),
        ),
    ),
    funding.BUDGET.but(optional=True, start=None),
    Part(
        PartKind.FLAG, "grants_eligibility", noted("Tiers may ask for it"),
        noted("Having done it counts in the conditions of ladders."), absent=False,
    ),
    Part(
        PartKind.NUMBER, "most_per_period", noted("Times a member may do it"),
        noted("Within a period."), unit=noted("times"), start=1, absent=1,
    ),
    Part(
        PartKind.CHOICE, "join", noted("Who takes part"),
        choices=(
            ("automatic", noted("everybody, without asking")),
            ("opt-in", noted("who joins, from that day on")),
        ),
        start="automatic", absent="automatic",
    ),
)  # fmt: skip
"""A challenge's document, part by part."""
