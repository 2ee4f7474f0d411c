"""The form of a benefit: who is due how much of what, where, how it is metered, who pays."""

from stoa.values.conditions import BENEFIT
from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import MONEY, Part, PartKind

__all__ = ["PARTS"]

_MILLI = 3
_PERIODS = (
    ("day", noted("one day")),
    ("week", noted("one week")),
    ("month", noted("one month")),
    ("year", noted("one year")),
    ("entry", noted("one stay")),
    ("ever", noted("a whole life")),
)

_DAYS = (
    ("monday", noted("Monday")), ("tuesday", noted("Tuesday")),
    ("wednesday", noted("Wednesday")), ("thursday", noted("Thursday")),
    ("friday", noted("Friday")), ("saturday", noted("Saturday")), ("sunday", noted("Sunday")),
)  # fmt: skip

_GIVES = (
    Part(PartKind.NAMES, "name", noted("Name"), optional=True),
    Part(
        PartKind.CONDITION,
        "when",
        noted("To whom, when and where"),
        noted("Without a condition every member is due it."),
        optional=True,
        vocabulary=BENEFIT,
    ),
    Part(PartKind.NUMBER, "amount_milli", noted("How much"), scale=_MILLI, start=1000),
)

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(PartKind.NAMES, "about", noted("What members read about it"), optional=True),
    Part(
        PartKind.TEXT, "unit", noted("Unit"),
        noted("ea for pieces, min for minutes, L for litres."), start="ea",
    ),
    Part(
        PartKind.GROUP, "at", noted("Only at some partners or stores"), optional=True,
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
    Part(
        PartKind.ROWS, "gives", noted("What is given"), parts=_GIVES, add=noted("Add a part"),
        row=noted("Part"), start=[{"amount_milli": 1000}],
    ),
    Part(
        PartKind.CHOICE, "combine", noted("Of several parts"),
        choices=(
            ("highest", noted("the highest is given")), ("adds", noted("all are added up")),
        ),
        start="highest", absent="highest",
    ),
    Part(
        PartKind.GROUP, "meter", noted("It may be used up in"),
        parts=(
            Part(PartKind.CHOICE, "every", noted("In"), choices=_PERIODS, start="day"),
            Part(
                PartKind.NUMBER, "most_milli", noted("At most"), scale=_MILLI, optional=True,
            ),
        ),
        start={"every": "day"}, absent={"every": "day"},
    ),
    Part(
        PartKind.TEXT, "group", noted("Group"),
        noted("Of the benefits in one group a member enjoys one in the period."), optional=True,
    ),
    Part(
        PartKind.GROUP, "subject", noted("It is for a vehicle, a person or a ticket"),
        optional=True,
        parts=(
            Part(
                PartKind.CHOICE, "kind", noted("It is for"),
                choices=(
                    ("vehicle", noted("a vehicle")), ("person", noted("a person")),
                    ("ticket", noted("a ticket")), ("none", noted("nothing else")),
                ),
                start="vehicle",
            ),
            Part(
                PartKind.NUMBER, "most_milli", noted("At most for one of them"),
                noted("Whoever comes with it."), scale=_MILLI, optional=True,
            ),
            Part(PartKind.CHOICE, "every", noted("In"), choices=_PERIODS, optional=True),
        ),
    ),
    Part(
        PartKind.GROUP, "worth", noted("It has a worth"),
        noted("Without it the till's price says what it is worth."), optional=True,
        parts=(Part(PartKind.NUMBER, "unit_minor", noted("One unit"), scale=MONEY, start=0),),
    ),
    Part(
        PartKind.GROUP, "receipts", noted("It takes receipts of the day"), optional=True,
        parts=(
            Part(PartKind.NUMBER, "most", noted("At most so many"), start=1, absent=1),
            Part(
                PartKind.NUMBER, "min_minor", noted("Together at least"), scale=MONEY, start=1,
                absent=1,
            ),
        ),
    ),
    Part(
        PartKind.GROUP, "booking", noted("It is booked"), optional=True,
        parts=(
            Part(PartKind.TEXT, "resource", noted("What is booked")),
            Part(
                PartKind.NUMBER, "minutes", noted("For"), unit=noted("minutes"), start=60,
            ),
            Part(PartKind.NUMBER, "places", noted("Places at a time"), start=1),
            Part(
                PartKind.ROWS, "open", noted("Opening hours"),
                parts=(
                    Part(PartKind.MANY, "days", noted("Days"), choices=_DAYS),
                    Part(PartKind.TEXT, "from", noted("From"), start="10:00"),
                    Part(PartKind.TEXT, "until", noted("Until"), start="22:00"),
                ),
                add=noted("Add hours"), row=noted("Hours"),
            ),
            Part(
                PartKind.NUMBER, "ahead_days", noted("At most ahead"), unit=noted("days"),
                start=14, absent=14,
            ),
        ),
    ),
    funding.payers("sharers"),
    Part(PartKind.DAY, "from", noted("First day"), optional=True),
    Part(PartKind.DAY, "until", noted("Last day"), optional=True),
)  # fmt: skip
"""A benefit's document, part by part."""
