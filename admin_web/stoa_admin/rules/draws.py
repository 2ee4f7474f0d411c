"""The form of a draw for points: tickets, prizes, odds."""

from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import MONEY, Part, PartKind

__all__ = ["PARTS"]

_GIVES = (
    Part(PartKind.NUMBER, "worth_minor", noted("Worth"), scale=MONEY, start=0),
    Part(
        PartKind.NUMBER, "points", noted("Points"), noted("Where the prize is points."),
        unit=funding.POINTS, optional=True,
    ),
    Part(
        PartKind.TEXT, "coupon", noted("Coupon"),
        noted("The code of a pool, where the prize is a coupon of it."), optional=True,
    ),
    Part(
        PartKind.TEXT, "partner", noted("Handed over by"),
        noted("The code of a partner; any partner where nothing is written."), optional=True,
    ),
)  # fmt: skip
_PRIZE = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(PartKind.TEXT, "code", noted("Code")),
    Part(PartKind.NUMBER, "stock", noted("How many there are"), start=1),
)  # fmt: skip
_ODDS = Part(
    PartKind.NUMBER, "odds_per_million", noted("Odds of winning"), unit="%", scale=4,
    start=10_000,
)  # fmt: skip
_MODES = {
    "instant": (
        Part(
            PartKind.ROWS, "prizes", noted("Prizes"), add=noted("Add a prize"), row=noted("Prize"),
            parts=(*_PRIZE, _ODDS, *_GIVES),
            start=[{"stock": 1, "odds_per_million": 10_000, "worth_minor": 0}],
        ),
        Part(
            PartKind.GROUP, "consolation", noted("Consolation"),
            noted("Every ticket that wins nothing else brings something"), optional=True,
            parts=(Part(PartKind.NAMES, "name", noted("Name")), *_GIVES),
        ),
    ),
    "raffle": (
        Part(
            PartKind.ROWS, "prizes", noted("Prizes"), add=noted("Add a prize"), row=noted("Prize"),
            parts=(*_PRIZE, *_GIVES), start=[{"stock": 1, "worth_minor": 0}],
        ),
        Part(
            PartKind.TEXT, "draws_at", noted("Drawn at"),
            noted("In the programme's time, such as 2026-07-01T20:00; after the last day."),
        ),
        Part(
            PartKind.FLAG, "once", noted("A member wins one prize at most"), start=True,
            absent=True,
        ),
    ),
}  # fmt: skip

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(PartKind.NAMES, "about", noted("What members read about it"), optional=True),
    Part(PartKind.NUMBER, "points", noted("Price of a ticket"), unit=funding.POINTS, start=10),
    Part(PartKind.DAY, "from", noted("First day")),
    Part(PartKind.DAY, "until", noted("Last day")),
    Part(
        PartKind.MODE, "mode", noted("How it is drawn"),
        choices=(
            ("instant", noted("each ticket at once, by its odds")),
            ("raffle", noted("all tickets together, on a day")),
        ),
        variants=_MODES, start="instant",
    ),
    Part(
        PartKind.NUMBER, "per_member", noted("Tickets for a member"), noted("In all."),
        optional=True,
    ),
    Part(
        PartKind.NUMBER, "per_member_day", noted("Tickets for a member a day"), optional=True,
    ),
    Part(
        PartKind.NUMBER, "tickets", noted("Tickets in all"), start=10_000, absent=100_000,
    ),
    Part(
        PartKind.MANY, "tiers", noted("Who may take part"), noted("None ticked means everybody."),
        choices="tiers", optional=True,
    ),
    Part(
        PartKind.NUMBER, "claim_days", noted("A prize waits in the store for"),
        unit=noted("days"), start=30, absent=30,
    ),
    funding.BUDGET.but(optional=True, start=None, absent=0),
    funding.payers("funders"),
    Part(
        PartKind.FLAG, "allowed_draw", noted("A draw is allowed here"),
        noted("It comes near a paid lottery: ask your lawyers before you tick this."),
    ),
)  # fmt: skip
"""A draw's document, part by part."""
