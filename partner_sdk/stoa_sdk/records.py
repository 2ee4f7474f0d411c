"""How an answer becomes a record: by the types of its fields, leniently towards a newer server.

Fields that this version does not know are ignored but kept in `raw`; words that it does not know
stay text; an optional field may be missing, and so may one with a default, of an older server.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any, Self, Union, cast, get_args, get_origin, get_type_hints

from stoa_sdk.errors import AnswerUnreadable

__all__ = ["Record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Something that Stoa answered.

    Attributes:
        raw: the JSON object as it came, with the fields that this version does not know.
    """

    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Return the record that a JSON object describes.

        Raises:
            AnswerUnreadable: a field is missing or of another type.
        """
        found: dict[str, Any] = {}
        kind: type = cls
        for name, hint in _hints(kind).items():
            if name not in data and name in _defaults(kind):
                continue
            try:
                found[name] = _value(hint, data.get(name))
            except (AttributeError, InvalidOperation, TypeError, ValueError) as error:
                reason = f"{cls.__name__}.{name} is not readable: {error}"
                raise AnswerUnreadable(reason, raw=data) from error
        return cls(raw=data, **found)


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind) if each.name != "raw"}


@cache
def _defaults(kind: type) -> frozenset[str]:
    return frozenset(each.name for each in fields(kind) if each.default is not MISSING)


def _value(hint: Any, data: Any) -> Any:  # noqa: ANN401 - any JSON by any type
    if get_origin(hint) in (types.UnionType, Union):
        return _one_of(get_args(hint), data)
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], each) for each in _typed(data, list))
    if get_origin(hint) is Mapping:
        return _mapping(get_args(hint)[1], _typed(data, dict))
    if issubclass(hint, Record):
        return hint.read(_typed(data, dict))
    return _READERS[hint](data)


def _mapping(hint: Any, data: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON by any type
    return data if hint is object else {key: _value(hint, each) for key, each in data.items()}


def _one_of(hints: tuple[Any, ...], data: Any) -> Any:  # noqa: ANN401 - any JSON by any type
    if data is None and types.NoneType in hints:
        return None
    plain = (hint for hint in hints if isinstance(hint, type))
    words = next((hint for hint in plain if issubclass(hint, StrEnum)), None)
    if words is None:
        return _value(next(hint for hint in hints if hint is not types.NoneType), data)
    text = _typed(data, str)
    return words(text) if text in set(words) else text


def _typed(data: object, kind: type) -> Any:  # noqa: ANN401 - the caller names the type
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise TypeError(f"{kind.__name__} expected, not {type(data).__name__}")
    return data


_READERS: dict[type, Callable[[Any], object]] = {
    str: lambda data: _typed(data, str),
    int: lambda data: _typed(data, int),
    bool: lambda data: _typed(data, bool),
    Decimal: lambda data: Decimal(cast("str", _typed(data, str))),
    datetime: lambda data: datetime.fromisoformat(_typed(data, str)),
    date: lambda data: date.fromisoformat(_typed(data, str)),
}
