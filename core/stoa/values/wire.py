"""Facts as JSON and back, without loss: the one shape in which they are stored and sent."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

__all__ = ["as_json", "from_json"]

T = TypeVar("T")


def as_json(value: Any) -> Any:  # noqa: ANN401 - any fact
    """Return the JSON shape of a fact: records as objects, decimals and ISO 8601 times as text."""
    kind: Any = type(value)
    return value if kind in _PLAIN else _writer(kind)(value)


def from_json(kind: type[T], data: Any) -> T:  # noqa: ANN401 - parsed JSON
    """Read the JSON shape back into a record of this kind.

    Raises:
        TypeError: a field is missing, unknown or of another type.
        ValueError: a text is no member of its enumeration, or no time.
    """
    read: Callable[[Any], T] = _reader(kind)  # type: ignore[arg-type]
    return read(data)


_PLAIN = frozenset((NoneType, str, int, bool))


@cache
def _writer(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type
    if kind in (tuple, list):
        return lambda items: [as_json(item) for item in items]
    if kind is dict:
        return _dict_as_json
    if issubclass(kind, Enum):
        return attrgetter("_value_")  # as `value`, without its descriptor
    if kind is Decimal:
        return str
    if issubclass(kind, datetime | date):
        return kind.isoformat  # type: ignore[no-any-return]
    if is_dataclass(kind):
        return _record_writer(_names(kind))  # type: ignore[arg-type]
    raise TypeError(f"{kind.__name__} is no fact")


def _record_writer(names: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(names) == 1:
        return lambda record: {names[0]: as_json(getattr(record, names[0]))}
    read = attrgetter(*names)

    def write(record: Any) -> dict[str, Any]:  # noqa: ANN401 - any record
        facts = dict(zip(names, read(record)))  # noqa: B905 - one reads what the other names
        for name, item in facts.items():
            if type(item) not in _PLAIN:
                facts[name] = as_json(item)
        return facts

    return write


def _dict_as_json(items: dict[str, Any]) -> dict[str, Any]:
    facts = items.copy()
    for name, item in facts.items():
        if type(item) not in _PLAIN:
            facts[name] = as_json(item)
    return facts


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401, PLR0911 - a table of types
    if is_dataclass(kind):
        return _record_reader(kind)
    if get_origin(kind) is tuple:
        item = _reader(get_args(kind)[0])
        return lambda data: tuple(item(each) for each in data)
    if get_origin(kind) is dict:
        value = _reader(get_args(kind)[1])
        return lambda data: {key: value(each) for key, each in data.items()}
    if get_origin(kind) is UnionType and _PLAIN.issuperset(get_args(kind)):
        return lambda data: _plain(get_args(kind), data)
    if get_origin(kind) is UnionType:
        some = _reader(next(arg for arg in get_args(kind) if arg is not NoneType))
        return lambda data: None if data is None else some(data)
    if kind in (datetime, date):
        return kind.fromisoformat  # type: ignore[no-any-return]
    if kind is Decimal:
        return lambda data: Decimal(_plain((str,), data))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return lambda data: _plain((kind,), data)


def _record_reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(kind)
    readers = {name: _reader(hints[name]) for name in _names(kind)}
    return lambda data: _record(kind, readers, data)


def _record(kind: type[T], readers: dict[str, Callable[[Any], Any]], data: dict[str, Any]) -> T:
    unknown = data.keys() - readers.keys()
    if unknown:
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**{name: readers[name](item) for name, item in data.items()})


def _plain(kinds: tuple[type, ...], data: Any) -> Any:  # noqa: ANN401 - parsed JSON
    if type(data) not in kinds:
        raise TypeError(f"{data!r} is no {' or '.join(kind.__name__ for kind in kinds)}")
    return data
