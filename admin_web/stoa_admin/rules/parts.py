"""Parts of which the form of a rule is made; the name of a part is its place in the document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from stoa.values.conditions import Vocabulary

__all__ = ["LANGUAGES", "MONEY", "Part", "PartKind", "begin", "below"]

LANGUAGES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
"""The languages of names in documents, each in its own words."""

MONEY = -1
"""As a part's `scale`: as many decimals as the programme's money has."""


class PartKind(StrEnum):
    """What a part holds, and so how it is drawn, read and told."""

    TEXT = "text"
    NAMES = "names"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    MANY = "many"
    LINES = "lines"
    DAY = "day"
    ROWS = "rows"
    VARIANT = "variant"
    GROUP = "group"
    EITHER = "either"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form.

    Attributes:
        name: the key in the document; its place is the names from the top, joined by dots.
        label: said beside the field, marked for the catalogs; so are `help`, `unit`, `add`, `row`.
        choices: pairs of a value and its label, or the name of a list of the alliance such as
            ``partners``.
        scale: how many decimals a number is written with; documents hold whole numbers.
        optional: whether it may be missing from the document.
        parts: of rows and groups; of a variant, those that all of its kinds share.
        variants: by the value of `name`'s ``kind``, the parts that come with it.
        vocabulary: of a condition.
        start: what a new one holds.
        add: what the button says that adds a row; `row` what each row is called.
        ordered: whether the order of rows matters, so that they can be moved.
    """

    kind: PartKind
    name: str
    label: str
    help: str = ""
    unit: str = ""
    choices: Sequence[tuple[str, str]] | str = ()
    scale: int = 0
    optional: bool = False
    parts: tuple["Part", ...] = ()
    variants: Mapping[str, tuple["Part", ...]] = field(default_factory=dict)
    vocabulary: Vocabulary | None = None
    start: Any = None
    add: str = ""
    row: str = ""
    ordered: bool = False

    def but(self, **changes: Any) -> "Part":  # noqa: ANN401 - any attribute
        """Return the part with some attributes changed."""
        return replace(self, **changes)


def begin(parts: Sequence[Part]) -> dict[str, Any]:
    """Return the document that a new form starts with."""
    document: dict[str, Any] = {}
    for part in parts:
        if part.start is not None:
            document[part.name] = part.start
        elif part.kind is PartKind.GROUP and not part.optional:
            document[part.name] = begin(part.parts)
    return document


def below(path: str, name: object) -> str:
    """Return the place of a part within a place."""
    return f"{path}.{name}" if path else str(name)
