"""One shape for all that can be said in words: a tree as it is written, read, or came out.

Texts need not tell a document from a trace, nor a trace from the JSON in which it was stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stoa.values.conditions.trees import Condition, Trace
from stoa.values.conditions.vocabulary import CAMPAIGN, CHALLENGE, SEGMENT, TIER, Fact, FactKind
from stoa.values.conditions.windows import Window, read_window

__all__ = ["FACTS", "Node", "Sayable", "opposite", "read_node"]

Sayable = Condition | Trace | Mapping[str, Any]
"""A condition, its document, its trace, or a trace in JSON."""

FACTS: Mapping[str, Fact] = {**TIER, **CHALLENGE, **SEGMENT, **CAMPAIGN}
"""Every fact that any vocabulary knows."""

_OPPOSITES = {
    ">=": "<", "<": ">=", ">": "<=", "<=": ">", "=": "!=", "!=": "=", "in": "not in",
    "not in": "in", "has any": "has none", "has none": "has any",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a tree: what a leaf wants and, in a trace, what was found; `holds` there too."""

    kind: str
    parts: tuple["Node", ...] = ()
    name: str = ""
    over: Window | None = None
    of: str = ""
    compared: str = ""
    wanted: Any = None
    found: Any = None
    holds: bool = False

    @property
    def fact(self) -> Fact:
        """The fact that a leaf asks for."""
        return FACTS[self.name]

    @property
    def key(self) -> str:
        """The key of what a leaf asks for, as `Ask.key` writes it."""
        parts = (self.name, self.over.text if self.over else "", self.of)
        return "|".join(parts).rstrip("|")


def read_node(rule: Sayable) -> Node:
    """Return the node of a rule or of a trace."""
    if isinstance(rule, Condition):
        return read_node(rule.document)
    if isinstance(rule, Trace):
        return _of_trace(
            rule.kind, rule.asked, rule.compared, rule.wanted, rule.found,
            tuple(read_node(part) for part in rule.parts), holds=rule.holds,
        )  # fmt: skip
    if "kind" in rule:
        return _of_trace(
            rule["kind"], rule.get("asked", ""), rule.get("compared", ""), rule.get("wanted"),
            rule.get("found"), tuple(read_node(part) for part in rule.get("parts", ())),
            holds=rule["holds"],
        )  # fmt: skip
    if "fact" in rule:
        over = read_window(rule["over"]) if rule.get("over") else None
        wanted = rule["value"]
        return Node("fact", (), rule["fact"], over, rule.get("of") or "", rule["is"], wanted)
    kind = next(iter(rule))
    parts = [rule[kind]] if kind == "not" else rule[kind]
    return Node(kind, tuple(read_node(part) for part in parts))


def opposite(node: Node) -> Node:
    """Return what holds where the node doesn't, without a ``not`` where there are words for it."""
    holds = not node.holds
    if node.kind == "not":
        return node.parts[0]
    if node.kind in ("all", "any"):
        kind = "any" if node.kind == "all" else "all"
        parts = tuple(opposite(part) for part in node.parts)
        return replace(node, kind=kind, parts=parts, holds=holds)
    if node.fact.kind is FactKind.FLAG:
        return replace(node, wanted=not node.wanted, holds=holds)
    if node.compared in _OPPOSITES:
        return replace(node, compared=_OPPOSITES[node.compared], holds=holds)
    return Node("not", (node,), holds=holds)


def _of_trace(  # noqa: PLR0917 - the fields of a trace
    kind: str, asked: str, compared: str, wanted: Any, found: Any, parts: tuple[Node, ...], *,  # noqa: ANN401 - parsed JSON
    holds: bool,
) -> Node:  # fmt: skip
    if kind != "fact":
        return Node(kind, parts, holds=holds)
    name, over, of = (*asked.split("|"), "", "")[:3]
    window = read_window(over) if over else None
    return Node("fact", (), name, window, of, compared, wanted, found, holds)
