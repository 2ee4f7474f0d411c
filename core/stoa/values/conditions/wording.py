"""Conditions in words: what a rule wants, what was found, and what is still missing.

    speech = Speech("en", "CNY", {"tier:gold": "Gold"})
    phrase(document, speech)     spend at least ¥800.00 on one day, or at least ¥2,000.00 within 30…
    found(trace, speech, on=day)                same-day spend ¥812.00 ≥ ¥800.00 on 1 May 2026
    missing(trace, speech, on=day, goal="tier:gold")   spend ¥188.00 more today for Gold

Each takes a condition, its document, its trace, or a trace as it was stored in JSON; the facts
and their words are closed, so that nothing that could be read is without words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType

from stoa.values.conditions.nodes import FACTS, Node, Sayable, opposite, read_node
from stoa.values.conditions.tongues import TONGUES, FactWords, Tongue
from stoa.values.conditions.vocabulary import FactKind, Unit
from stoa.values.conditions.windows import Span
from stoa.values.speech import Speech

__all__ = ["found", "known", "missing", "phrase"]

_NO_DAYS: Mapping[str, date] = MappingProxyType({})
_SIGNS = {">=": "≥", ">": ">", "<=": "≤", "<": "<", "=": "=", "!=": "≠"}
_FAILED = {">=": "<", ">": "≤", "<=": ">", "<": "≥", "=": "≠", "!=": "="}
_NAMED = {
    "tier": "tier", "segments": "segment", "holidays": "holiday", "partner": "partner",
    "partners_collected": "partner", "store": "store", "stores_collected": "store",
    "categories": "category", "skus": "sku",
}  # fmt: skip
"""Of what kind the words of a fact are names."""


def phrase(rule: Sayable, speech: Speech) -> str:
    """Return what a rule wants: ``make at least 3 visits in a calendar month``."""
    return speech.neat(_Teller(speech).wants(read_node(rule)))


def found(rule: Sayable, speech: Speech, *, on: date | None = None) -> str:
    """Return what a trace found: ``3 of 3 visits in May 2026``.

    Of alternatives the one that held is told, or all where none did.

    Args:
        on: the local day on which it was asked, so that windows can be named.
    """
    return speech.neat(_Teller(speech, on).found(read_node(rule)))


def known(key: str, value: object, speech: Speech) -> str:
    """Return a fact that was known, by the key of what was asked: ``spend ¥812.00 within 30 days``.

    A key that no vocabulary knows any more is said as it is.
    """
    name = key.partition("|")[0]
    if name not in FACTS:
        return f"{key}: {value}"
    trace = {"kind": "fact", "asked": key, "compared": "", "found": value, "holds": True}
    return speech.neat(_Teller(speech).known(read_node(trace)))


def missing(
    rule: Sayable,
    speech: Speech,
    *,
    on: date | None = None,
    by: Mapping[str, date] = _NO_DAYS,
    goal: str = "",
) -> str:
    """Return what a trace lacks: ``make 2 more visits by 31 May for Silver``; empty if it holds.

    Args:
        on: the local day on which it was asked.
        by: the last day for what a rolling window counts, by the key of what was asked
            (``spend|30 days``); calendar windows end by themselves.
        goal: what is reached then: a kind and code such as ``tier:gold``, or any text.
    """
    node = read_node(rule)
    if node.holds:
        return ""
    teller = _Teller(speech, on, by)
    return speech.neat(teller.towards(node, goal))


@dataclass(frozen=True, slots=True)
class _Teller:
    speech: Speech
    on: date | None = None
    by: Mapping[str, date] = field(default_factory=dict)

    @property
    def tongue(self) -> Tongue:
        return TONGUES[self.speech.language]

    def wants(self, node: Node) -> str:
        if node.kind == "fact":
            return self._leaf(node)
        if node.kind == "not":
            other = opposite(node.parts[0])
            if other.kind == "not":
                return self.tongue.opposite.format(text=self.wants(other.parts[0]))
            return self.wants(other)
        return self._joined(node.kind, [(part, self.wants(part)) for part in node.parts])

    def found(self, node: Node) -> str:
        if node.kind == "fact":
            return self._found(node)
        if node.kind == "not":
            return self._found_not(node)
        parts = node.parts
        if node.kind == "any" and node.holds:
            parts = next((part,) for part in parts if part.holds)
        told = [self.found(part) for part in parts]
        return ("; " if self.speech.language == "en" else "；").join(told)

    def _found_not(self, node: Node) -> str:
        other = opposite(node.parts[0])
        if other.kind != "not":
            return self.found(other)
        text = self.found(replace(node.parts[0], holds=True))
        return text if node.holds else self.tongue.failed.format(text=text, wants=self.wants(node))

    def lacks(self, node: Node) -> str:
        if node.kind in ("all", "any"):
            still = [_still(part) for part in node.parts if not part.holds]
            return self._joined(node.kind, [(part, self.lacks(part)) for part in still])
        if node.kind == "not" or not self._words(node).more:
            return self.wants(node)
        if node.fact.kind is FactKind.WORDS:
            return self._still_to_collect(node)
        if node.compared not in (">=", ">"):
            return self.wants(node)
        return self._still_to_do(node)

    def towards(self, node: Node, goal: str) -> str:
        text = self.lacks(node)
        if not goal:
            return text
        kind, _, code = goal.rpartition(":")
        template = self.tongue.goals.get(kind) or self.tongue.goals[""]
        if len(_still(node).parts) > 1:
            text += self.tongue.pause
        return template.format(text=text, goal=self.speech.name(kind, code))

    def _joined(self, kind: str, parts: Sequence[tuple[Node, str]]) -> str:
        """Join phrases; what one and the next ask alike is said once, groups are set apart."""
        between, last = self.tongue.either if kind == "any" else self.tongue.both
        said = ""
        for place, (node, text) in enumerate(parts):
            starts = self._words(node).starts if node.kind == "fact" else ""
            before = parts[place - 1][0] if place else None
            if before is not None and starts and (before.name, before.of) == (node.name, node.of):
                text = text.removeprefix(starts)  # noqa: PLW2901 - the same phrase, shorter
            if node.kind != "fact" and len(node.parts) > 1 and len(parts) > 1:
                text = self.tongue.aside.format(text=text)  # noqa: PLW2901 - set apart
            glue = "" if not place else last if place == len(parts) - 1 else between
            said += glue + text
        return said

    def _leaf(self, node: Node) -> str:
        words = self._words(node).wants
        if node.fact.kind is FactKind.FLAG:
            return _chosen(words, "true" if node.wanted else "false")
        if node.fact.kind is FactKind.WHOLE:
            return self._filled(
                _chosen(words, node.compared), node, node.wanted,
                amount=self._amount(node, node.compared), window=self._window(node),
            )  # fmt: skip
        names = self._names(node, node.wanted)
        return _chosen(words, node.compared).format(
            any=self.speech.any_of(names), all=self.speech.all_of(names)
        )

    def known(self, node: Node) -> str:
        text = self._bare(node)
        if node.over and node.over.span is Span.DAY and node.fact.unit is Unit.MONEY:
            text = self.tongue.same_day.format(text=text)
        return self.tongue.known.format(text=text, when=self._when(node))

    def _found(self, node: Node) -> str:
        if node.found is None:
            return self.tongue.unknown.format(text=self._leaf(node))
        words = self._words(node)
        if node.fact.kind is FactKind.WHOLE and isinstance(words.wants, str):
            return self._compared(node, words)
        text = self._bare(node)
        if node.holds:
            return text
        return self.tongue.failed.format(text=text, wants=self._leaf(node))

    def _bare(self, node: Node) -> str:
        words = self._words(node)
        if node.fact.kind is FactKind.WHOLE:
            return self._filled(_chosen(words.found, ""), node, node.found)
        if node.fact.kind is FactKind.FLAG:
            return _chosen(words.found, "true" if node.found else "false")
        names = self._names(node, node.found)
        return _chosen(words.found, "").format(
            all=self.speech.all_of(names) if names else self.tongue.nothing
        )

    def _compared(self, node: Node, words: FactWords) -> str:
        counts = node.compared == ">=" and node.fact.unit is not Unit.MONEY
        number = self._number(node, node.found)
        wanted = self._number(node, node.wanted)
        if counts:
            number = self.tongue.count.format(found=number, wanted=wanted)
        noun = words.one if (node.wanted if counts else node.found) == 1 else words.many
        text = _chosen(words.found, "").format(n=number, noun=noun, of=self._of(node))
        if node.over and node.over.span is Span.DAY and node.fact.unit is Unit.MONEY:
            text = self.tongue.same_day.format(text=text)
        template = self.tongue.counted if counts else self.tongue.compared
        signs = _SIGNS if node.holds else _FAILED
        return template.format(
            text=text, sign=signs[node.compared], wanted=wanted, when=self._when(node),
            amount=self._amount(node, node.compared),
            noun=words.one if node.wanted == 1 else words.many,
        ).rstrip()  # fmt: skip

    def _still_to_do(self, node: Node) -> str:
        more = node.wanted - (node.found or 0) + (node.compared == ">")
        words = self._words(node)
        return words.more.format(
            more=self._number(node, more), noun=words.one if more == 1 else words.many,
            of=self._of(node), until=self._until(node),
        ).rstrip()  # fmt: skip

    def _still_to_collect(self, node: Node) -> str:
        if node.compared != "has all":
            return self.wants(node)
        left = [word for word in node.wanted if word not in (node.found or ())]
        return self._words(node).more.format(all=self.speech.all_of(self._names(node, left)))

    def _filled(self, template: str, node: Node, value: int, **texts: str) -> str:
        words = self._words(node)
        return template.format(
            n=self._number(node, value), next=self._number(node, value + 1),
            noun=words.one if value == 1 else words.many, of=self._of(node), **texts,
        ).rstrip()  # fmt: skip

    def _words(self, node: Node) -> FactWords:
        return self.tongue.facts[node.name] if node.kind == "fact" else _NONE

    def _amount(self, node: Node, compared: str) -> str:
        return self.tongue.operators[compared].format(n=self._number(node, node.wanted))

    def _number(self, node: Node, value: int) -> str:
        if node.fact.unit is Unit.MONEY:
            return self.speech.amount(value)
        return self.speech.number(value)

    def _of(self, node: Node) -> str:
        return self.speech.name(node.fact.of, node.of)

    def _names(self, node: Node, value: str | Sequence[str]) -> list[str]:
        codes = [value] if isinstance(value, str) else list(value)
        closed = self.tongue.choices.get(node.name, {})
        kind = _NAMED.get(node.name, node.name)
        return [closed.get(code) or self.speech.name(kind, code) for code in codes]

    def _window(self, node: Node) -> str:
        if node.over is None:
            return ""
        span, length = node.over.span, node.over.length
        words = self.tongue.windows
        if length == 1:
            words = {**words, **self.tongue.one}
        return words[span].format(n=length)

    def _when(self, node: Node) -> str:
        if node.over is None:
            return ""
        if self.on is None:
            same_day = node.over.span is Span.DAY and node.fact.unit is Unit.MONEY
            return "" if same_day and self.speech.language == "en" else self._window(node)
        return self.tongue.when[node.over.span].format(
            n=node.over.length, day=self.speech.day(self.on), month=self.speech.month(self.on),
            year=self.on.year,
        )  # fmt: skip

    def _until(self, node: Node) -> str:
        if node.over is None or node.over.span is Span.EVER:
            return ""
        last = self.by.get(node.key)
        ends = node.over.span in (Span.CALENDAR_MONTH, Span.CALENDAR_YEAR)
        if last is None and self.on is not None and ends:
            last = node.over.around(self.on, self.on).end - timedelta(days=1)
        if self.on is not None and (node.over.span is Span.DAY or last == self.on):
            return self.tongue.today
        if last is None:
            return self._window(node)
        return self.tongue.by.format(day=self.speech.day(last, near=self.on))


_NONE = FactWords("", "")


def _still(node: Node) -> Node:
    """Return what is left of a group without the parts that hold; one that is left stands alone."""
    if node.kind not in ("all", "any"):
        return node
    parts = tuple(_still(part) for part in node.parts if not part.holds)
    return parts[0] if len(parts) == 1 else replace(node, parts=parts)


def _chosen(words: str | Mapping[str, str], which: str) -> str:
    return words if isinstance(words, str) else words[which]
