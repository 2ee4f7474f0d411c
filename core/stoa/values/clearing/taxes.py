"""Taxes: one code for each leg, reckoned line by line, rounded there and then summed (§3.10).

A statement has three legs: the issue service that the operator sells its partners, the redemption
service that it buys of them, and third-party consideration, which it pays for what members get
(ECJ C-53/09 and C-55/09). Each may have another code, or none.

At 6 %, 108.00 net bear 6.48: 114.48. Two lines of 0.08 bear 0.00 each, and not 0.01 together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from stoa.values.amounts import Money, minor_exponent
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.money import stated

__all__ = ["PER_LINE", "Leg", "Taxed", "Totals", "code_of", "taxed", "totals"]

PER_LINE = "line"
"""The method that statements store: tax is rounded on each line, and the lines are summed."""

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

    @property
    def gross(self) -> Money:
        """Net and tax together."""
        return Money(self.net.minor + self.tax.minor, self.net.currency)


@dataclass(frozen=True, slots=True)
class Totals:
    """What lines come to; each is the sum of what the lines state."""

    net: Money
    tax: Money
    gross: Money


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


def totals(lines: Iterable[Taxed], currency: str) -> Totals:
    """Return what lines of one money come to.

    Raises:
        ValueError: a line is in another money.
    """
    net = tax = 0
    for line in lines:
        if line.net.currency != currency:
            message = f"a line in {line.net.currency} stands among lines in {currency}"
            raise ValueError(message)
        net += line.net.minor
        tax += line.tax.minor
    return Totals(Money(net, currency), Money(tax, currency), Money(net + tax, currency))
