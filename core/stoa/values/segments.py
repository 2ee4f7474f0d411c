"""Segments: who belongs together, by a condition that is asked anew each night or by a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stoa.values.conditions import SEGMENT, Condition
from stoa.values.documents import Reading
from stoa.values.texts import Texts

__all__ = ["Segment", "read_segment"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A rule document of the kind ``segment``, read.

    Attributes:
        condition: who belongs to it; ``None`` for a list, whose members are added by hand.
    """

    name: Texts
    condition: Condition | None

    @property
    def is_list(self) -> bool:
        """Whether its members are added by hand."""
        return self.condition is None


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
