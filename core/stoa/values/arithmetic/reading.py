"""Reads the plain English of stored lines that came without figures, by its known shapes.

Lines that were posted before figures were kept, and the lines of returns, redemptions, transfers
and other deeds that keep their text alone, can so be told in every language too.
"""

import re
from collections.abc import Callable

from stoa.values.amounts import Money, parse_decimal
from stoa.values.arithmetic.kinds import Arithmetic, Kind, Says, fits

__all__ = ["read_plain"]

_MILLI = 3
_ROUNDED = {"": "", "down": "down", "up": "up", "to the nearest": "half_up"}


def read_plain(text: str, currency: str = "") -> Says | None:
    """Return what a stored text says, ``None`` where it has none of the known shapes.

    Args:
        currency: ISO 4217, of amounts that stand without one.
    """
    for pattern, read in _SHAPES:
        found = pattern.fullmatch(text)
        if found:
            try:
                arithmetic = read(currency, *found.groups(default=""))
            except ValueError:
                return None
            return (arithmetic,) if fits(arithmetic) else None
    return None


def _per_money(currency: str, amount: str, rate: str, rest: str) -> Arithmetic:
    return Arithmetic(
        Kind.PER_MONEY,
        {"minor": Money.parse(amount, currency).minor, "currency": currency,
         "rate_milli": parse_decimal(rate, _MILLI), "rounded": _ROUNDED[rest]},
    )  # fmt: skip


def _per_quantity(_: str, whole: str, quantity: str, unit: str, rate: str, rest: str) -> Arithmetic:
    return Arithmetic(
        Kind.PER_QUANTITY,
        {"quantity_milli": parse_decimal(quantity, _MILLI), "unit": unit,
         "rate_milli": parse_decimal(rate, _MILLI), "rounded": _ROUNDED[rest],
         "of_milli": parse_decimal(whole or quantity, _MILLI)},
    )  # fmt: skip


def _percent(_: str, points: str, percent: str, tier: str) -> Arithmetic:
    return Arithmetic(Kind.PERCENT, {"points": int(points), "percent": int(percent), "tier": tier})


def _ticket(currency: str, points: str, floor: str) -> Arithmetic:
    minor = Money.parse(floor, currency).minor
    return Arithmetic(
        Kind.TICKET, {"points": int(points), "from_minor": minor, "currency": currency}
    )


def _worth(_: str, points: str, worth: str, currency: str, reward: str) -> Arithmetic:
    minor = Money.parse(worth, currency).minor
    return Arithmetic(
        Kind.WORTH,
        {"points": int(points), "minor": minor, "currency": currency, "reward": reward},
    )


def _taken_back(_: str, deed: str, receipt: str, points: str) -> Arithmetic:
    figures: dict[str, int | str] = {"points": int(points), "receipt": receipt, "deed": deed}
    return Arithmetic(Kind.TAKEN_BACK, figures)


def _restored(_: str, deed: str, receipt: str, points: str) -> Arithmetic:
    figures: dict[str, int | str] = {"points": int(points), "receipt": receipt, "deed": deed}
    return Arithmetic(Kind.RESTORED, figures)


def _refunded(_: str, points: str, receipt: str) -> Arithmetic:
    return Arithmetic(Kind.REFUNDED, {"points": int(points), "receipt": receipt})


def _by_hand(_: str, points: str, reason: str) -> Arithmetic:
    return Arithmetic(Kind.BY_HAND, {"points": int(points), "reason": reason})


def _challenge(_: str, points: str, code: str) -> Arithmetic:
    return Arithmetic(Kind.CHALLENGE, {"points": int(points), "challenge": code})


def _chance(_: str, points: str, code: str) -> Arithmetic:
    return Arithmetic(Kind.CHANCE, {"points": int(points), "chance": code})


def _moved(_: str, points: str, how: str) -> Arithmetic:
    return Arithmetic(Kind.MOVED, {"points": int(points), "how": how})


def _exchanged(  # noqa: PLR0917 - as they stand in the text
    _: str, points: str, source: str, above: str, below: str, rest: str, received: str, target: str
) -> Arithmetic:
    return Arithmetic(
        Kind.EXCHANGED,
        {"points": int(points), "source": source, "numerator": int(above),
         "denominator": int(below), "rounded": _ROUNDED[rest], "received": int(received),
         "target": target},
    )  # fmt: skip


_NUMBER = r"(\d+(?:\.\d+)?)"
_WHOLE = r"(\d+)"
_REST = r"(?:, rounded (down|up|to the nearest))?"
_SHAPES: tuple[tuple[re.Pattern[str], Callable[..., Arithmetic]], ...] = (
    (re.compile(rf"{_NUMBER} at {_NUMBER} points? per 1(?:\.0+)?{_REST}", re.ASCII), _per_money),
    (
        re.compile(
            rf"(?:whole litres of {_NUMBER} L: )?"
            rf"{_NUMBER} (\S+) at {_NUMBER} points? per \3{_REST}",
            re.ASCII,
        ),
        _per_quantity,
    ),
    (re.compile(rf"{_WHOLE} points and {_WHOLE} % for (\S+)", re.ASCII), _percent),
    (re.compile(rf"{_WHOLE} points for a ticket of {_NUMBER} or more", re.ASCII), _ticket),
    (
        re.compile(rf"{_WHOLE} points worth {_NUMBER} ([A-Z]{{3}})(?: for (\S+))?", re.ASCII),
        _worth,
    ),
    (re.compile(rf"(return|void) of receipt (.+): {_WHOLE} points back", re.ASCII), _taken_back),
    (re.compile(rf"(return|void) of receipt (.+): {_WHOLE} points that paid", re.ASCII), _restored),
    (re.compile(rf"{_WHOLE} points of receipt (.+) come back", re.ASCII), _refunded),
    (re.compile(r"([+-]\d+) points by hand: (\w+)", re.ASCII), _by_hand),
    (re.compile(rf"{_WHOLE} points for the challenge (\S+)", re.ASCII), _challenge),
    (re.compile(rf"{_WHOLE} points for the chance (\S+)", re.ASCII), _chance),
    (re.compile(rf"{_WHOLE} points (given|received|merged|brought over)", re.ASCII), _moved),
    (
        re.compile(
            rf"{_WHOLE} (\w+) at {_WHOLE}/{_WHOLE}{_REST} = {_WHOLE} (\w+)"
            r"(?: \(rate version \d+\))?",
            re.ASCII,
        ),
        _exchanged,
    ),
)
