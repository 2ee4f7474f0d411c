"""Money of clearing: exact while it is added up, rounded once where it is stated (economics §3.13).

Points at a price have up to six decimals, and are kept so. 3 x 37 points at 0.0123 are 1.3653 and
state 1.37; rounded one by one they would be 3 x 0.46 = 1.38, which nobody owes.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext

from stoa.values.amounts import Money, minor_exponent

__all__ = ["charge", "exchanged", "shown", "stated"]

_DIGITS = 60
_LINE = Decimal("0.0001")


def charge(points: int, price: Decimal) -> Decimal:
    """Return what points cost at a price each, exactly; below zero for points that go back."""
    with localcontext(prec=_DIGITS):
        return points * price


def shown(amount: Decimal) -> str:
    """Return an exact amount with the four decimals that a line shows: ``"0.4551"``."""
    with localcontext(prec=_DIGITS):
        text = f"{amount.quantize(_LINE, ROUND_HALF_UP):f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def stated(amounts: Iterable[Decimal], currency: str) -> Money:
    """Return the sum of exact amounts, rounded once, halves away from zero, as a line states it.

    Args:
        currency: ISO 4217; its exponent says where to round: none for JPY, 3 decimals for KWD.
    """
    with localcontext(prec=_DIGITS):
        whole = sum(amounts, Decimal(0)).scaleb(minor_exponent(currency))
        return Money(int(whole.to_integral_value(ROUND_HALF_UP)), currency)


def exchanged(money: Money, rate: Decimal, currency: str) -> Money:
    """Return money in another currency, rounded once: 108.00 CNY at 1.0800 are 116.64 HKD.

    Args:
        rate: what one unit of the money is worth in the other, as `FxRate` keeps it.

    Raises:
        ValueError: the rate is not above zero.
    """
    if not rate > 0:
        message = "a rate of exchange is above zero"
        raise ValueError(message)
    with localcontext(prec=_DIGITS):
        units = Decimal(money.minor).scaleb(-minor_exponent(money.currency))
        return stated([units * rate], currency)
