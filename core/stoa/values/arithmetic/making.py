"""One function a kind: what is reckoned is told by the same line that reckons it."""

from stoa.values.amounts import Rounding
from stoa.values.arithmetic.kinds import Arithmetic, Kind

__all__ = [
    "activity", "by_hand", "challenge", "drawing", "fixed", "limited", "part", "per_money",
    "per_quantity", "percent", "prize", "referral", "step", "ticket", "tiered", "times", "visit",
]  # fmt: skip


def per_money(
    minor: int, currency: str, *, rate_milli: int, rounded: Rounding | None = None
) -> Arithmetic:
    """Say so many points for each whole unit of money; `rounded` where a fraction was."""
    return Arithmetic(
        Kind.PER_MONEY,
        {"minor": minor, "currency": currency, "rate_milli": rate_milli,
         "rounded": rounded.value if rounded else ""},
    )  # fmt: skip


def per_quantity(
    quantity_milli: int,
    unit: str,
    *,
    rate_milli: int,
    rounded: Rounding | None = None,
    of_milli: int | None = None,
) -> Arithmetic:
    """Say so many points for each litre, hour or piece.

    Args:
        of_milli: the whole quantity, where only its whole units count: 37.8 L of which 37 do.
    """
    return Arithmetic(
        Kind.PER_QUANTITY,
        {"quantity_milli": quantity_milli, "unit": unit, "rate_milli": rate_milli,
         "rounded": rounded.value if rounded else "",
         "of_milli": quantity_milli if of_milli is None else of_milli},
    )  # fmt: skip


def ticket(points: int, *, from_minor: int, currency: str) -> Arithmetic:
    """Say points for a receipt of an amount or more."""
    return Arithmetic(
        Kind.TICKET, {"points": points, "from_minor": from_minor, "currency": currency}
    )


def visit(points: int) -> Arithmetic:
    """Say points for coming."""
    return Arithmetic(Kind.VISIT, {"points": points})


def percent(points: int, percent: int, *, tier: str) -> Arithmetic:
    """Say a tier's uplift: so many percent more on base points."""
    return Arithmetic(Kind.PERCENT, {"points": points, "percent": percent, "tier": tier})


def times(percent: int, *, of: int, points: int) -> Arithmetic:
    """Say a multiplier: 300 % of 200 base points are 400 points more."""
    return Arithmetic(Kind.TIMES, {"percent": percent, "of": of, "points": points})


def fixed(points: int) -> Arithmetic:
    """Say a bonus of a fixed number of points."""
    return Arithmetic(Kind.FIXED, {"points": points})


def step(points: int, *, every_minor: int, minor: int, currency: str, times: int) -> Arithmetic:
    """Say points for each full amount: 50 for each 100.00, 3 times in 345.00."""
    return Arithmetic(
        Kind.STEP,
        {"points": points, "every_minor": every_minor, "minor": minor, "currency": currency,
         "times": times},
    )  # fmt: skip


def tiered(points: int, *, from_minor: int, minor: int, currency: str) -> Arithmetic:
    """Say the points of the highest amount that was reached: 200 from 500.00 on, for 812.00."""
    return Arithmetic(
        Kind.TIERED,
        {"points": points, "from_minor": from_minor, "minor": minor, "currency": currency},
    )


def limited(points: int, *, by: str) -> Arithmetic:
    """Say that only so many points are left, after what was reckoned.

    Args:
        by: ``budget`` of the campaign, ``funding`` of who pays it, or what a member gets in a
            ``day``, ``week``, ``month`` or the whole ``campaign``, or how many ``times``.
    """
    return Arithmetic(Kind.LIMITED, {"points": points, "by": by})


def part(points: int, *, of: int) -> Arithmetic:
    """Say that this line is one payer's part of the points reckoned before."""
    return Arithmetic(Kind.PART, {"points": points, "of": of})


def activity(points: int, *, activity: str) -> Arithmetic:
    """Say points for an activity, by its code."""
    return Arithmetic(Kind.ACTIVITY, {"points": points, "activity": activity})


def referral(points: int, *, side: str) -> Arithmetic:
    """Say points for an invitation, to the ``inviter`` or the ``friend``."""
    return Arithmetic(Kind.REFERRAL, {"points": points, "side": side})


def challenge(points: int, *, challenge: str) -> Arithmetic:
    """Say points for a challenge that was completed, by its code."""
    return Arithmetic(Kind.CHALLENGE, {"points": points, "challenge": challenge})


def drawing(points: int, *, draw: str) -> Arithmetic:
    """Say points for a ticket of a draw, by the draw's code."""
    return Arithmetic(Kind.DRAWING, {"points": points, "draw": draw})


def prize(points: int, *, draw: str) -> Arithmetic:
    """Say points that were won in a draw, by its code."""
    return Arithmetic(Kind.PRIZE, {"points": points, "draw": draw})


def by_hand(points: int, *, reason: str) -> Arithmetic:
    """Say points that a person gave or took, by the code of the reason."""
    return Arithmetic(Kind.BY_HAND, {"points": points, "reason": reason})
