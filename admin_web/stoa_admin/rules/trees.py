"""Condition trees as the form holds them: groups and leaves with numbered places.

A node's place is the numbers of the parts that lead to it, ``0.2``; the root's is empty. Its fields
are named ``<condition>~<place>~<field>``. ``not`` is no node of its own: a group says "none of
these", a leaf is turned round, and more of them are counted, so that whatever a document says
comes back as it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from stoa.values.conditions import Fact, FactKind, Span, Unit, Vocabulary
from stoa_admin.rules.numbers import read_number

__all__ = [
    "OPERATORS", "Group", "Leaf", "Node", "change", "of_document", "read_tree", "scale_of",
    "to_document",
]  # fmt: skip

OPERATORS = {
    FactKind.WHOLE: (">=", ">", "<=", "<", "=", "!="),
    FactKind.WORD: ("in", "not in"),
    FactKind.WORDS: ("has any", "has all", "has none"),
    FactKind.FLAG: ("=",),
}
"""By which operators facts of a kind are compared."""

_COUNTED = re.compile(r"(.*) (days|months)")
_LONGEST_PLACE = 40


@dataclass(slots=True)
class Leaf:
    """A fact compared; `content` is its document without ``not``, finished or not yet."""

    content: dict[str, Any]
    nots: int = 0


@dataclass(slots=True)
class Group:
    """Parts of which ``all`` or ``any`` have to hold; an odd number of `nots` turns it round."""

    kind: str
    parts: "list[Node]" = field(default_factory=list)
    nots: int = 0


Node = Leaf | Group


def of_document(document: object) -> Node | None:
    """Return the tree of a document; ``None`` for none, and for what is no condition at all."""
    nots = 0
    while isinstance(document, dict) and set(document) == {"not"}:
        nots, document = nots + 1, document["not"]
    if not isinstance(document, dict):
        return None
    for kind in ("all", "any"):
        if kind in document:
            parts = document[kind] if isinstance(document[kind], list) else []
            nodes = (of_document(part) for part in parts)
            return Group(kind, [node for node in nodes if node], nots)
    return Leaf(dict(document), nots)


def to_document(node: Node | None) -> Any:  # noqa: ANN401 - JSON
    """Return the document of a tree; ``None`` for none."""
    if node is None:
        return None
    document: dict[str, Any]
    if isinstance(node, Group):
        document = {node.kind: [to_document(part) for part in node.parts]}
    else:
        document = dict(node.content)
    for _ in range(node.nots):
        document = {"not": document}
    return document


def scale_of(fact: Fact, money_decimals: int) -> int:
    """Return how many decimals values of a fact are written with."""
    return money_decimals if fact.unit is Unit.MONEY else 0


def read_tree(
    form: "MultiDict[str, str]", name: str, vocabulary: Vocabulary, *, money_decimals: int
) -> Any:  # noqa: ANN401 - JSON
    """Return the document of the condition that a form holds under a name; ``None`` for none."""

    def node(place: str) -> Node | None:
        at = f"{name}~{place}~"
        kind = form.get(f"{at}kind", "")
        if not kind or len(place) > _LONGEST_PLACE:
            return None
        extra = form.get(f"{at}nots", 0, type=int)
        nots = max(0, min(extra, 8)) * 2 + (kind in _TURNED or f"{at}turned" in form)
        if kind == "leaf":
            return Leaf(_read_leaf(form, at, vocabulary, money_decimals), nots)
        return Group(_TURNED.get(kind, kind if kind == "any" else "all"), list(parts(place)), nots)

    def parts(place: str) -> Iterator[Node]:
        for number in range(100):
            part = node(f"{place}.{number}" if place else str(number))
            if part is None:
                return
            yield part

    return to_document(node(""))


_TURNED = {"none": "any", "not all": "all"}


def _read_leaf(
    form: "MultiDict[str, str]", at: str, vocabulary: Vocabulary, money_decimals: int
) -> dict[str, Any]:
    """Read a leaf; what belongs to another fact than the one chosen now is left behind."""
    fact = vocabulary.get(form.get(f"{at}fact", ""))
    if fact is None:
        return {"fact": form.get(f"{at}fact", "")}
    content: dict[str, Any] = {"fact": fact.name}
    if fact.spans:
        content["over"] = _read_window(form, at, fact)
    if fact.of:
        content["of"] = form.get(f"{at}of", "")
    operators = OPERATORS[fact.kind]
    compared = form.get(f"{at}is", "")
    content["is"] = compared if compared in operators else operators[0]
    if fact.kind is FactKind.WHOLE:
        text = form.get(f"{at}value", "").strip()
        content["value"] = read_number(text, scale_of(fact, money_decimals))
    elif fact.kind is FactKind.FLAG:
        content["value"] = form.get(f"{at}value") != "no"
    else:
        lines = (line.strip() for line in form.get(f"{at}lines", "").splitlines())
        content["value"] = [*form.getlist(f"{at}choice"), *(line for line in lines if line)]
    return content


def _read_window(form: "MultiDict[str, str]", at: str, fact: Fact) -> str:
    span = form.get(f"{at}span") or (Span.DAYS if Span.DAYS in fact.spans else min(fact.spans))
    if span not in (Span.DAYS, Span.MONTHS):
        return span
    default = "12" if span == Span.MONTHS else "30"
    return f"{form.get(f'{at}length', default).strip()} {span}"


def split_window(text: object) -> tuple[str, str]:
    """Return the span and the length of a window as documents write it: ``days`` and ``30``."""
    counted = _COUNTED.fullmatch(str(text or ""))
    return (counted[2], counted[1]) if counted else (str(text or ""), "")


def change(document: object, deed: str, place: str) -> tuple[Any, str]:
    """Do what a button of the editor says; return the document, and the place to go on at.

    Args:
        deed: ``leaf`` or ``group`` add one to the group at the place; ``drop``, ``raise`` and
            ``lower`` remove and move the node there.
    """
    root = of_document(document)
    steps = [int(step) for step in place.split(".") if step.isdecimal()]
    if deed in ("leaf", "group"):
        return _added(root, deed, steps)
    if not steps:
        return (None, "") if deed == "drop" else (document, "")
    above = _at(root, steps[:-1])
    if not isinstance(above, Group) or steps[-1] >= len(above.parts):
        return document, ""
    if deed == "drop":
        del above.parts[steps[-1]]
        left = min(steps[-1], len(above.parts) - 1)
        after = [*steps[:-1], left] if above.parts else steps[:-1]
    else:
        after = _moved(root, above, steps, up=deed == "raise")
    return to_document(root), ".".join(map(str, after))


def _added(root: Node | None, deed: str, steps: list[int]) -> tuple[Any, str]:
    fresh: Node = Leaf({"fact": ""}) if deed == "leaf" else Group("any", [Leaf({"fact": ""})])
    if root is None:
        root = fresh
        return to_document(root), "" if deed == "leaf" else "0"
    if isinstance(root, Leaf):
        root, steps = Group("all", [root]), []
    group = _at(root, steps)
    if not isinstance(group, Group):
        return to_document(root), ""
    group.parts.append(fresh)
    after = [*steps, len(group.parts) - 1, *([0] if deed == "group" else [])]
    return to_document(root), ".".join(map(str, after))


def _at(root: Node | None, steps: list[int]) -> Node | None:
    node = root
    for step in steps:
        if not isinstance(node, Group) or step >= len(node.parts):
            return None
        node = node.parts[step]
    return node


def _moved(root: Node | None, above: Group, steps: list[int], *, up: bool) -> list[int]:
    """Move a node past its neighbour: a leaf goes into a group and out of it again."""
    number = steps[-1]
    beside = number - 1 if up else number + 1
    node = above.parts[number]
    if 0 <= beside < len(above.parts):
        neighbour = above.parts[beside]
        if isinstance(node, Leaf) and isinstance(neighbour, Group):
            del above.parts[number]
            inner = len(neighbour.parts) if up else 0
            neighbour.parts.insert(inner, node)
            return [*steps[:-1], beside if up else number, inner]
        above.parts[number], above.parts[beside] = neighbour, node
        return [*steps[:-1], beside]
    if len(steps) == 1:
        return steps
    outer = _at(root, steps[:-2])
    if not isinstance(outer, Group):
        return steps
    del above.parts[number]
    target = steps[-2] if up else steps[-2] + 1
    outer.parts.insert(target, node)
    return [*steps[:-2], target]
