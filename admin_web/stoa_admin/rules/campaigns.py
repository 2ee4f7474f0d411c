"""The form of a campaign: when, who, where, what; how much; up to which budget; who pays."""

from stoa.values.conditions import CAMPAIGN
from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import MONEY, Part, PartKind

__all__ = ["PARTS"]

_STEPS = (
    Part(PartKind.NUMBER, "from_minor", noted("From"), scale=MONEY),
    Part(PartKind.NUMBER, "points", noted("Points"), unit=funding.POINTS),
)

_BONUS = {
    "multiplier": (
        Part(
            PartKind.NUMBER, "times_percent", noted("Times the base points"),
            noted("3 gives three times the base points: the campaign adds two of them."),
            unit="×", scale=2, start=200,
        ),
    ),
    "fixed": (Part(PartKind.NUMBER, "points", noted("Points"), unit=funding.POINTS, start=100),),
    "step": (
        Part(PartKind.NUMBER, "every_minor", noted("For every"), scale=MONEY, start=10000),
        Part(PartKind.NUMBER, "points", noted("Points"), unit=funding.POINTS, start=50),
        Part(
            PartKind.NUMBER, "most", noted("At most"), noted("On one purchase."),
            unit=funding.POINTS, optional=True,
        ),
    ),
    "tiered": (
        Part(
            PartKind.ROWS, "steps", noted("Steps"), parts=_STEPS, add=noted("Add a step"),
            row=noted("Step"), start=[{"from_minor": 10000, "points": 50}],
        ),
    ),
}  # fmt: skip

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(PartKind.DAY, "from", noted("First day")),
    Part(PartKind.DAY, "until", noted("Last day")),
    Part(
        PartKind.CONDITION, "condition", noted("When, who, where and what"),
        noted("Without a condition every purchase of these days gets the bonus."),
        optional=True, vocabulary=CAMPAIGN,
    ),
    Part(
        PartKind.VARIANT, "bonus", noted("Bonus"),
        choices=(
            ("multiplier", noted("Base points times a number")),
            ("fixed", noted("A fixed number of points")),
            ("step", noted("Points for every amount spent")),
            ("tiered", noted("More points the more is spent")),
        ),
        variants=_BONUS, start={"kind": "multiplier", "times_percent": 200},
    ),
    Part(
        PartKind.GROUP, "lines", noted("Articles"),
        noted("Only some lines of the receipt count towards the bonus"),
        optional=True,
        parts=(
            Part(PartKind.LINES, "categories", noted("Categories"), optional=True),
            Part(PartKind.LINES, "skus", noted("Articles"), optional=True),
        ),
    ),
    funding.caps(("campaign", noted("the whole campaign"))),
    funding.BUDGET,
    funding.payers("payers"),
    Part(
        PartKind.CHOICE, "stacks", noted("Beside other campaigns of its group"),
        choices=(
            ("adds", noted("it adds to the others")),
            ("highest", noted("only the highest bonus counts")),
            ("alone", noted("it counts alone")),
        ),
        start="adds", absent="adds",
    ),
    Part(PartKind.TEXT, "group", noted("Group"), optional=True),
    Part(
        PartKind.NUMBER, "priority", noted("Priority"), noted("The higher one goes first."),
        start=0,        absent=0,
    ),
    Part(
        PartKind.NUMBER, "holdout_percent", noted("Hold-out"),
        noted("So many members get no bonus, so that you can measure what the campaign brings."),
        unit="%", start=0, absent=0,
    ),
    Part(
        PartKind.CHOICE, "trigger", noted("Given for"), choices="triggers", start="purchase",
        absent="purchase",
    ),
)  # fmt: skip
"""A campaign's document, part by part."""
