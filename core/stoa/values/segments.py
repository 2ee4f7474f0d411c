"""Segments: who belongs together, by a condition that is asked anew each night or by a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from stoa.values.birthdays import is_birthday_month
from stoa.values.conditions import SEGMENT, Ask, Condition, Facts
from stoa.values.diary import Diary, answer
from stoa.values.documents import Reading
from stoa.values.texts import Texts

__all__ = ["Person", "Segment", "facts_of", "read_segment"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A rule document of the kind ``segment``, read.

    Attributes:
        condition: who belongs to it; ``None`` for a list, whose members are added by hand.
    """

    name: Texts
    condition: Condition | None

    @property
    def asks(self) -> frozenset[Ask]:
        """What has to be known of a member."""
        return self.condition.asks if self.condition else frozenset()

    @property
    def is_list(self) -> bool:
        """Whether its members are added by hand."""
        return self.condition is None

    def holds(self, facts: Facts) -> bool:
        """Tell whether a member belongs to it; never to a list, which is filled by hand."""
        return self.condition is not None and self.condition.holds(facts)


def read_segment(document: Mapping[str, Any]) -> Segment:
    """Read ``{"name": {…}, "condition": TREE}`` or ``{"name": {…}, "list": true}``.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(document)
    name = reading.texts("name")
    by_hand = reading.flag("list", default=False)
    condition = None
    if by_hand and reading.has("condition"):
        reading.wrong("condition", "A list has no condition.")
    elif not by_hand:
        condition = reading.condition("condition", SEGMENT)
    reading.done()
    return Segment(name, condition)


@dataclass(frozen=True, slots=True)
class Person:
    """What a segment may ask of a member beside the diary; `tier` is that of the main ladder."""

    tier: str
    born_on: date | None


def facts_of(asks: frozenset[Ask], person: Person, diary: Diary, today: date) -> Facts:
    """Return what is known of a member today; who never bought has no days since a purchase."""
    last = diary.last_day
    known: dict[str, int | str | bool | None] = {
        "tier": person.tier,
        "member_days": (today - diary.enrolled_on).days,
        "days_since_purchase": None if last is None else max((today - last).days, 0),
        "birthday_month": is_birthday_month(person.born_on, today),
    }
    return {ask.key: answer(diary, ask, today) if ask.over else known.get(ask.key) for ask in asks}
