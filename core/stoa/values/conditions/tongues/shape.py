"""What a language has to have words for, before it can speak about conditions."""

from collections.abc import Mapping
from dataclasses import dataclass

from stoa.values.conditions.windows import Span

__all__ = ["FactWords", "Tongue", "counted"]


@dataclass(frozen=True, slots=True)
class FactWords:
    """The words of one fact.

    Attributes:
        wants: what a rule wants: one template, or one for each operator; flags have ``true`` and
            ``false``. It may hold ``{amount}`` (a number with the words of its operator), ``{n}``
            and ``{next}`` (the bare number and the one after it), ``{noun}``, ``{window}``,
            ``{of}``, ``{any}`` and ``{all}`` (lists of names).
        found: what was found: ``{n}``, ``{noun}``, ``{of}`` where it is a number, ``{all}`` where
            it is words, one for ``true`` and ``false`` where it is a flag.
        more: what is still to be done, with ``{more}`` and ``{until}``; empty where waiting or
            counting up does not lead there.
        one: the noun of one, `many` of several.
        starts: what a list says once only, where the next part asks for the same fact.
    """

    wants: str | Mapping[str, str]
    found: str | Mapping[str, str]
    more: str = ""
    one: str = ""
    many: str = ""
    starts: str = ""


@dataclass(frozen=True, slots=True)
class Tongue:
    """All words of one language; ``{n}`` is a number, ``{text}`` a phrase.

    Attributes:
        operators: how a number is compared.
        windows: spans as a rule wants them; `one` where one day or month is counted.
        when: spans as they were found, ended by or holding ``{day}``, ``{month}``, ``{year}``.
        count: a number that was found and the one that is needed, ``2 of 3``.
        counted: that beside ``{when}``, or the ``{amount}`` wanted.
        known: a fact that is known beside its window.
        same_day: money of one day.
        compared: what was found beside the ``{sign}`` and number, or the ``{amount}``, wanted.
        aside: how a phrase inside another is set apart.
        either: what parts two alternatives, and the last two; `both` the same of what adds up.
        pause: what stands between several things to do and what they lead to.
        goals: what is reached, by the kind of the goal; the empty kind fits all.
        choices: the words of facts whose words are closed.
    """

    facts: Mapping[str, FactWords]
    operators: Mapping[str, str]
    windows: Mapping[Span, str]
    one: Mapping[Span, str]
    when: Mapping[Span, str]
    today: str
    by: str
    count: str
    counted: str
    known: str
    same_day: str
    compared: str
    either: tuple[str, str]
    both: tuple[str, str]
    aside: str
    opposite: str
    failed: str
    unknown: str
    nothing: str
    pause: str
    goals: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]


def counted(measure: str, wants: str, found: str, more: str = "") -> FactWords:
    """Return the words of a number in a language whose nouns know no plural."""
    return FactWords(wants, found, more, measure, measure)
