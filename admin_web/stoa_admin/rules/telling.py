"""A rule in words: its parts as lines that people read, and what differs between two versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stoa.values.speech import Speech
from stoa_admin import texts
from stoa_admin.language import gettext
from stoa_admin.rules.choices import Choices, name_of
from stoa_admin.rules.numbers import write_number
from stoa_admin.rules.parts import LANGUAGES, MONEY, Part, PartKind, below, settled
from stoa_admin.rules.sentences import sentence

__all__ = ["Difference", "Told", "Words", "differences", "tell"]

_MOST_ON_A_LINE = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A part of a rule in words.

    Attributes:
        place: in the document.
        labels: what it is called, from the whole to the part.
        text: what it says.
    """

    place: str
    labels: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A part that two versions say differently; ``None`` where one says nothing of it."""

    labels: tuple[str, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Words:
    """What telling needs beside the document: names of things, and the programme's money.

    Attributes:
        speech: in which language, and what things are called in conditions.
        brief: leave out what a reader sees already: names, and what is not used.
    """

    choices: Choices
    money: str
    money_decimals: int
    speech: Speech
    brief: bool = False


def tell(
    parts: Sequence[Part], document: Mapping[str, Any], words: Words, path: str = "",
    labels: tuple[str, ...] = (),
) -> Iterator[Told]:  # fmt: skip
    """Yield what a document says, part by part, in the page's language."""
    for part in parts:
        if document.get(part.name) is not None:
            value, place = document[part.name], below(path, part.name)
            yield from _tell(part, value, words, place, (*labels, gettext(part.label)))
            if part.kind is PartKind.MODE:
                yield from tell(part.variants.get(str(value), ()), document, words, path, labels)


def differences(
    parts: Sequence[Part], before: Mapping[str, Any], after: Mapping[str, Any], words: Words
) -> list[Difference]:
    """Return what two versions say differently, in the order of the form."""
    old = {told.place: told for told in tell(parts, _keyed(settled(parts, before)), words)}
    new = {told.place: told for told in tell(parts, _keyed(settled(parts, after)), words)}
    found = []
    for place in [*new, *(place for place in old if place not in new)]:
        was, now = old.get(place), new.get(place)
        if was is None or now is None or was.text != now.text:
            labels = now.labels if now else was.labels if was else ()
            found.append(Difference(labels, was.text if was else None, now.text if now else None))
    return found


def _tell(
    part: Part, value: object, words: Words, place: str, labels: tuple[str, ...]
) -> Iterator[Told]:
    inner = _INNER.get(part.kind)
    if inner is not None:
        yield from inner(part, value, words, place, labels)
        return
    text = _text(part, value, words)
    if text and not (words.brief and (part.name == "code" or value in (False, 0))):
        yield Told(place, labels, text)


def _rows(
    part: Part, value: object, words: Words, place: str, labels: tuple[str, ...]
) -> Iterator[Told]:
    rows: list[tuple[object, object]] = []
    if isinstance(value, Mapping):
        rows = list(value.items())
    elif isinstance(value, Sequence):
        rows = list(enumerate(value))
    for number, (key, row) in enumerate(rows, 1):
        if isinstance(row, Mapping):
            name = name_of(row, str(row.get("code") or number))
            inner = (*labels[:-1], f"{gettext(part.row)} {name}")
            told = tell(part.parts, row, words, f"{place}.{key}", inner)
            if words.brief and len(part.parts) <= _MOST_ON_A_LINE:
                yield Told(f"{place}.{key}", inner, " · ".join(each.text for each in told))
            else:
                yield from told


def _variant(
    part: Part, value: object, words: Words, place: str, labels: tuple[str, ...]
) -> Iterator[Told]:
    if isinstance(value, Mapping):
        kind = str(value.get("kind", ""))
        yield Told(f"{place}.kind", labels, _label(part, kind, words))
        yield from tell(part.variants.get(kind, ()), value, words, place, labels)


def _span(
    part: Part, value: object, words: Words, place: str, labels: tuple[str, ...]
) -> Iterator[Told]:
    if isinstance(value, Mapping):
        told = tell(part.parts, value, words, place, labels)
        yield Told(place, labels, " – ".join(each.text for each in told))
    else:
        yield Told(place, labels, _label(part, str(value), words))


def _group(
    part: Part, value: object, words: Words, place: str, labels: tuple[str, ...]
) -> Iterator[Told]:
    if isinstance(value, Mapping):
        yield from tell(part.parts, value, words, place, labels)


def _names(
    _part: Part, value: object, words: Words, place: str, labels: tuple[str, ...]
) -> Iterator[Told]:
    if isinstance(value, Mapping) and not words.brief:
        for tag, language in LANGUAGES.items():
            if value.get(tag):
                yield Told(f"{place}.{tag}", (*labels, language), str(value[tag]))


_INNER = {
    PartKind.ROWS: _rows,
    PartKind.VARIANT: _variant,
    PartKind.GROUP: _group,
    PartKind.SPAN: _span,
    PartKind.NAMES: _names,
}


def _text(part: Part, value: Any, words: Words) -> str:  # noqa: ANN401, PLR0911 - JSON, one a kind
    if part.kind is PartKind.CONDITION:
        return sentence(value, part.vocabulary or {}, words.speech)
    if part.kind is PartKind.FLAG:
        return gettext("Yes") if value is True else gettext("No")
    if part.kind is PartKind.NUMBER:
        return _number(part, value)
    if part.kind is PartKind.DAY:
        try:
            return texts.day(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    if part.kind in (PartKind.MANY, PartKind.LINES):
        chosen = value if isinstance(value, list) else []
        return ", ".join(_label(part, str(each), words) for each in chosen)
    if part.kind in (PartKind.CHOICE, PartKind.MODE):
        return _label(part, str(value), words)
    return str(value)


def _number(part: Part, value: Any) -> str:  # noqa: ANN401 - JSON
    if part.scale == MONEY and type(value) is int:
        return texts.minor(str(value))
    if not part.scale and type(value) is int:
        text = texts.points(value)
    else:
        text = write_number(value, max(part.scale, 0))
    return f"{text} {gettext(part.unit)}" if part.unit else text


def _label(part: Part, value: str, words: Words) -> str:
    if isinstance(part.choices, str):
        return dict(words.choices.of(part.choices, [value])).get(value, value)
    return next((gettext(label) for each, label in part.choices if each == value), value)


def _keyed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document whose rows go by their codes, so that a row that moved is still itself."""
    return {name: _by_code(value) for name, value in document.items()}


def _by_code(value: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(value, list) or not value:
        return value
    codes = [row.get("code") for row in value if isinstance(row, Mapping)]
    if len(codes) != len(value) or not all(isinstance(code, str) for code in codes):
        return value
    return dict(zip(codes, value, strict=True)) if len(set(codes)) == len(codes) else value
