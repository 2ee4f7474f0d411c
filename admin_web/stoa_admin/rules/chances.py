"""The form of a promotion chance: what it costs, and what it is good for."""

from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import Part, PartKind

__all__ = ["PARTS"]

_MODES = {
    "direct": (
        Part(
            PartKind.NUMBER, "needed", noted("Chances that raise a member one tier"), start=1,
            absent=1,
        ),
    ),
    "attempt": (),
    "draw": (
        Part(
            PartKind.NUMBER, "odds_per_million", noted("Odds of winning"), unit="%", scale=4,
            start=100_000,
        ),
        Part(
            PartKind.FLAG, "allowed_draw", noted("A draw is allowed here"),
            noted("It comes near a paid lottery: ask your lawyers before you tick this."),
        ),
    ),
}  # fmt: skip

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(PartKind.CHOICE, "ladder", noted("Ladder"), choices="ladders"),
    Part(PartKind.NUMBER, "points", noted("Price"), unit=funding.POINTS, start=100),
    Part(
        PartKind.MODE, "mode", noted("What it is good for"),
        choices=(
            ("direct", noted("it raises the member at once")),
            ("attempt", noted("it counts in the conditions of the ladder")),
            ("draw", noted("it is won or lost by a draw")),
        ),
        variants=_MODES, start="direct", absent="direct",
    ),
    Part(
        PartKind.NUMBER, "most_per_year", noted("At most a year"), noted("For each member."),
        start=3,
    ),
    Part(
        PartKind.NUMBER, "undo_minutes", noted("May be given back for"),
        noted("While it is unused; 0 for never."), unit=noted("minutes"), start=60, absent=60,
    ),
)  # fmt: skip
"""A chance's document, part by part."""
