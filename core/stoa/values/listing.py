"""Lists: what somebody wants to see of one, and a page of it.

Pages are found by the key of a row, never by counting from the first one: the last page costs what
the first one does. A mark says where a page begins, and is good for the order it was made in.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

__all__ = ["MOST_ROWS", "Page", "Value", "Wish", "mark_of", "marked"]

MOST_ROWS = 1000
"""Rows of the longest page."""

Value = str | int | datetime | UUID
"""What rows are in order by."""

Row_co = TypeVar("Row_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see of a list.

    Attributes:
        words: what is looked for; empty for everything.
        chosen: a value for each filter that is set.
        sort: the order by its name, with a hyphen before it from the highest down; empty for the
            usual one.
        mark: where the page begins; empty for the first one.
        back: the page ends at the mark instead.
        size: rows of the page, at most `MOST_ROWS`.
    """

    words: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    mark: str = ""
    back: bool = False
    size: int = 25

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is looked for or left out."""
        return bool(self.words or any(self.chosen.values()))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row_co]):
    """A page of a list; `before` and `after` are marks of its neighbours, empty for none."""

    rows: tuple[Row_co, ...]
    before: str = ""
    after: str = ""


def mark_of(sort: str, value: Value, key: Value) -> str:
    """Return the mark of a row in an order."""
    parts = [sort, *(_plain(each) for each in (value, key))]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def marked(mark: str, sort: str, kind: type[Value], key_kind: type[Value]) -> tuple[Value, Value]:
    """Return the value and the key that a mark stands for.

    Args:
        kind: what rows are in order by.
        key_kind: what the keys of rows are.

    Raises:
        ValueError: it is no mark of this order.
    """
    try:
        text = base64.urlsafe_b64decode(mark.encode() + b"=" * (-len(mark) % 4))
        found = json.loads(text)
    except (binascii.Error, UnicodeError, ValueError) as wrong:
        message = "no mark"
        raise ValueError(message) from wrong
    if not (isinstance(found, list) and len(found) == 3 and found[0] == sort):  # noqa: PLR2004
        message = "a mark of another order"
        raise ValueError(message)
    return _read(found[1], kind), _read(found[2], key_kind)


def _plain(value: Value) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(value: object, kind: type[Value]) -> Value:
    if kind is int and isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, str) and "\0" not in value:
        if kind is datetime:
            at = datetime.fromisoformat(value)
            if at.tzinfo is not None:
                return at
        elif kind is UUID:
            return UUID(value)
        elif kind is str:
            return value
    message = "no mark of this order"
    raise ValueError(message)
