"""Points at a rate, with the arithmetic that a member reads: what every earning plugin computes."""

from stoa.values.amounts import Money, Rounding, divide, minor_exponent

__all__ = ["decimal_text", "points_for_money", "points_for_quantity"]

_ROUNDED = {
    Rounding.DOWN: ", rounded down",
    Rounding.UP: ", rounded up",
    Rounding.HALF_UP: ", rounded to the nearest",
    Rounding.HALF_EVEN: ", rounded to the nearest",
}


def points_for_money(
    minor: int, currency: str, *, rate_milli: int, rounding: Rounding
) -> tuple[int, str]:
    """Return the points for an amount, and ``"836.00 at 1 point per 1.00"``.

    Args:
        minor: the amount in minor units of the currency.
        currency: ISO 4217; its exponent says what one whole unit of money is.
        rate_milli: thousandths of a point per whole unit of money.
        rounding: what becomes of a fraction of a point.
    """
    one = 10 ** minor_exponent(currency)
    points = divide(minor * rate_milli, one * 1000, rounding)
    exact = points * one * 1000 == minor * rate_milli
    amount, per = Money(minor, currency).amount, Money(one, currency).amount
    rest = "" if exact else _ROUNDED[rounding]
    return points, f"{amount} at {_points(rate_milli)} per {per}{rest}"


def points_for_quantity(
    quantity_milli: int, unit: str, *, rate_milli: int, rounding: Rounding
) -> tuple[int, str]:
    """Return the points for a quantity, and ``"37.8 L at 1 point per L, rounded down"``.

    Args:
        quantity_milli: thousandths of the unit.
        unit: what is counted, as a receipt line says it.
        rate_milli: thousandths of a point per unit.
        rounding: what becomes of a fraction of a point.
    """
    points = divide(quantity_milli * rate_milli, 10**6, rounding)
    rest = "" if points * 10**6 == quantity_milli * rate_milli else _ROUNDED[rounding]
    return (
        points,
        f"{decimal_text(quantity_milli)} {unit} at {_points(rate_milli)} per {unit}{rest}",
    )


def decimal_text(thousandths: int) -> str:
    """Return thousandths as people write them: 37_800 is ``"37.8"`` and 4_000 is ``"4"``."""
    whole, rest = divmod(abs(thousandths), 1000)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{whole}.{rest:03}".rstrip("0").rstrip(".")


def _points(rate_milli: int) -> str:
    return "1 point" if rate_milli == 1000 else f"{decimal_text(rate_milli)} points"  # noqa: PLR2004 - one
