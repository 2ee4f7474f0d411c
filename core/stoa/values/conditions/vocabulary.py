"""The closed vocabularies of conditions: which facts a rule may ask for, of which kind and unit.

Every fact here has its words in each file of `tongues`; a test finds one without.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from stoa.values.conditions.windows import Span

__all__ = [
    "BENEFIT",
    "CAMPAIGN",
    "CHALLENGE",
    "CHANNELS",
    "REWARD",
    "SEGMENT",
    "TIER",
    "WEEKDAYS",
    "Fact",
    "FactKind",
    "Facts",
    "Unit",
    "Vocabulary",
]

Facts = Mapping[str, int | str | bool | tuple[str, ...] | None]
"""What is known, by the keys of what was asked: ``"tier"``, ``"spend|30 days"``; ``None`` is
unknown, and nothing holds of what is unknown."""


class FactKind(StrEnum):
    """What a fact is: a whole number, one word, a set of words, or yes and no."""

    WHOLE = "whole"
    WORD = "word"
    WORDS = "words"
    FLAG = "flag"


class Unit(StrEnum):
    """What a whole number counts; money is minor units of the programme's money."""

    MONEY = "money"
    POINTS = "points"
    TIMES = "times"
    DAYS = "days"
    HOURS = "hours"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a condition may ask for.

    Attributes:
        spans: the windows over which it is counted; none for what holds now.
        of: what has to be named beside it, such as ``tier``; empty for nothing.
        choices: the words it may be; empty where they are data of the alliance.
        low: the least and `high` the most that a whole number is compared with.
    """

    name: str
    kind: FactKind
    unit: Unit = Unit.NONE
    spans: frozenset[Span] = frozenset()
    of: str = ""
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 10**15


Vocabulary = Mapping[str, Fact]
"""Facts by their names."""


def _of(*facts: Fact) -> Vocabulary:
    return MappingProxyType({fact.name: fact for fact in facts})


_ANY_SPAN = frozenset(Span)
_WHOLE, _WORD, _WORDS, _FLAG = FactKind.WHOLE, FactKind.WORD, FactKind.WORDS, FactKind.FLAG
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CHANNELS = ("store", "online", "app", "kiosk")

_DONE = (
    Fact("spend", _WHOLE, Unit.MONEY, _ANY_SPAN),
    Fact("visits", _WHOLE, Unit.TIMES, _ANY_SPAN),
    Fact("purchases", _WHOLE, Unit.TIMES, _ANY_SPAN),
    Fact("partners_visited", _WHOLE, Unit.TIMES, _ANY_SPAN),
    Fact("stores_visited", _WHOLE, Unit.TIMES, _ANY_SPAN),
    Fact("qualifying_points", _WHOLE, Unit.POINTS, _ANY_SPAN),
)
"""What a member did, over a window (the diary)."""

_BROUGHT = (
    Fact("purchasing_referrals", _WHOLE, Unit.TIMES, _ANY_SPAN),
    Fact("invitees_in_tier", _WHOLE, Unit.TIMES, of="tier"),
    Fact("challenges_done", _WHOLE, Unit.TIMES, _ANY_SPAN, of="challenge"),
    Fact("chances", _WHOLE, Unit.TIMES, of="ladder"),
)

_WHO = (
    Fact("tier", _WORD),
    Fact("segments", _WORDS),
    Fact("member_days", _WHOLE, Unit.DAYS),
    Fact("days_since_purchase", _WHOLE, Unit.DAYS),
    Fact("birthday_month", _FLAG),
    Fact("birthday", _FLAG),
)

TIER = _of(*_DONE, *_BROUGHT)
"""Qualifiers of tiers (#1-#6, #11-#14)."""

CHALLENGE = _of(
    *_DONE,
    Fact("stores_collected", _WORDS),
    Fact("partners_collected", _WORDS),
    Fact("weeks_in_a_row", _WHOLE, Unit.TIMES),
    Fact("months_in_a_row", _WHOLE, Unit.TIMES),
    Fact("activities", _WHOLE, Unit.TIMES, of="activity"),
)
"""What a challenge wants done within its own time."""

SEGMENT = _of(*_DONE, *_WHO[:1], *_WHO[2:5])
"""Who belongs to a segment."""

REWARD = _of(*_DONE, *_WHO)
"""What a member has to be to have a reward."""

BENEFIT = _of(
    *_DONE,
    *_WHO,
    Fact("weekday", _WORD, choices=WEEKDAYS),
    Fact("hour", _WHOLE, Unit.HOURS, high=23),
    Fact("day_of_month", _WHOLE, low=1, high=31),
    Fact("partner", _WORD),
    Fact("store", _WORD),
    Fact("channel", _WORD, choices=CHANNELS),
)
"""Who enjoys a benefit, when and where."""

CAMPAIGN = _of(
    *_DONE,
    *_WHO,
    Fact("first_purchase", _FLAG),
    Fact("weekday", _WORD, choices=WEEKDAYS),
    Fact("hour", _WHOLE, Unit.HOURS, high=23),
    Fact("day_of_month", _WHOLE, low=1, high=31),
    Fact("holidays", _WORDS),
    Fact("partner", _WORD),
    Fact("store", _WORD),
    Fact("channel", _WORD, choices=CHANNELS),
    Fact("purchase_total", _WHOLE, Unit.MONEY),
    Fact("categories", _WORDS),
    Fact("skus", _WORDS),
)
"""When, who, where and what of a campaign; facts over windows count the purchase itself too."""
