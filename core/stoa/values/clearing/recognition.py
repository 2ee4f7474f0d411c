"""Recognition: when the money billed for points becomes revenue (IFRS 15 B39-B43, B46; ASC 606).

Points are a material right: what was billed for them is a liability until they are redeemed.
Of the points that live, a part will never be; so revenue follows the redemption in proportion to
all that is expected of it, and breakage is spread over it.

228.00 billed for 19,000 points, 80 % of them expected: each of the 12,000 redeemed brings 0.015,
together 180.00, and 48.00 stay a liability. Expected to be 85 %, they bring 169.41 in all: 10.59
are taken back at once (economics §3.4).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

__all__ = ["Recognised", "Share", "allocate", "expected_points", "on_expiry", "recognise"]

_NOTHING = Decimal(0)
_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Share:
    """A price over what is sold: exact money of the goods and of the points."""

    goods: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Recognised:
    """What of billed money is revenue so far, and what is still a liability; exact money."""

    revenue: Decimal
    liability: Decimal

    def since(self, before: Decimal) -> Decimal:
        """Return what a period adds to the revenue `before` it; a catch-up may be below zero."""
        return self.revenue - before


def allocate(total: Decimal, *, goods: Decimal, points: Decimal) -> Share:
    """Share what a customer paid over goods and points by their stand-alone prices (IFRS 15.74).

    Args:
        total: what was paid.
        goods: the stand-alone selling price of the goods.
        points: that of the points, by what of them is expected to be redeemed.

    Raises:
        ValueError: a price is below zero, or both are zero.
    """
    if goods < 0 or points < 0 or goods + points == 0:
        message = "stand-alone prices are at least zero, and one is above it"
        raise ValueError(message)
    of_points = total * points / (goods + points)
    return Share(total - of_points, of_points)


def expected_points(net_points: int, urr_percent: Decimal) -> Decimal:
    """Return how many of the points issued and not taken back are expected to be redeemed.

    Args:
        urr_percent: the ultimate redemption rate, above 0 and at most 100.

    Raises:
        ValueError: no share of points can be that.
    """
    if not 0 < urr_percent <= 100:  # noqa: PLR2004 - per cent
        message = f"a share of points is above 0 and at most 100 per cent, not {urr_percent}"
        raise ValueError(message)
    return net_points * urr_percent / 100


def recognise(billed: Decimal, *, expected: Decimal, redeemed: int) -> Recognised:
    """Return what of `billed` money `redeemed` of the `expected` points have earned by now.

    More redeemed than expected earns all of it, never more.
    """
    if expected <= 0:
        return Recognised(_NOTHING, billed)
    revenue = min(_part(billed, redeemed, expected), billed) if billed > 0 else _NOTHING
    return Recognised(revenue, billed - revenue)


def on_expiry(billed: Decimal, *, net_points: int, redeemed: int, expired: int) -> Recognised:
    """Return revenue where breakage can't be foreseen: at the billed price, as points go (B46).

    Args:
        net_points: issued and not taken back, at least 0.
    """
    if net_points <= 0:
        return Recognised(_NOTHING, billed)
    revenue = _part(billed, min(redeemed + expired, net_points), Decimal(net_points))
    return Recognised(revenue, billed - revenue)


def _part(billed: Decimal, points: int, of: Decimal) -> Decimal:
    """Return the part of money that points earn, to a millionth, as prices per point have it."""
    return (billed * points / of).quantize(_STEP, ROUND_HALF_UP)
