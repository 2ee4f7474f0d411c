"""The form of a segment: members who belong together, by a condition or by a list."""

from stoa.values.conditions import SEGMENT
from stoa_admin.language import noted
from stoa_admin.rules.parts import Part, PartKind

__all__ = ["PARTS"]

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(
        PartKind.FLAG, "list", noted("A list that is filled by hand"),
        noted("Then it has no condition; a list stays a list."), absent=False,
    ),
    Part(
        PartKind.CONDITION, "condition", noted("Who belongs to it"),
        noted("Asked anew every night."), optional=True, vocabulary=SEGMENT,
    ),
)  # fmt: skip
"""A segment's document, part by part."""
