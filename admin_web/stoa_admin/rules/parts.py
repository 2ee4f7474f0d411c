"""Parts of which the form of a rule is made; the name of a part is its place in the document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from stoa.values.conditions import Vocabulary

__all__ = ["LANGUAGES", "MONEY", "SPAN_OF_PARTS", "Part", "PartKind", "begin", "below", "settled"]

LANGUAGES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
"""The languages of names in documents, each in its own words."""

MONEY = -1
"""As a part's `scale`: as many decimals as the programme's money has."""

SPAN_OF_PARTS = "days"
"""The choice of a span that stands for an object of its parts."""


class PartKind(StrEnum):
    """What a part holds, and so how it is drawn, read and told.

    A variant is an object whose ``kind`` says what else is in it; a mode is a word beside which
    stand the parts that come with it; a span is a word, or an object of the part's own parts.
    """

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
    SPAN = "span"
    MODE = "mode"
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
        parts: of rows, groups and spans.
        variants: of a variant or a mode, by its kind the parts that come with it.
        vocabulary: of a condition.
        start: what a new one holds; `absent` what a document means that says nothing of it.
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
    absent: Any = None
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
        if part.kind is PartKind.MODE:
            document |= begin(part.variants.get(str(part.start), ()))
    return document


def settled(parts: Sequence[Part], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with what it means where it says nothing, so that two can be compared."""
    known = {part.name: part for part in parts}
    for part in parts:
        if part.kind is PartKind.MODE:
            chosen = part.variants.get(str(document.get(part.name, part.absent)), ())
            known |= {each.name: each for each in chosen}
    whole = {name: part.absent for name, part in known.items()} | dict(document)
    said = {name: _settled(known.get(name), value) for name, value in whole.items()}
    return {name: value for name, value in said.items() if value is not None}


def _settled(part: Part | None, value: Any) -> Any:  # noqa: ANN401 - JSON
    if part is None or value is None:
        return value
    if part.kind is PartKind.ROWS and isinstance(value, list):
        return [settled(part.parts, row) if isinstance(row, Mapping) else row for row in value]
    if part.kind is PartKind.GROUP and isinstance(value, Mapping):
        return settled(part.parts, value)
    if part.kind is PartKind.VARIANT and isinstance(value, Mapping):
        return settled(part.variants.get(str(value.get("kind")), ()), value)
    return value


def below(path: str, name: object) -> str:
    """Return the place of a part within a place."""
    return f"{path}.{name}" if path else str(name)
