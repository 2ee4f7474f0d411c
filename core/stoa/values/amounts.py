"""Exact whole amounts: money in minor units, points, shares that add up; never a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "MAX_BALANCE_POINTS",
    "MAX_ENTRY_POINTS",
    "Money",
    "Rounding",
    "decimal_text",
    "divide",
    "minor_exponent",
    "minor_exponents",
    "parse_decimal",
    "share",
]

MAX_ENTRY_POINTS = 10**12
"""The most points that one posting may move (reliability §1.2)."""

MAX_BALANCE_POINTS = 9 * 10**15
"""The most points that a wallet may hold; below 2^53, so that JavaScript clients stay exact."""

_EXPONENTS = {"BHD": 3, "CLP": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3}
_EXPONENTS |= {"LYD": 3, "OMR": 3, "PYG": 0, "TND": 3, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0}


class Rounding(StrEnum):
    """How a fraction becomes a whole number; named wherever it happens."""

    DOWN = "down"
    UP = "up"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return the quotient of two whole numbers, rounded as named; down and up are by magnitude.

    Raises:
        ZeroDivisionError: the denominator is zero.
    """
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    whole, rest = divmod(abs(numerator), abs(denominator))
    twice = 2 * rest - abs(denominator)
    up = (
        (rounding is Rounding.UP and rest > 0)
        or (rounding in (Rounding.HALF_UP, Rounding.HALF_EVEN) and twice > 0)
        or (rounding is Rounding.HALF_UP and twice == 0)
        or (rounding is Rounding.HALF_EVEN and twice == 0 and whole % 2 == 1)
    )
    return sign * (whole + up)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole amount by weights so that the parts add up to it exactly.

    The largest remainders get the units left over; ties go to the earlier part
    (economics §3.6: 401 at 50/50 is 201 and 200).
    Weights that are all zero split evenly.

    Raises:
        ValueError: there is no part, or a weight is negative.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be at least one non-negative whole number")
    if sum(weights) == 0:
        weights = [1] * len(weights)
    whole = sum(weights)
    sign = -1 if total < 0 else 1
    parts = [divmod(abs(total) * weight, whole) for weight in weights]
    left = abs(total) - sum(part for part, _ in parts)
    order = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    shares = [part for part, _ in parts]
    for place in order[:left]:
        shares[place] += 1
    return [sign * part for part in shares]


def minor_exponent(currency: str) -> int:
    """Return how many decimals the ISO 4217 currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _EXPONENTS.get(currency, 2)


def minor_exponents() -> dict[str, int]:
    """Return the ISO 4217 currencies whose decimals are not two, with their number."""
    return dict(_EXPONENTS)


def parse_decimal(text: str, decimals: int) -> int:
    """Read a plain decimal such as ``-12.50`` as a whole number of its last decimal place.

    Only ASCII digits, one point and a leading minus are read: no exponent, no grouping.

    Raises:
        ValueError: the text is no such number, has more decimals, or more than 18 digits.
    """
    digits = text.removeprefix("-")
    whole, point, fraction = digits.partition(".")
    plain = digits.isascii() and whole.isdigit() and (fraction.isdigit() if point else True)
    if not plain or len(digits) > 18 or len(fraction) > decimals:  # noqa: PLR2004 - fits BIGINT
        raise ValueError(f"write a plain decimal with at most {decimals} decimals, such as 12.5")
    value = int(whole + fraction.ljust(decimals, "0"))
    return -value if text.startswith("-") else value


def decimal_text(thousandths: int) -> str:
    """Return thousandths as people write them: 37_800 is ``"37.8"`` and 4_000 is ``"4"``."""
    whole, rest = divmod(abs(thousandths), 1000)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{whole}.{rest:03}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units of an ISO 4217 currency: ``Money(836_00, "CNY")``."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """Read ``"836.00"``.

        Raises:
            ValueError: the amount is no plain decimal or has too many decimals.
        """
        return cls(parse_decimal(amount, minor_exponent(currency)), currency)

    @property
    def amount(self) -> str:
        """The decimal text of the amount without its currency: ``"836.00"``."""
        decimals = minor_exponent(self.currency)
        sign = "-" if self.minor < 0 else ""
        text = str(abs(self.minor)).rjust(decimals + 1, "0")
        return f"{sign}{text[:-decimals]}.{text[-decimals:]}" if decimals else sign + text

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
