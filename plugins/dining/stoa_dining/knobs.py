"""The knobs of a restaurant: rates, happy hours, visits, stamp cards, the shelf of set menus."""

from stoa.values.settings import Kind, Setting
from stoa.values.shelf import SHELF

__all__ = ["EVERY_DAY", "KNOBS", "WEEKDAYS", "WEEKENDS"]

EVERY_DAY, WEEKDAYS, WEEKENDS = "every_day", "weekdays", "weekends"
"""On which days a happy hour holds; Saturday and Sunday are the weekend."""

_RATE = "points per 1.00"
_MAX_RATE = 1_000_000

KNOBS = (
    Setting(
        name="base_rate",
        kind=Kind.DECIMAL,
        label="Points for money",
        default=1000,
        unit=_RATE,
        help="Points for each whole unit of money that a guest pays.",
        maximum=_MAX_RATE,
    ),
    Setting(
        name="happy_hours",
        kind=Kind.TABLE,
        label="Happy hours",
        default=(),
        help="Hours with a rate of their own, by the store's clock; the highest that holds counts.",
        columns=(
            Setting(
                "days", Kind.CHOICE, "Days", EVERY_DAY, choices=(EVERY_DAY, WEEKDAYS, WEEKENDS)
            ),
            Setting(
                "from_hour", Kind.INTEGER, "From", 15, unit="h", help="15 is 15:00.", maximum=23
            ),
            Setting(
                "to_hour",
                Kind.INTEGER,
                "To",
                18,
                unit="h",
                help="18 is up to 18:00; an earlier hour than the first is on the next day.",
                maximum=24,
            ),
            Setting("rate", Kind.DECIMAL, "Rate", 2000, unit=_RATE, maximum=_MAX_RATE),
        ),
    ),
    Setting(
        name="visit_points",
        kind=Kind.INTEGER,
        label="Points for a visit",
        default=0,
        unit="points",
        help="Once a receipt, whatever it comes to.",
        maximum=_MAX_RATE,
    ),
    Setting(
        name="visit_from_minor",
        kind=Kind.INTEGER,
        label="Least receipt of a visit",
        default=0,
        unit="minor units",
        help="A receipt below this gives no points for the visit; 3000 is 30.00.",
    ),
    Setting(
        name="stamps",
        kind=Kind.INTEGER,
        label="Stamps of a card",
        default=0,
        unit="visits",
        help="A visit on a day is a stamp, and a full card is a free dish; 0 for no cards.",
        maximum=100,
    ),
    Setting(
        name="stamp_dish",
        kind=Kind.TEXT,
        label="Dish for a full card",
        default="A dish of the house",
        minimum=1,
        maximum=200,
    ),
    Setting(
        name="stamp_worth_minor",
        kind=Kind.INTEGER,
        label="Worth of the dish",
        default=3000,
        unit="minor units",
        help="What the dish costs without a card; 3000 is 30.00.",
        maximum=100_000_000,
    ),
    SHELF,
)
"""What the operator's form shows; money is in minor units, so that 1000 is 10.00."""
