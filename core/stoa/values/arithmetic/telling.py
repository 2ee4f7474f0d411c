"""Arithmetic told: to a member in a language, and as the plain English that is stored."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stoa.values.amounts import Money, decimal_text, minor_exponent
from stoa.values.arithmetic.kinds import FIGURES, Arithmetic, Kind
from stoa.values.arithmetic.tongues import SENTENCES, WORDS
from stoa.values.speech import Speech

__all__ = ["plain", "tell"]

_ONE = 1000
_NAMED = ("tier", "activity", "challenge", "chance", "draw", "reward")
"""Figures that are codes of things with names."""
_COUNTS = {Kind.TIMES: ("of",), Kind.PART: ("of",), Kind.EXCHANGED: ("points", "received")}
"""Points that stand without their noun."""


def tell(says: Sequence[Arithmetic], speech: Speech) -> str:
    """Return how points came about, in a language: ``836 元，每 1 元得 1 积分``."""
    words = WORDS[speech.language]
    return words["separator"].join(_told(each, speech) for each in says)


def plain(says: Sequence[Arithmetic]) -> str:
    """Return the English that is stored with a line: ``836.00 at 1 point per 1.00``.

    It holds neither names nor symbols nor separators of thousands, so that it stays the same
    whatever is renamed later.
    """
    if len(says) == 1 and says[0].kind in _QUICK:
        return _QUICK[says[0].kind](says[0].figures)
    return "; ".join(_told(each, _PLAIN) for each in says)


class _Plain(Speech):
    """English as it is stored: bare digits."""

    __slots__ = ()

    def number(self, whole: int) -> str:
        return str(whole)

    def decimal(self, thousandths: int) -> str:
        return decimal_text(thousandths)

    def points(self, count: int, *, signed: bool = False) -> str:
        return f"{count:+} points" if signed else f"{count} points"

    def points_at(self, thousandths: int) -> str:
        return "1 point" if thousandths == _ONE else f"{decimal_text(thousandths)} points"

    def amount(self, minor: int, currency: str = "") -> str:
        return Money(minor, currency).amount


_PLAIN = _Plain()


def _told(arithmetic: Arithmetic, speech: Speech) -> str:
    figures, words = arithmetic.figures, WORDS[speech.language]
    texts = {name: _figure(arithmetic, name, speech) for name in FIGURES[arithmetic.kind]}
    if arithmetic.kind in (Kind.PER_MONEY, Kind.PER_QUANTITY):
        texts |= _rate(figures, texts, speech)
    elif arithmetic.kind is Kind.EXCHANGED:
        texts["rate"] = f"{figures['numerator']}/{figures['denominator']}"
    elif arithmetic.kind is Kind.BY_HAND:
        texts["signed"] = speech.points(int(figures["points"]), signed=True)
    elif arithmetic.kind is Kind.WORTH and figures["reward"]:
        texts["reward"] = words["reward"].format(reward=texts["reward"])
    text = SENTENCES[speech.language][arithmetic.kind].format_map(texts)
    return text if speech is _PLAIN else speech.neat(text)


def _plain_money(figures: Mapping[str, Any]) -> str:
    currency = figures["currency"]
    amount = Money(figures["minor"], currency).amount
    one = Money(10 ** minor_exponent(currency), currency).amount
    rest = figures["rounded"]
    rounded = WORDS["en"][f"rounded:{rest}"] if rest else ""
    return f"{amount} at {_PLAIN.points_at(figures['rate_milli'])} per {one}{rounded}"


def _plain_percent(figures: Mapping[str, Any]) -> str:
    return f"{figures['points']} points and {figures['percent']} % for {figures['tier']}"


_QUICK: Mapping[Kind, Callable[[Mapping[str, Any]], str]] = {
    Kind.PER_MONEY: _plain_money,
    Kind.PERCENT: _plain_percent,
}
"""What almost every purchase stores, written straight: the same text in a third of the time."""


def _figure(arithmetic: Arithmetic, name: str, speech: Speech) -> str:
    figure = arithmetic.figures[name]
    if isinstance(figure, str):
        return _word(name, figure, speech)
    if name.endswith("minor"):
        return speech.amount(figure, str(arithmetic.figures["currency"]))
    if name.endswith("milli"):
        return speech.decimal(figure)
    if name in ("points", "of") and name not in _COUNTS.get(arithmetic.kind, ()):
        return speech.points(figure)
    return speech.number(figure)


def _word(name: str, figure: str, speech: Speech) -> str:
    if name in _NAMED:
        return speech.name(name, figure) if figure else ""
    if name == "reason" and speech is _PLAIN:
        return figure
    return WORDS[speech.language].get(f"{name}:{figure}", figure)


def _rate(
    figures: Mapping[str, int | str], texts: Mapping[str, str], speech: Speech
) -> dict[str, str]:
    points = speech.points_at(int(figures["rate_milli"]))
    if "minor" in figures:
        currency = str(figures["currency"])
        return {"rate": points, "one": speech.amount(10 ** minor_exponent(currency), currency)}
    whole = ""
    if figures["of_milli"] != figures["quantity_milli"]:
        words = WORDS[speech.language]
        units = words.get(f"units:{figures['unit']}", words.get("units", ""))
        whole = words["whole"].format(units=units, of=texts["of_milli"], unit=texts["unit"])
    return {"rate": points, "quantity": texts["quantity_milli"], "whole": whole}
