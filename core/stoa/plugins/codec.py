"""Questions and answers of the hooks as JSON, strictly: whoever answers apart is read by this.

    question("earn_lines", {"purchase": ..., "standing": ..., "settings": ...})   facts → JSON
    facts("earn_lines", data)                                                    JSON → facts
    answer("earn_lines", [EarnLine(...)])                                        answer → JSON
    answered("earn_lines", data)                                                 JSON → answer

`stoa.values.wire` trusts what the database kept; here nothing is trusted: every value has exactly
the type of its field, every field is known, and none that must be there is missing. What answers a
claim says which it is: ``{"grant": {...}}`` or ``{"refusal": {...}}``.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from stoa import hookspecs
from stoa.values.facts import Benefit, EarnLine, Fulfilment, Grant, Refusal, Reward
from stoa.values.settings import Kind, Setting
from stoa.values.wire import as_json

__all__ = ["CodecError", "answer", "answered", "facts", "question", "read"]

T = TypeVar("T")
Read = Callable[[Any], Any]


class CodecError(ValueError):
    """A value has no JSON shape of its type, or a JSON text is none of a value."""


def question(hook: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON shape of what a hook is given, its settings among it.

    Raises:
        CodecError: something in it is no fact.
    """
    _arguments(hook)
    try:
        return {name: as_json(value) for name, value in given.items()}
    except TypeError as wrong:
        raise CodecError(str(wrong)) from wrong


def facts(hook: str, data: Any) -> dict[str, Any]:  # noqa: ANN401 - parsed JSON
    """Read what a hook is given; the records are new ones each time.

    Raises:
        CodecError: it is no question of this hook.
    """
    readers = _arguments(hook)
    _object(data, hook)
    if data.keys() != readers.keys():
        raise CodecError(f"{hook} is given {', '.join(readers)}, not {', '.join(data)}"[:300])
    return {name: readers[name](value) for name, value in data.items()}


def answer(hook: str, given: Any) -> Any:  # noqa: ANN401 - whatever a plugin says
    """Return the JSON shape of what a plugin answered.

    Raises:
        CodecError: it is made of other things than records, tuples, texts and whole numbers.
    """
    try:
        if hook == "claim_benefit" and given is not None:
            return {_CLAIMS[type(given)]: as_json(given)}
        return as_json(given)
    except (TypeError, KeyError, RecursionError) as wrong:
        raise CodecError(f"{type(given).__name__} is no answer to {hook}: {wrong}") from wrong


def answered(hook: str, data: Any) -> Any:  # noqa: ANN401 - by the hook
    """Read an answer; a list is a list of its records, whatever it was.

    Raises:
        CodecError: it is no answer to this hook.
    """
    return _ANSWERS[hook](data)


def read(kind: type[T], data: Any) -> T:  # noqa: ANN401 - parsed JSON
    """Read one record or value of a kind.

    Raises:
        CodecError: it is none.
    """
    record: T = _reader(kind)(data)  # type: ignore[arg-type]
    return record


@cache
def _arguments(hook: str) -> dict[str, Read]:
    hints = get_type_hints(getattr(hookspecs, hook))
    return {name: _reader(kind) for name, kind in hints.items() if name != "return"}


@cache
def _reader(kind: Any) -> Read:  # noqa: ANN401, PLR0911 - a table of types
    origin, args = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record_reader(kind)
    if origin is tuple:
        return _many(args[0]) if args[1:] == (...,) else _few(args)
    if origin is UnionType:
        return _one_of(args)
    if origin in (dict, Mapping):
        return _mapping(args[1])
    if kind in (datetime, date):
        return _instant if kind is datetime else _day
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(kind)
    if kind is Any:
        return lambda data: data
    return _exactly(kind)


def _record_reader(kind: Any) -> Read:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(kind)
    known = fields(kind)
    readers = {each.name: _reader(hints[each.name]) for each in known}
    needed = {
        each.name for each in known if each.default is MISSING and each.default_factory is MISSING
    }

    def record(data: Any) -> Any:  # noqa: ANN401 - parsed JSON
        _object(data, kind.__name__)
        if not needed <= data.keys() <= readers.keys():
            odd = sorted((needed - data.keys()) | (data.keys() - readers.keys()))
            raise CodecError(f"{kind.__name__}: {', '.join(odd)} is missing or unknown"[:300])
        return kind(**{name: readers[name](item) for name, item in data.items()})

    return record


def _many(kind: Any) -> Read:  # noqa: ANN401 - a type
    item = _reader(kind)

    def many(data: Any) -> tuple[Any, ...]:  # noqa: ANN401 - parsed JSON
        return tuple([item(each) for each in _array(data)])

    return many


def _few(kinds: tuple[Any, ...]) -> Read:
    readers = [_reader(kind) for kind in kinds]

    def few(data: Any) -> tuple[Any, ...]:  # noqa: ANN401 - parsed JSON
        if len(_array(data)) != len(readers):
            raise CodecError(f"{len(readers)} belong together, not {len(data)}")
        return tuple([reader(each) for reader, each in zip(readers, data, strict=True)])

    return few


def _one_of(kinds: tuple[Any, ...]) -> Read:
    plain = tuple(kind for kind in kinds if kind in (str, int, bool, NoneType))
    others = [_reader(kind) for kind in kinds if kind not in plain]

    def one(data: Any) -> Any:  # noqa: ANN401 - parsed JSON
        if type(data) in plain:
            return data
        if not others:
            raise _wrong(plain, data)
        return others[0](data)

    return one


def _mapping(kind: Any) -> Read:  # noqa: ANN401 - a type
    value = _reader(kind)

    def mapping(data: Any) -> dict[str, Any]:  # noqa: ANN401 - parsed JSON
        return {name: value(item) for name, item in _object(data, "a mapping").items()}

    return mapping


def _member(kind: type[Enum]) -> Read:
    def member(data: Any) -> Enum:  # noqa: ANN401 - parsed JSON
        try:
            return kind(_text(data))
        except ValueError as wrong:
            raise CodecError(str(wrong)) from wrong

    return member


def _exactly(kind: type) -> Read:
    def exactly(data: Any) -> Any:  # noqa: ANN401 - parsed JSON
        if type(data) is not kind:
            raise _wrong((kind,), data)
        return data

    return exactly


def _instant(data: Any) -> datetime:  # noqa: ANN401 - parsed JSON
    try:
        return datetime.fromisoformat(_text(data))
    except ValueError as wrong:
        raise CodecError(str(wrong)) from wrong


def _day(data: Any) -> date:  # noqa: ANN401 - parsed JSON
    try:
        return date.fromisoformat(_text(data))
    except ValueError as wrong:
        raise CodecError(str(wrong)) from wrong


def _text(data: Any) -> str:  # noqa: ANN401 - parsed JSON
    if type(data) is not str:
        raise _wrong((str,), data)
    return data


def _array(data: Any) -> list[Any]:  # noqa: ANN401 - parsed JSON
    if type(data) is not list:
        raise _wrong((list,), data)
    return data


def _object(data: Any, what: str) -> dict[str, Any]:  # noqa: ANN401 - parsed JSON
    if type(data) is not dict:
        raise CodecError(f"{what} is an object, not {_shown(data)}")
    return data


def _wrong(kinds: tuple[type, ...], data: Any) -> CodecError:  # noqa: ANN401 - parsed JSON
    names = " or ".join(kind.__name__ for kind in kinds)
    return CodecError(f"{_shown(data)} is no {names}")


def _shown(data: Any) -> str:  # noqa: ANN401 - parsed JSON
    return f"{type(data).__name__} {str(data)[:60]!r}"


def _list_of(kind: Any) -> Read:  # noqa: ANN401 - a type
    item = _reader(kind)

    def listed(data: Any) -> list[Any] | None:  # noqa: ANN401 - parsed JSON
        return None if data is None else [item(each) for each in _array(data)]

    return listed


def _claim(data: Any) -> Grant | Refusal | None:  # noqa: ANN401 - parsed JSON
    if data is None:
        return None
    if len(_object(data, "a decision")) == 1:
        for kind, name in _CLAIMS.items():
            if name in data:
                decision: Grant | Refusal = _reader(kind)(data[name])
                return decision
    raise CodecError("a claim is answered by a grant or a refusal, or by null")


def _setting(data: Any) -> Setting:  # noqa: ANN401 - parsed JSON
    values = dict(_object(data, "a setting"))
    columns = tuple(_setting(each) for each in _array(values.pop("columns", [])))
    names = {"name", "label", "unit", "help"} & values.keys()
    numbers = {"minimum", "maximum"} & values.keys()
    known = {"default", "choices", "kind"} | names | numbers
    if values.keys() - known or not {"name", "kind", "label", "default"} <= values.keys():
        raise CodecError("a setting has a name, a kind, a label and a default")
    read_as = {name: _reader(str) for name in names} | {name: _reader(int) for name in numbers}
    read_as |= {"kind": _reader(Kind), "choices": _many(str), "default": lambda value: value}
    return Setting(
        **{name: read_as[name](value) for name, value in values.items()}, columns=columns
    )


def _settings(data: Any) -> list[Setting] | None:  # noqa: ANN401 - parsed JSON
    return None if data is None else [_setting(each) for each in _array(data)]


_CLAIMS: dict[type, str] = {Grant: "grant", Refusal: "refusal"}
_ANSWERS: dict[str, Read] = {
    "settings": _settings,
    "refuse_purchase": _one_of((Refusal, NoneType)),
    "earn_lines": _list_of(EarnLine),
    "benefits": _list_of(Benefit),
    "claim_benefit": _claim,
    "rewards": _list_of(Reward),
    "price_reward": _one_of((int, NoneType)),
    "fulfil": _one_of((Fulfilment, NoneType)),
    "cancel_fulfilment": _one_of((Fulfilment, NoneType)),
    "happened": _one_of((NoneType,)),
}
