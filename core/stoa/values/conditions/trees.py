"""Reading a condition, asking whether it holds, and the trace that explains why."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from stoa.values.conditions.vocabulary import Fact, FactKind, Facts, Vocabulary
from stoa.values.conditions.windows import Window, read_window

__all__ = ["Ask", "Condition", "Trace", "WrongRuleError", "read_condition"]

_MOST_DEPTH = 8
_MOST_NODES = 100
_MOST_WORDS = 500
_MOST_LETTERS = 64

_MAY, _MAY_NOT, _BOTH = 1, 2, 3

T = TypeVar("T")
Value = int | str | bool | tuple[str, ...]

_WHOLE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt,
    "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_WORD: Mapping[str, Callable[[Any, Any], bool]] = {
    "in": lambda found, wanted: found in wanted,
    "not in": lambda found, wanted: found not in wanted,
}
_WORDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "has any": lambda found, wanted: not wanted.isdisjoint(found),
    "has all": lambda found, wanted: wanted.issubset(found),
    "has none": lambda found, wanted: wanted.isdisjoint(found),
}
_FLAG: Mapping[str, Callable[[Any, Any], bool]] = {"=": operator.is_}
_OPERATORS = {
    FactKind.WHOLE: _WHOLE, FactKind.WORD: _WORD, FactKind.WORDS: _WORDS, FactKind.FLAG: _FLAG,
}  # fmt: skip


class WrongRuleError(ValueError):
    """A rule that can't be; `errors` maps a place such as ``tiers.2.any.1.value`` to its texts."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__("\n".join(f"{path}: {' '.join(texts)}" for path, texts in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a leaf wants to know: a fact, over a window, of something named."""

    fact: Fact
    over: Window | None = None
    of: str = ""

    @property
    def key(self) -> str:
        """The key under which `Facts` hold the answer: ``spend|30 days``, ``chances||main``."""
        if not self.over and not self.of:
            return self.fact.name
        parts = (self.fact.name, self.over.text if self.over else "", self.of)
        return "|".join(parts).rstrip("|")


@dataclass(frozen=True, slots=True)
class Trace:
    """A node as it came out: ``all``, ``any``, ``not`` with their parts, or ``fact``.

    Attributes:
        asked: the key of what a leaf asked for; empty for a node with parts.
        compared: a leaf's operator, `wanted` its value, `found` what was known.
    """

    kind: str
    holds: bool
    parts: tuple["Trace", ...] = ()
    asked: str = ""
    compared: str = ""
    wanted: Value | None = None
    found: Value | None = None

    def winning(self) -> "Trace":
        """Return the part that made it hold: of ``any`` the first that does, of ``all`` each."""
        if self.kind == "any" and self.holds:
            return next(part for part in self.parts if part.holds).winning()
        if self.kind == "all":
            return Trace("all", self.holds, tuple(part.winning() for part in self.parts))
        return self


@dataclass(frozen=True, slots=True)
class Condition:
    """A tree that was read: what it asks for, and how to answer it.

    Attributes:
        document: the tree as it was written.
        asks: what has to be known before `holds` or `trace` can tell.
        holds: tells whether it holds of the facts; microseconds.
        ways: how it may come out when only some keys are there and the others come later: 1 where
            it may hold, 2 where it may not, 3 where both; a key with ``None`` is there.
    """

    document: Any
    asks: frozenset[Ask]
    holds: Callable[[Facts], bool]
    trace: Callable[[Facts], Trace]
    ways: Callable[[Facts], int]

    def possible(self, facts: Facts) -> bool:
        """Tell whether it may hold once the keys that are not there yet are known."""
        return self.ways(facts) != _MAY_NOT


def read_condition(document: object, vocabulary: Vocabulary, *, path: str = "") -> Condition:
    """Read a tree against a vocabulary.

    Args:
        path: the place of the tree in its document, for what is said of mistakes.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reader = _Reader(vocabulary)
    condition = reader.node(document, path, 1)
    if reader.errors or condition is None:
        raise WrongRuleError(reader.errors)
    return condition


class _WrongHereError(Exception):
    """One mistake at one place."""


class _Reader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.errors: dict[str, list[str]] = {}
        self._vocabulary = vocabulary
        self._nodes = 0

    def node(self, document: object, path: str, depth: int) -> Condition | None:
        """Read a node; ``None`` where it or a part of it is wrong, which `errors` tells."""
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            return self._kept(_fail, "", f"A condition has at most {_MOST_NODES} parts.")
        if depth > _MOST_DEPTH:
            return self._kept(_fail, path, f"Conditions lie at most {_MOST_DEPTH} deep.")
        kind = self._kept(_kind_of, path, document)
        if kind is None or not isinstance(document, dict):
            return None
        if kind == "fact":
            return self._leaf(document, path)
        below = _below(path, kind)
        if kind == "not":
            part = self.node(document["not"], below, depth + 1)
            return part and _not(document, part)
        parts = self._kept(_parts_of, below, document[kind]) or []
        read = [
            self.node(part, _below(below, str(place)), depth + 1)
            for place, part in enumerate(parts)
        ]
        whole = [part for part in read if part is not None]
        return _all_or_any(kind, document, whole) if read and len(whole) == len(read) else None

    def _leaf(self, document: Mapping[Any, Any], path: str) -> Condition | None:
        for name in document.keys() - {"fact", "is", "value", "over", "of"}:
            text = "There is no such name in a condition."
            self.errors.setdefault(_below(path, str(name)), []).append(text)
        fact = self._kept(self._fact_of, _below(path, "fact"), document["fact"])
        if fact is None:
            return None
        over = self._kept(_over_of, _below(path, "over"), fact, document.get("over"))
        of = self._kept(_of_of, _below(path, "of"), fact, document.get("of"))
        compared = self._kept(_operator_of, _below(path, "is"), fact, document.get("is"))
        value = self._kept(_value_of, _below(path, "value"), fact, document.get("value"))
        if over is None or of is None or compared is None or value is None:
            return None
        return _compare(document, Ask(fact, over[0] if over else None, of), compared, value)

    def _fact_of(self, name: object) -> Fact:
        fact = self._vocabulary.get(name) if isinstance(name, str) else None
        if fact is None:
            known = ", ".join(sorted(self._vocabulary))
            raise _WrongHereError(f"There is no such fact here; known are {known}.")
        return fact

    def _kept(self, read: Callable[..., T], path: str, *values: object) -> T | None:
        try:
            return read(*values)
        except _WrongHereError as wrong:
            texts = self.errors.setdefault(path, [])
            if str(wrong) not in texts:
                texts.append(str(wrong))
            return None


def _fail(text: str) -> Condition:
    raise _WrongHereError(text)


def _kind_of(document: object) -> str:
    if not isinstance(document, dict):
        raise _WrongHereError("Write a condition here.")
    if "fact" in document:
        return "fact"
    kinds = [kind for kind in ("all", "any", "not") if kind in document]
    if len(document) != 1 or not kinds:
        raise _WrongHereError("Write one of all, any, not or fact here.")
    return kinds[0]


def _parts_of(parts: object) -> list[object]:
    if not isinstance(parts, list) or not parts:
        raise _WrongHereError("Write a list of at least one condition here.")
    return parts


def _over_of(fact: Fact, over: object) -> tuple[Window, ...]:
    if not fact.spans:
        if over is not None:
            raise _WrongHereError(f"{fact.name} is not counted over a window.")
        return ()
    if not isinstance(over, str):
        raise _WrongHereError(f"Say over which window {fact.name} is counted.")
    try:
        window = read_window(over)
    except ValueError as wrong:
        raise _WrongHereError(str(wrong)) from None
    if window.span not in fact.spans:
        raise _WrongHereError(f"{fact.name} is not counted over this window.")
    return (window,)


def _of_of(fact: Fact, of: object) -> str:
    if not fact.of:
        if of is not None:
            raise _WrongHereError(f"{fact.name} is not of anything.")
        return ""
    if not _is_word(of):
        raise _WrongHereError(f"Say of which {fact.of}.")
    return str(of)


def _operator_of(fact: Fact, compared: object) -> str:
    operators = _OPERATORS[fact.kind]
    if not isinstance(compared, str) or compared not in operators:
        raise _WrongHereError(f"Choose one of {', '.join(operators)}.")
    return compared


def _value_of(fact: Fact, value: object) -> Value:
    if fact.kind is FactKind.FLAG:
        if not isinstance(value, bool):
            raise _WrongHereError("Write true or false.")
        return value
    if fact.kind is FactKind.WHOLE:
        if type(value) is not int or not fact.low <= value <= fact.high:
            raise _WrongHereError(f"Write a whole number from {fact.low} to {fact.high}.")
        return value
    return _words_of(fact, value)


def _words_of(fact: Fact, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_WORDS:
        raise _WrongHereError(f"Write a list of 1 to {_MOST_WORDS} words.")
    if not all(_is_word(word) for word in value):
        raise _WrongHereError(f"Each word is a text of 1 to {_MOST_LETTERS} characters.")
    if fact.choices and not set(fact.choices).issuperset(value):
        raise _WrongHereError(f"Choose among {', '.join(fact.choices)}.")
    return tuple(dict.fromkeys(value))


def _compare(document: object, ask: Ask, compared: str, value: Value) -> Condition:
    key, compare = ask.key, _OPERATORS[ask.fact.kind][compared]
    wanted: Any = frozenset(value) if isinstance(value, tuple) else value

    def holds(facts: Facts) -> bool:
        found = facts.get(key)
        return found is not None and compare(found, wanted)

    def trace(facts: Facts) -> Trace:
        found = facts.get(key)
        return Trace("fact", holds(facts), (), key, compared, value, found)

    def ways(facts: Facts) -> int:
        if key not in facts:
            return _BOTH
        return _MAY if holds(facts) else _MAY_NOT

    return Condition(document, frozenset([ask]), holds, trace, ways)


def _not(document: object, part: Condition) -> Condition:
    def holds(facts: Facts) -> bool:
        return not part.holds(facts)

    def trace(facts: Facts) -> Trace:
        inner = part.trace(facts)
        return Trace("not", not inner.holds, (inner,))

    def ways(facts: Facts) -> int:
        found = part.ways(facts)
        return found if found == _BOTH else _BOTH - found

    return Condition(document, part.asks, holds, trace, ways)


def _all_or_any(kind: str, document: object, parts: Sequence[Condition]) -> Condition:
    tests = tuple(part.holds for part in parts)
    whole = all if kind == "all" else any

    def holds(facts: Facts) -> bool:
        return whole(test(facts) for test in tests)

    def trace(facts: Facts) -> Trace:
        traces = tuple(part.trace(facts) for part in parts)
        return Trace(kind, whole(each.holds for each in traces), traces)

    deciding = _MAY_NOT if kind == "all" else _MAY

    def ways(facts: Facts) -> int:
        seen = 0
        for part in parts:
            found = part.ways(facts)
            if found == deciding:
                return found
            seen |= found
        return seen

    asks = frozenset[Ask]().union(*(part.asks for part in parts))
    return Condition(document, asks, holds, trace, ways)


def _is_word(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= _MOST_LETTERS
        and value.isprintable()
        and "|" not in value
    )


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
