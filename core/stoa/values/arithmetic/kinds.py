"""The closed set of ways in which points come about, each with the figures that tell it.

A figure is a whole number or a word; money is in minor units beside its currency, quantities and
rates are thousandths, and what has a name (a tier, a challenge) is told by its code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["FIGURES", "Arithmetic", "Kind", "Says", "fits"]

_MOST = 10**18
_MOST_LETTERS = 64


class Kind(StrEnum):
    """What a line of points was reckoned by."""

    PER_MONEY = "per_money"
    PER_QUANTITY = "per_quantity"
    TICKET = "ticket"
    VISIT = "visit"
    PERCENT = "percent"
    TIMES = "times"
    FIXED = "fixed"
    STEP = "step"
    TIERED = "tiered"
    LIMITED = "limited"
    PART = "part"
    ACTIVITY = "activity"
    REFERRAL = "referral"
    CHALLENGE = "challenge"
    CHANCE = "chance"
    DRAWING = "drawing"
    PRIZE = "prize"
    BY_HAND = "by_hand"
    WORTH = "worth"
    TAKEN_BACK = "taken_back"
    RESTORED = "restored"
    REFUNDED = "refunded"
    EXCHANGED = "exchanged"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How a number of points came about: a kind and its figures, the same in every language."""

    kind: Kind
    figures: dict[str, int | str]


Says = tuple[Arithmetic, ...]
"""What one line says: one kind mostly; a limit or a part follows what it holds down."""

_ROUNDED = ("", "down", "up", "half_up", "half_even")
_BY = ("budget", "funding", "day", "week", "month", "campaign", "times")
_SIDES = ("inviter", "friend")
_DEEDS = ("return", "void")
_MOVES = ("given", "received", "merged", "brought over")
FIGURES: Mapping[Kind, Mapping[str, type | tuple[str, ...]]] = MappingProxyType(
    {
        Kind.PER_MONEY: {"minor": int, "currency": str, "rate_milli": int, "rounded": _ROUNDED},
        Kind.PER_QUANTITY: {
            "quantity_milli": int, "unit": str, "rate_milli": int, "rounded": _ROUNDED,
            "of_milli": int,
        },
        Kind.TICKET: {"points": int, "from_minor": int, "currency": str},
        Kind.VISIT: {"points": int},
        Kind.PERCENT: {"points": int, "percent": int, "tier": str},
        Kind.TIMES: {"percent": int, "of": int, "points": int},
        Kind.FIXED: {"points": int},
        Kind.STEP: {
            "points": int, "every_minor": int, "minor": int, "currency": str, "times": int,
        },
        Kind.TIERED: {"points": int, "from_minor": int, "minor": int, "currency": str},
        Kind.LIMITED: {"points": int, "by": _BY},
        Kind.PART: {"points": int, "of": int},
        Kind.ACTIVITY: {"points": int, "activity": str},
        Kind.REFERRAL: {"points": int, "side": _SIDES},
        Kind.CHALLENGE: {"points": int, "challenge": str},
        Kind.CHANCE: {"points": int, "chance": str},
        Kind.DRAWING: {"points": int, "draw": str},
        Kind.PRIZE: {"points": int, "draw": str},
        Kind.BY_HAND: {"points": int, "reason": str},
        Kind.WORTH: {"points": int, "minor": int, "currency": str, "reward": str},
        Kind.TAKEN_BACK: {"points": int, "receipt": str, "deed": _DEEDS},
        Kind.RESTORED: {"points": int, "receipt": str, "deed": _DEEDS},
        Kind.REFUNDED: {"points": int, "receipt": str},
        Kind.EXCHANGED: {
            "points": int, "source": str, "numerator": int, "denominator": int,
            "rounded": _ROUNDED, "received": int, "target": str,
        },
        Kind.MOVED: {"points": int, "how": _MOVES},
    }
)  # fmt: skip
"""The figures of each kind: whole numbers, texts, or one of a few words."""


def fits(arithmetic: Arithmetic) -> bool:
    """Tell whether a kind has its figures, each of its type and in range, and no others."""
    if type(arithmetic) is not Arithmetic or type(arithmetic.kind) is not Kind:
        return False
    wanted, figures = FIGURES[arithmetic.kind], arithmetic.figures
    return (
        type(figures) is dict
        and figures.keys() == wanted.keys()
        and all(_is(figures[name], kind) for name, kind in wanted.items())
    )


def _is(figure: object, kind: type | tuple[str, ...]) -> bool:
    if kind is int:
        return type(figure) is int and -_MOST <= figure <= _MOST
    if type(figure) is not str or len(figure) > _MOST_LETTERS or not figure.isprintable():
        return False
    return kind is str or figure in kind  # type: ignore[operator]
