"""The knobs of the filling station: points, limits, discounts and the shelf."""

from stoa.values.amounts import Rounding
from stoa.values.settings import Kind, Setting
from stoa.values.shelf import SHELF

__all__ = ["ADDS", "EXACT", "HIGHEST", "KNOBS", "WHOLE"]

WHOLE, EXACT = "whole", "exact"
"""Which litres count: those of a receipt rounded down, or all of them."""

HIGHEST, ADDS = "highest", "adds"
"""Which offers hold: the one that takes most off, or all of them together."""

KNOBS = (
    Setting(
        name="points_per_litre",
        kind=Kind.DECIMAL,
        label="Points for fuel",
        default=1000,
        unit="points per L",
        maximum=1_000_000,
    ),
    Setting(
        name="litres",
        kind=Kind.CHOICE,
        label="Litres that count",
        default=WHOLE,
        help="The whole litres of a receipt, or all of them exactly: 37.8 L count as 37 or 37.8.",
        choices=(WHOLE, EXACT),
    ),
    Setting(
        name="rounding",
        kind=Kind.CHOICE,
        label="Rounding of points",
        default=Rounding.DOWN.value,
        help="What becomes of a fraction of a point.",
        choices=(Rounding.DOWN.value, Rounding.HALF_UP.value, Rounding.UP.value),
    ),
    Setting(
        name="fuel_categories",
        kind=Kind.TABLE,
        label="Categories of fuel",
        default=(),
        help="Which lines in litres are fuel; with no row, every line in litres is.",
        columns=(Setting("category", Kind.TEXT, "Category", "", minimum=1, maximum=64),),
    ),
    Setting(
        name="max_fill",
        kind=Kind.DECIMAL,
        label="Largest fill",
        default=200_000,
        unit="L",
        help="A purchase with more on one line is refused as a mistake; 0 for no limit.",
    ),
    Setting(
        name="shop_rate",
        kind=Kind.DECIMAL,
        label="Points in the shop",
        default=0,
        unit="points per 1.00",
        help="For all that is not fuel.",
        maximum=1_000_000,
    ),
    Setting(
        name="discount",
        kind=Kind.DECIMAL,
        label="Off a litre",
        default=4000,
        unit="cents per L",
        help="For every member, in hundredths of the currency's unit (its minor unit).",
        maximum=1_000_000,
    ),
    Setting(
        name="tier_discounts",
        kind=Kind.TABLE,
        label="Off a litre by tier",
        default=(),
        help="The highest that fits the member holds; they never add up.",
        columns=(
            Setting("tier", Kind.TEXT, "Tier", "", minimum=1, maximum=64),
            Setting("discount", Kind.DECIMAL, "Discount", 0, unit="cents per L", maximum=1_000_000),
        ),
    ),
    Setting(
        name="offers",
        kind=Kind.TABLE,
        label="Funded offers",
        default=(),
        help="Cents off that you or the operator pay for; for one tier, or for every member.",
        columns=(
            Setting("code", Kind.TEXT, "Code", "offer", minimum=1, maximum=32),
            Setting("title", Kind.TEXT, "Title", "an offer", minimum=1, maximum=64),
            Setting("discount", Kind.DECIMAL, "Discount", 0, unit="cents per L", maximum=1_000_000),
            Setting("tier", Kind.TEXT, "Tier", "", maximum=64),
            Setting("payer", Kind.CHOICE, "Who pays", "operator", choices=("operator", "partner")),
            Setting("most_litres", Kind.DECIMAL, "Up to", 0, unit="L", help="0 for no limit."),
        ),
    ),
    Setting(
        name="stack",
        kind=Kind.CHOICE,
        label="Offers together",
        default=HIGHEST,
        help="The one that takes most off holds alone, or funded offers add up.",
        choices=(HIGHEST, ADDS),
    ),
    Setting(
        name="daily_litres",
        kind=Kind.DECIMAL,
        label="Discounted litres",
        default=150_000,
        unit="L",
        help="The most a member gets the discount for in one day.",
    ),
    SHELF,
)
"""What the operator's form shows."""
