"""Points at a rate, with the arithmetic that a member reads: what every earning plugin computes."""

from stoa.values.amounts import Rounding, decimal_text, divide, minor_exponent
from stoa.values.arithmetic import Arithmetic, per_money, per_quantity

__all__ = ["decimal_text", "points_for_money", "points_for_quantity"]


def points_for_money(
    minor: int, currency: str, *, rate_milli: int, rounding: Rounding
) -> tuple[int, Arithmetic]:
    """Return the points for an amount, and what says how: 836.00 at 1 point per 1.00.

    Args:
        minor: the amount in minor units of the currency.
        currency: ISO 4217; its exponent says what one whole unit of money is.
        rate_milli: thousandths of a point per whole unit of money.
        rounding: what becomes of a fraction of a point.
    """
    one = 10 ** minor_exponent(currency)
    points = divide(minor * rate_milli, one * 1000, rounding)
    exact = points * one * 1000 == minor * rate_milli
    rounded = None if exact else rounding
    return points, per_money(minor, currency, rate_milli=rate_milli, rounded=rounded)


def points_for_quantity(
    quantity_milli: int,
    unit: str,
    *,
    rate_milli: int,
    rounding: Rounding,
    of_milli: int | None = None,
) -> tuple[int, Arithmetic]:
    """Return the points for a quantity, and what says how: 37.8 L at 1 point per L, rounded down.

    Args:
        quantity_milli: thousandths of the unit.
        unit: what is counted, as a receipt line says it.
        rate_milli: thousandths of a point per unit.
        rounding: what becomes of a fraction of a point.
        of_milli: the whole quantity, where `quantity_milli` are its whole units alone.
    """
    points = divide(quantity_milli * rate_milli, 10**6, rounding)
    rounded = None if points * 10**6 == quantity_milli * rate_milli else rounding
    says = per_quantity(
        quantity_milli, unit, rate_milli=rate_milli, rounded=rounded, of_milli=of_milli
    )
    return points, says
