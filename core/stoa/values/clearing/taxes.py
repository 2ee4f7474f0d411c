"""Taxes: one code for each leg, reckoned line by line, rounded there and then summed (§3.10).

A statement has three legs: the issue service that the operator sells its partners, the redemption
service that it buys of them, and third-party consideration, which it pays for what members get
(ECJ C-53/09 and C-55/09). Each may have another code, or none.

At 6 %, 108.00 net bear 6.48: 114.48. Two lines of 0.08 bear 0.00 each, and not 0.01 together.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from stoa.values.amounts import Money, minor_exponent
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.money import stated

__all__ = ["Leg", "Taxed", "code_of", "taxed"]

_DIGITS = 60


class Leg(StrEnum):
    """What is sold, for a line that may bear tax."""

    ISSUE = "issue"
    REDEMPTION = "redemption"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class Taxed:
    """A line with its tax; both have the sign of the net."""

    net: Money
    code: str
    rate: Decimal
    tax: Money


def code_of(clauses: Clauses, leg: Leg) -> str:
    """Return the tax code that was agreed for a leg, empty for none."""
    return {
        Leg.ISSUE: clauses.tax_issue,
        Leg.REDEMPTION: clauses.tax_redemption,
        Leg.THIRD_PARTY: clauses.tax_third_party,
    }[leg]


def taxed(net: Money, *, code: str = "", rate: Decimal = Decimal(0)) -> Taxed:
    """Return a line with its tax, rounded half away from zero to minor units.

    Args:
        net: as the line states it.
        rate: a part of the net, 0 to 1.

    Raises:
        ValueError: the rate is no such part.
    """
    if not 0 <= rate <= 1:
        message = "a tax is a part of the net, from 0 to 1"
        raise ValueError(message)
    with localcontext(prec=_DIGITS):
        tax = Decimal(net.minor).scaleb(-minor_exponent(net.currency)) * rate
        return Taxed(net, code, rate, stated([tax], net.currency))
