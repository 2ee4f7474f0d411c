"""The knobs of public transport: the subsidy of a ride, the top-up of a city card, its door."""

from stoa.values.settings import Kind, Setting

__all__ = ["KNOBS"]

_MONEY = "minor units"
_MAX_MINOR = 100_000_000

KNOBS = (
    Setting(
        name="subsidy_minor",
        kind=Kind.INTEGER,
        label="Paid of a ride",
        default=500,
        unit=_MONEY,
        help="At most the fare; 500 is 5.00. 0 for no subsidy.",
        maximum=_MAX_MINOR,
    ),
    Setting(
        name="from_minor",
        kind=Kind.INTEGER,
        label="Least spend of the day",
        default=10_000,
        unit=_MONEY,
        help="What a member must have spent on the day; 10000 is 100.00.",
    ),
    Setting(
        name="rides_per_day",
        kind=Kind.INTEGER,
        label="Rides a day",
        default=2,
        unit="rides",
        minimum=1,
        maximum=100,
    ),
    Setting(
        name="top_up_points",
        kind=Kind.INTEGER,
        label="Price of a top-up",
        default=1000,
        unit="points",
        help="0 where points can't be put on the city card.",
    ),
    Setting(
        name="top_up_minor",
        kind=Kind.INTEGER,
        label="Money of a top-up",
        default=1000,
        unit=_MONEY,
        help="What one top-up puts on the card; 1000 is 10.00.",
        minimum=1,
        maximum=_MAX_MINOR,
    ),
    Setting(
        name="most_top_ups",
        kind=Kind.INTEGER,
        label="Most top-ups at once",
        default=5,
        unit="top-ups",
        minimum=1,
        maximum=100,
    ),
    Setting(
        name="card_url",
        kind=Kind.TEXT,
        label="Address of the city card",
        default="",
        help="Where top-ups are sent, such as https://card.example/v1; https only.",
    ),
    Setting(
        name="card_key",
        kind=Kind.TEXT,
        label="Key for the city card",
        default="",
        help="Sent with each top-up, as a bearer token.",
    ),
)
"""What the operator's form shows; money is in minor units, so that 1000 is 10.00."""
