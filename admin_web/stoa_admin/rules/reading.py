"""What a form holds, as the document of a rule; what can't be right yet stays as it was typed."""

from collections.abc import Callable, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from stoa_admin.rules import trees
from stoa_admin.rules.numbers import read_number
from stoa_admin.rules.parts import LANGUAGES, MONEY, SPAN_OF_PARTS, Part, PartKind, begin, below

__all__ = ["press", "read"]

_MISSING = object()
_MOST_ROWS = 100
_TYPED = (PartKind.TEXT, PartKind.NUMBER, PartKind.CHOICE, PartKind.DAY, PartKind.MODE)


def read(
    parts: Sequence[Part], form: "MultiDict[str, str]", path: str = "", *, money_decimals: int
) -> dict[str, Any]:
    """Return the document that a form holds."""
    document: dict[str, Any] = {}
    for part in parts:
        place = below(path, part.name)
        if part.start is not None and part.kind in _TYPED and place not in form:
            value = part.start  # it was not there to be filled: its kind was chosen just now
        else:
            value = _READERS[part.kind](part, form, place, money_decimals)
        if value is not _MISSING:
            document[part.name] = value
        if part.kind is PartKind.MODE:
            chosen = part.variants.get(str(value), ())
            document |= read(chosen, form, path, money_decimals=money_decimals)
    return document


def press(
    parts: Sequence[Part], document: dict[str, Any], button: str
) -> tuple[dict[str, Any], str]:
    """Do what a button within the form says; return the document, and the field to go on at.

    Args:
        button: ``add:tiers``, ``remove:tiers.2``, ``up:tiers.2``, ``down:tiers.2``; of a condition
            ``leaf:condition~0.1`` and its like (`trees.change`).
    """
    deed, _, place = button.partition(":")
    if "~" in place:
        name, _, node = place.partition("~")
        above, key = _holder(document, name)
        if above is None:
            return document, ""
        above[key], after = trees.change(above.get(key), deed, node)
        return document, f"{name}~{after}~"
    return _press_row(parts, document, deed, place)


def _press_row(
    parts: Sequence[Part], document: dict[str, Any], deed: str, place: str
) -> tuple[dict[str, Any], str]:
    name, _, last = (place, "", "") if deed == "add" else place.rpartition(".")
    part = _rows_at(parts, name)
    above, key = _holder(document, name)
    rows = above.get(key, []) if above is not None else None
    if part is None or above is None or not isinstance(rows, list):
        return document, ""
    rows = above[key] = list(rows)
    if deed == "add":
        rows.append(begin(part.parts))
        return document, f"{name}.{len(rows) - 1}."
    number = int(last) if last.isdecimal() else len(rows)
    if number >= len(rows):
        return document, ""
    if deed == "remove":
        del rows[number]
        return document, f"{name}~add"
    beside = number - 1 if deed == "up" else number + 1
    if 0 <= beside < len(rows):
        rows[number], rows[beside] = rows[beside], rows[number]
        number = beside
    return document, f"{deed}:{name}.{number}"


def _holder(document: Any, place: str) -> tuple[Any, str]:  # noqa: ANN401 - JSON
    """Return the object that holds a place, and its name there; ``None`` where there is none."""
    *steps, key = place.split(".")
    found = document
    for step in steps:
        if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict) and step in found:
            found = found[step]
        else:
            return None, key
    return (found, key) if isinstance(found, dict) else (None, key)


def _rows_at(parts: Sequence[Part], place: str) -> Part | None:
    """Return the rows at a place; within rows come numbers, within variants the parts of all."""
    found: Part | None = None
    pool = list(parts)
    for step in place.split("."):
        if step.isdecimal():
            continue
        found = next((each for each in pool if each.name == step), None)
        if found is None:
            return None
        pool = [*found.parts, *(each for more in found.variants.values() for each in more)]
    return found if found is not None and found.kind is PartKind.ROWS else None


Reader = Callable[[Part, "MultiDict[str, str]", str, int], Any]


def _text(part: Part, form: "MultiDict[str, str]", place: str, _decimals: int) -> Any:  # noqa: ANN401
    text = " ".join(form.get(place, "").split())
    return _MISSING if part.optional and not text else text


def _names(part: Part, form: "MultiDict[str, str]", place: str, _decimals: int) -> Any:  # noqa: ANN401
    texts = {each: " ".join(form.get(f"{place}.{each}", "").split()) for each in LANGUAGES}
    found = {each: text for each, text in texts.items() if text}
    return _MISSING if part.optional and not found else found


def _number(part: Part, form: "MultiDict[str, str]", place: str, decimals: int) -> Any:  # noqa: ANN401
    text = form.get(place, "").strip()
    if part.optional and not text:
        return _MISSING
    return read_number(text, decimals if part.scale == MONEY else part.scale)


def _flag(_part: Part, form: "MultiDict[str, str]", place: str, _decimals: int) -> Any:  # noqa: ANN401
    return form.get(place) == "yes"


def _many(part: Part, form: "MultiDict[str, str]", place: str, _decimals: int) -> Any:  # noqa: ANN401
    found = form.getlist(place)
    return _MISSING if part.optional and not found else found


def _lines(part: Part, form: "MultiDict[str, str]", place: str, _decimals: int) -> Any:  # noqa: ANN401
    lines = [line.strip() for line in form.get(place, "").splitlines()]
    found = [line for line in lines if line]
    return _MISSING if part.optional and not found else found


def _rows(part: Part, form: "MultiDict[str, str]", place: str, decimals: int) -> Any:  # noqa: ANN401
    if part.start is not None and f"{place}~rows" not in form:
        return part.start
    count = min(form.get(f"{place}~rows", 0, type=int), _MOST_ROWS)
    if part.optional and not count:
        return _MISSING
    return [
        read(part.parts, form, f"{place}.{number}", money_decimals=decimals)
        for number in range(count)
    ]


def _variant(part: Part, form: "MultiDict[str, str]", place: str, decimals: int) -> Any:  # noqa: ANN401
    kind = form.get(f"{place}.kind", next(iter(part.variants)))
    parts = part.variants.get(kind, ())
    return {"kind": kind} | read(parts, form, place, money_decimals=decimals)


def _span(part: Part, form: "MultiDict[str, str]", place: str, decimals: int) -> Any:  # noqa: ANN401
    chosen = form.get(place, "")
    if chosen != SPAN_OF_PARTS:
        return chosen
    return read(part.parts, form, place, money_decimals=decimals)


def _group(part: Part, form: "MultiDict[str, str]", place: str, decimals: int) -> Any:  # noqa: ANN401
    if part.optional and f"{place}~on" not in form:
        return _MISSING
    return read(part.parts, form, place, money_decimals=decimals)


def _condition(part: Part, form: "MultiDict[str, str]", place: str, decimals: int) -> Any:  # noqa: ANN401
    found = trees.read_tree(form, place, part.vocabulary or {}, money_decimals=decimals)
    return _MISSING if found is None and part.optional else found


_READERS: dict[PartKind, Reader] = {
    PartKind.TEXT: _text,
    PartKind.NAMES: _names,
    PartKind.NUMBER: _number,
    PartKind.FLAG: _flag,
    PartKind.CHOICE: _text,
    PartKind.MANY: _many,
    PartKind.LINES: _lines,
    PartKind.DAY: _text,
    PartKind.ROWS: _rows,
    PartKind.VARIANT: _variant,
    PartKind.MODE: _text,
    PartKind.SPAN: _span,
    PartKind.GROUP: _group,
    PartKind.CONDITION: _condition,
}
