"""The knobs of the car park: the tariff, the free hours, and what an hour costs in points."""

from stoa.values.settings import Kind, Setting
from stoa_parking.tariff import DAY_MIN, FreeMinutes

__all__ = ["KNOBS"]

_MONEY = "minor units"
_MAX_PRICE_MINOR = 1_000_000
_MAX_HOURS = 24

KNOBS = (
    Setting(
        name="steps",
        kind=Kind.TABLE,
        label="Tariff",
        default=({"up_to_min": 0, "per_min": 60, "price_minor": 1000},),
        help="Each started unit costs its price; the last row holds to the end of the day.",
        columns=(
            Setting("up_to_min", Kind.INTEGER, "Up to", 0, unit="min", maximum=DAY_MIN),
            Setting("per_min", Kind.INTEGER, "Unit", 60, unit="min", minimum=1, maximum=DAY_MIN),
            Setting(
                "price_minor", Kind.INTEGER, "Price", 1000, unit=_MONEY, maximum=_MAX_PRICE_MINOR
            ),
        ),
    ),
    Setting(
        name="free_min",
        kind=Kind.INTEGER,
        label="Free minutes",
        default=15,
        unit="min",
        help="For every driver, member or not.",
        maximum=DAY_MIN,
    ),
    Setting(
        name="free_for",
        kind=Kind.CHOICE,
        label="Free minutes are for",
        default=FreeMinutes.SHORT_STAYS.value,
        help="Short stays only: a longer one is charged from its first minute. Or every stay.",
        choices=(FreeMinutes.SHORT_STAYS.value, FreeMinutes.EVERY_STAY.value),
    ),
    Setting(
        name="day_cap_minor",
        kind=Kind.INTEGER,
        label="Most for a day",
        default=0,
        unit=_MONEY,
        help="Of 24 hours from the entry; 0 for no limit.",
    ),
    Setting(
        name="spend_hours",
        kind=Kind.TABLE,
        label="Free hours by spend",
        default=({"from_minor": 20_000, "hours": 1}, {"from_minor": 50_000, "hours": 2}),
        help="By the receipts of the visit, added up; the highest amount reached holds.",
        columns=(
            Setting("from_minor", Kind.INTEGER, "From", 20_000, unit=_MONEY),
            Setting("hours", Kind.INTEGER, "Hours", 1, unit="h", maximum=_MAX_HOURS),
        ),
    ),
    Setting(
        name="max_receipts",
        kind=Kind.INTEGER,
        label="Most receipts for one stay",
        default=2,
        unit="receipts",
        help="The largest of the visit's are added up.",
        minimum=1,
        maximum=10,
    ),
    Setting(
        name="tier_hours",
        kind=Kind.TABLE,
        label="Free hours by tier",
        default=({"tier": "gold", "hours": 1},),
        help="A day, besides the hours by spend.",
        columns=(
            Setting("tier", Kind.TEXT, "Tier", "", minimum=1, maximum=64),
            Setting("hours", Kind.INTEGER, "Hours", 1, unit="h", maximum=_MAX_HOURS),
        ),
    ),
    Setting(
        name="max_hours_per_entry",
        kind=Kind.INTEGER,
        label="Most free hours for one stay",
        default=5,
        unit="h",
        maximum=_MAX_HOURS,
    ),
    Setting(
        name="operator_percent",
        kind=Kind.INTEGER,
        label="The operator's part of free hours",
        default=50,
        unit="%",
        maximum=100,
    ),
    Setting(
        name="merchants_percent",
        kind=Kind.INTEGER,
        label="The sellers' part of free hours",
        default=50,
        unit="%",
        help="By the receipts used, in proportion to them; the car park pays what is left of 100.",
        maximum=100,
    ),
    Setting(
        name="points_per_hour",
        kind=Kind.INTEGER,
        label="An hour for points",
        default=500,
        unit="points",
        help="0 for none.",
        maximum=1_000_000,
    ),
    Setting(
        name="tier_points_per_hour",
        kind=Kind.TABLE,
        label="An hour for points by tier",
        default=(),
        help="In place of the price above.",
        columns=(
            Setting("tier", Kind.TEXT, "Tier", "", minimum=1, maximum=64),
            Setting(
                "points", Kind.INTEGER, "Points", 400, unit="points", minimum=1, maximum=1_000_000
            ),
        ),
    ),
    Setting(
        name="hour_worth_minor",
        kind=Kind.INTEGER,
        label="Worth of an hour for points",
        default=1000,
        unit=_MONEY,
        help="What an hour bought with points pays of a fee.",
        minimum=1,
        maximum=_MAX_PRICE_MINOR,
    ),
    Setting(
        name="max_bought_hours",
        kind=Kind.INTEGER,
        label="Most hours for points at once",
        default=5,
        unit="h",
        minimum=1,
        maximum=_MAX_HOURS,
    ),
    Setting(
        name="fee_rate",
        kind=Kind.DECIMAL,
        label="Points for parking fees",
        default=0,
        unit="points per 1.00",
        help="For the money paid at the car park.",
        maximum=1_000_000,
    ),
)
"""What the operator's form shows; money is in minor units, so that 1000 is 10.00."""
