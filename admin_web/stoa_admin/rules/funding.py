"""What rules that give points share: their budget, what a member gets at most, and who pays."""

from stoa_admin.language import noted
from stoa_admin.rules.parts import Part, PartKind

__all__ = ["BUDGET", "POINTS", "caps", "payers"]

POINTS = noted("points")

BUDGET = Part(
    PartKind.NUMBER, "budget_points", noted("Budget"),
    noted("At most so many points are given to all members together, and never one more."),
    unit=POINTS, start=100_000,
)  # fmt: skip


def caps(*more: tuple[str, str]) -> Part:
    """Return the rows that say what a member gets at most in a period.

    Args:
        more: the longest period and its label, beside a day, a week and a month.
    """
    periods = (
        ("day", noted("one day")),
        ("week", noted("one week")),
        ("month", noted("one month")),
    )
    return Part(
        PartKind.ROWS, "caps", noted("At most a member"), add=noted("Add a cap"), row=noted("Cap"),
        parts=(
            Part(PartKind.CHOICE, "every", noted("In"), choices=(*periods, *more), start="day"),
            Part(PartKind.NUMBER, "points", noted("Points"), unit=POINTS, optional=True),
            Part(PartKind.NUMBER, "uses", noted("Times"), unit=noted("times"), optional=True),
        ),
        absent=[],
    )  # fmt: skip


def payers(choices: str) -> Part:
    """Return the rows that say who pays which share; `choices` lists who may."""
    return Part(
        PartKind.ROWS, "payers", noted("Who pays"), noted("The shares add up to 100."),
        add=noted("Add a payer"), row=noted("Payer"),
        parts=(
            Part(PartKind.CHOICE, "payer", noted("Payer"), choices=choices, start="operator"),
            Part(PartKind.NUMBER, "share", noted("Share"), unit="%", start=100),
        ),
        start=[{"payer": "operator", "share": 100}], absent=[{"payer": "operator", "share": 100}],
    )  # fmt: skip
