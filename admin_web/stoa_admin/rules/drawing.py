"""The form of a rule as it is drawn: each part with its value, its choices and what is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stoa_admin.language import gettext
from stoa_admin.rules.choices import Choices
from stoa_admin.rules.condition_drawing import DrawnNode, draw_condition, field_id
from stoa_admin.rules.mistakes import Mistakes
from stoa_admin.rules.numbers import write_number
from stoa_admin.rules.parts import LANGUAGES, MONEY, SPAN_OF_PARTS, Part, PartKind, below

__all__ = ["Drawn", "Sheet", "draw"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part of the form as the template needs it.

    Attributes:
        kind: of the part; `name` and `id` of its field.
        field: the name of the choice of a variant's kind.
        value: the text in the field, or the chosen value.
        choices: value, label and whether it is chosen.
        inner: the parts within it: of a group, a variant or the languages of a name.
        rows: of rows, the parts of each.
        tree: of a condition; ``None`` where there is none yet.
        present: whether an optional group is there.
    """

    kind: str
    name: str
    id: str
    label: str
    help: str = ""
    field: str = ""
    unit: str = ""
    value: str = ""
    error: str = ""
    choices: tuple[tuple[str, str, bool], ...] = ()
    inner: "tuple[Drawn, ...]" = ()
    rows: "tuple[tuple[Drawn, ...], ...]" = ()
    tree: DrawnNode | None = None
    present: bool = True
    optional: bool = False
    ordered: bool = False
    add: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What drawing needs beside the document.

    Attributes:
        money: the code of the programme's money, `money_decimals` how it is written.
    """

    choices: Choices
    mistakes: Mistakes
    money: str
    money_decimals: int


def draw(
    parts: Sequence[Part], document: Mapping[str, Any], sheet: Sheet, path: str = ""
) -> tuple[Drawn, ...]:
    """Return the parts of a form, filled from a document that may be unfinished."""
    return tuple(_draw(part, document, sheet, path) for part in parts)


def _draw(part: Part, document: Mapping[str, Any], sheet: Sheet, path: str) -> Drawn:
    place = below(path, part.name)
    if part.kind is PartKind.MODE:
        return _mode(part, document, sheet, path)
    value = document.get(part.name, part.absent)
    return _DRAWERS[part.kind](part, value, sheet, place)


def _plain(part: Part, sheet: Sheet, place: str, **more: Any) -> Drawn:  # noqa: ANN401 - attributes
    values: dict[str, Any] = {
        "kind": part.kind.value, "name": place, "id": field_id(place), "label": gettext(part.label),
        "help": gettext(part.help) if part.help else "", "unit": _unit(part, sheet),
        "error": sheet.mistakes.at(place), "optional": part.optional, "ordered": part.ordered,
        "add": gettext(part.add) if part.add else "", "row": gettext(part.row) if part.row else "",
    }  # fmt: skip
    return Drawn(**values | more)


def _unit(part: Part, sheet: Sheet) -> str:
    if part.scale == MONEY:
        return sheet.money
    return gettext(part.unit) if part.unit else ""


def _text(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    return _plain(part, sheet, place, value="" if value is None else str(value))


def _names(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    texts = value if isinstance(value, Mapping) else {}
    inner = tuple(
        Drawn(
            "text", f"{place}.{tag}", field_id(f"{place}.{tag}"), label,
            value=str(texts.get(tag, "")), error=sheet.mistakes.at(f"{place}.{tag}"),
            optional=tag != "en",
        )
        for tag, label in LANGUAGES.items()
    )  # fmt: skip
    return _plain(part, sheet, place, inner=inner)


def _number(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    money = part.scale == MONEY
    scale = sheet.money_decimals if money else part.scale
    return _plain(part, sheet, place, value=write_number(value, scale, whole=not money))


def _flag(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    return _plain(part, sheet, place, value="yes" if value is True else "")


def _choice(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    text = "" if value is None else str(value)
    pairs = _pairs(part, sheet, [text])
    if part.optional or not text:
        pairs = [("", gettext("Choose…") if not part.optional else "–"), *pairs]
    return _plain(
        part, sheet, place, value=text,
        choices=tuple((each, label, each == text) for each, label in pairs),
    )  # fmt: skip


def _many(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    chosen = [str(each) for each in value] if isinstance(value, list | tuple) else []
    pairs = _pairs(part, sheet, chosen)
    return _plain(
        part, sheet, place, choices=tuple((each, label, each in chosen) for each, label in pairs)
    )


def _lines(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    lines = [str(each) for each in value] if isinstance(value, list) else []
    return _plain(part, sheet, place, value="\n".join(lines))


def _rows(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    rows = [row if isinstance(row, Mapping) else {} for row in value or []]
    drawn = tuple(
        draw(part.parts, row, sheet, f"{place}.{number}") for number, row in enumerate(rows)
    )
    places = [place, *(f"{place}.{number}" for number in range(len(rows)))]
    return _plain(part, sheet, place, rows=drawn, error=sheet.mistakes.at(*places))


def _variant(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    found = value if isinstance(value, Mapping) else {}
    kind = str(found.get("kind") or next(iter(part.variants)))
    parts = part.variants.get(kind, ())
    return _plain(
        part, sheet, place, field=f"{place}.kind", value=kind,
        inner=draw(parts, found, sheet, place),
        error=sheet.mistakes.at(place, f"{place}.kind"),
        choices=tuple((each, label, each == kind) for each, label in _pairs(part, sheet, [kind])),
    )  # fmt: skip


def _group(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    present = isinstance(value, Mapping) or not part.optional
    inner = draw(part.parts, value if isinstance(value, Mapping) else {}, sheet, place)
    return _plain(part, sheet, place, present=present, inner=inner if present else ())


def _condition(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    tree = draw_condition(
        value, part.vocabulary or {}, sheet.choices, sheet.mistakes, name=place,
        money=sheet.money, money_decimals=sheet.money_decimals,
    )  # fmt: skip
    return _plain(part, sheet, place, tree=tree)


def _mode(part: Part, document: Mapping[str, Any], sheet: Sheet, path: str) -> Drawn:
    place = below(path, part.name)
    kind = str(document.get(part.name) or part.absent or next(iter(part.variants)))
    return _plain(
        part, sheet, place, kind="variant", field=place, value=kind,
        inner=draw(part.variants.get(kind, ()), document, sheet, path),
        choices=tuple((each, label, each == kind) for each, label in _pairs(part, sheet, [kind])),
    )  # fmt: skip


def _span(part: Part, value: Any, sheet: Sheet, place: str) -> Drawn:  # noqa: ANN401 - JSON
    days = isinstance(value, Mapping)
    kind = SPAN_OF_PARTS if days else str(value or "")
    return _plain(
        part, sheet, place, kind="variant", field=place, value=kind,
        inner=draw(part.parts, value, sheet, place) if isinstance(value, Mapping) else (),
        choices=tuple((each, label, each == kind) for each, label in _pairs(part, sheet, [kind])),
    )  # fmt: skip


def _pairs(part: Part, sheet: Sheet, chosen: Sequence[str]) -> list[tuple[str, str]]:
    if isinstance(part.choices, str):
        return sheet.choices.of(part.choices, chosen)
    pairs = [(value, gettext(label)) for value, label in part.choices]
    known = {value for value, _label in pairs}
    return [*pairs, *((each, each) for each in chosen if each and each not in known)]


_DRAWERS: dict[PartKind, Callable[[Part, Any, Sheet, str], Drawn]] = {
    PartKind.TEXT: _text,
    PartKind.NAMES: _names,
    PartKind.NUMBER: _number,
    PartKind.FLAG: _flag,
    PartKind.CHOICE: _choice,
    PartKind.MANY: _many,
    PartKind.LINES: _lines,
    PartKind.DAY: _text,
    PartKind.ROWS: _rows,
    PartKind.VARIANT: _variant,
    PartKind.SPAN: _span,
    PartKind.GROUP: _group,
    PartKind.CONDITION: _condition,
}
