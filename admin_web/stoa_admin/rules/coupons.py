"""The form of a pool of coupons: what a code is worth, where it is taken, who pays."""

from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import MONEY, Part, PartKind

__all__ = ["PARTS"]

_PERCENT = 2
_TIMES = noted("times")

_WORTHS = {
    "amount": (
        Part(PartKind.NUMBER, "minor", noted("Amount"), scale=MONEY, start=2000),
    ),
    "percent": (
        Part(
            PartKind.NUMBER, "basis_points", noted("Percentage"), unit="%", scale=_PERCENT,
            start=1000,
        ),
        Part(PartKind.NUMBER, "most_minor", noted("At most"), scale=MONEY, optional=True),
    ),
    "article": (
        Part(
            PartKind.TEXT, "sku", noted("Article number"),
            noted("One piece of it is free where the ticket has it."),
        ),
    ),
    "service": (
        Part(PartKind.NAMES, "text", noted("What is done")),
        Part(
            PartKind.NUMBER, "minor", noted("What the store is paid for it"), scale=MONEY,
            start=0, absent=0,
        ),
    ),
}  # fmt: skip

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(PartKind.NAMES, "about", noted("What members read about it"), optional=True),
    Part(
        PartKind.VARIANT, "worth", noted("What a coupon is worth"),
        choices=(
            ("amount", noted("an amount off the ticket")),
            ("percent", noted("a percentage off the ticket")),
            ("article", noted("an article for free")),
            ("service", noted("a service")),
        ),
        variants=_WORTHS, start={"kind": "amount", "minor": 2000},
    ),
    Part(
        PartKind.NUMBER, "min_spend_minor", noted("The ticket comes to at least"), scale=MONEY,
        start=0, absent=0,
    ),
    Part(
        PartKind.GROUP, "accepted_at", noted("Only taken at some partners or stores"),
        optional=True,
        parts=(
            Part(
                PartKind.MANY, "partners", noted("Partners"), noted("None ticked means all."),
                choices="partners", optional=True, absent="all",
            ),
            Part(
                PartKind.MANY, "stores", noted("Stores"), noted("None ticked means all of them."),
                choices="stores", optional=True,
            ),
        ),
    ),
    Part(PartKind.DAY, "from", noted("First day")),
    Part(PartKind.DAY, "until", noted("Last day")),
    Part(
        PartKind.NUMBER, "valid_days", noted("Valid after its issue for"),
        noted("The last day is included."), unit=noted("days"), optional=True,
    ),
    Part(
        PartKind.NUMBER, "uses", noted("One code is taken"), unit=_TIMES, start=1, absent=1,
    ),
    Part(
        PartKind.NUMBER, "per_member", noted("A member uses codes of this pool at most"),
        unit=_TIMES, optional=True,
    ),
    Part(
        PartKind.SPAN, "stacks", noted("Together with other coupons"),
        choices=(
            ("alone", noted("never: it is the only one on a ticket")),
            ("others", noted("with any others")),
            ("days", noted("with others, but with none of its group")),
        ),
        parts=(Part(PartKind.TEXT, "group", noted("Group")),),
        start="alone", absent="alone",
    ),
    Part(
        PartKind.CHOICE, "codes", noted("Codes"),
        choices=(
            ("made", noted("are made here")), ("imported", noted("are imported from a file")),
        ),
        start="made", absent="made",
    ),
    Part(
        PartKind.NUMBER, "supply", noted("At most so many codes are made"),
        noted("Those that are cancelled unused may be issued again."), optional=True,
    ),
    Part(
        PartKind.MANY, "issuers", noted("Partners that may give codes out themselves"),
        choices="partners", optional=True,
    ),
    Part(PartKind.TEXT, "picture", noted("Number of its picture"), optional=True),
    funding.payers("payers"),
)  # fmt: skip
"""A pool's document, part by part."""
