"""A condition as the editor draws it: each node with its fields, choices and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stoa.values.conditions import Fact, FactKind, Vocabulary
from stoa_admin.language import gettext
from stoa_admin.rules import facts, trees
from stoa_admin.rules.choices import Choices
from stoa_admin.rules.mistakes import Mistakes
from stoa_admin.rules.numbers import write_number

__all__ = ["DrawnNode", "draw_condition", "field_id"]

Options = tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A group or a leaf of the editor.

    Attributes:
        name: what the names of its fields begin with; `place` what its buttons say.
        kind: ``leaf``, or a group's ``all``, ``any``, ``none``, ``not all``.
        nots: how many pairs of ``not`` lie around it; `turned` whether one more does.
        control: how a leaf's value is typed: ``number``, ``flag``, ``choices``, ``lines``.
        errors: of a leaf by field; of a group under the empty name.
    """

    name: str
    place: str
    id: str
    kind: str
    nots: int
    turned: bool
    number: int
    first: bool
    last: bool
    kinds: Options = ()
    parts: "tuple[DrawnNode, ...]" = ()
    facts: tuple[tuple[str, Options], ...] = ()
    fact: str = ""
    spans: Options = ()
    length: str = ""
    counted: bool = False
    of_label: str = ""
    of: Options = ()
    operators: Options = ()
    control: str = ""
    value: str = ""
    choices: Options = ()
    unit: str = ""
    errors: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Sheet:
    vocabulary: Vocabulary
    choices: Choices
    mistakes: Mistakes
    name: str
    money: str
    money_decimals: int


def field_id(name: str) -> str:
    """Return the id of the field of a name."""
    return "f-" + name.replace(".", "-").replace("~", "_")


def draw_condition(
    document: object, vocabulary: Vocabulary, choices: Choices, mistakes: Mistakes, *,
    name: str, money: str, money_decimals: int,
) -> DrawnNode | None:  # fmt: skip
    """Return a condition as the editor draws it; ``None`` where there is none yet."""
    sheet = _Sheet(vocabulary, choices, mistakes, name, money, money_decimals)
    root = trees.of_document(document)
    return _node(root, sheet, "", name, (1, 1)) if root else None


def _node(
    node: trees.Node, sheet: _Sheet, place: str, path: str, among: tuple[int, int]
) -> DrawnNode:
    """Draw a node; `path` is its place in the document, `among` its number of how many."""
    paths = [path]
    for _ in range(node.nots):
        paths.append(f"{paths[-1]}.not")
    name = f"{sheet.name}~{place}~"
    turned = node.nots % 2 == 1
    plain: dict[str, Any] = {
        "name": name, "place": f"{sheet.name}~{place}", "id": field_id(name),
        "nots": node.nots // 2, "turned": turned, "number": among[0],
        "first": among[0] == 1, "last": among[0] == among[1],
    }  # fmt: skip
    if isinstance(node, trees.Leaf):
        return DrawnNode(kind="leaf", **plain, **_leaf(node.content, sheet, paths))
    inner = f"{paths[-1]}.{node.kind}"
    parts = tuple(
        _node(part, sheet, f"{place}.{n}" if place else str(n), f"{inner}.{n}",
              (n + 1, len(node.parts)))
        for n, part in enumerate(node.parts)
    )  # fmt: skip
    kind = {"any": "none", "all": "not all"}[node.kind] if turned else node.kind
    kinds = tuple((each, label, each == kind) for each, label in _kinds())
    errors = {"": sheet.mistakes.at(*paths, inner)}
    return DrawnNode(kind=kind, kinds=kinds, parts=parts, errors=errors, **plain)


def _kinds() -> list[tuple[str, str]]:
    return [
        ("all", gettext("All of these hold")),
        ("any", gettext("At least one of these holds")),
        ("none", gettext("None of these holds")),
        ("not all", gettext("Not all of these hold")),
    ]


def _leaf(content: Mapping[str, Any], sheet: _Sheet, paths: list[str]) -> dict[str, Any]:
    fact = sheet.vocabulary.get(str(content.get("fact", "")))
    chosen = fact.name if fact else ""
    path = paths[-1]
    errors = {
        field: sheet.mistakes.at(*([*paths] if field == "fact" else []), f"{path}.{field}")
        for field in ("fact", "over", "of", "is", "value")
    }
    drawn: dict[str, Any] = {
        "fact": chosen, "errors": errors,
        "facts": tuple(
            (group, _options(pairs, chosen)) for group, pairs in facts.facts_of(sheet.vocabulary)
        ),
    }  # fmt: skip
    return drawn | _rest(fact, content, sheet) if fact else drawn


def _rest(fact: Fact, content: Mapping[str, Any], sheet: _Sheet) -> dict[str, Any]:
    span, length = trees.split_window(content.get("over"))
    of = str(content.get("of", ""))
    drawn: dict[str, Any] = {
        "spans": _options(facts.spans_of(fact), span),
        "length": length,
        "counted": bool(fact.spans) and span in ("days", "months"),
        "of_label": facts.of_label(fact.of) if fact.of else "",
        "operators": _options(facts.operators_of(fact), str(content.get("is", ""))),
        "unit": facts.unit_of(fact, sheet.money),
    }
    if fact.of:
        beside = sheet.choices.beside(fact, of)
        drawn["of"] = _options([*([] if of else [("", gettext("Choose…"))]), *beside], of)
    return drawn | _value(fact, content.get("value"), sheet)


def _value(fact: Fact, value: Any, sheet: _Sheet) -> dict[str, Any]:  # noqa: ANN401 - JSON
    if fact.kind is FactKind.WHOLE:
        scale = trees.scale_of(fact, sheet.money_decimals)
        return {"control": "number", "value": write_number(value, scale, whole=False)}
    if fact.kind is FactKind.FLAG:
        told = [("yes", gettext("Yes")), ("no", gettext("No"))]
        return {"control": "flag", "choices": _options(told, "no" if value is False else "yes")}
    words = [str(word) for word in value] if isinstance(value, list) else []
    pairs = sheet.choices.of_fact(fact, words)
    if pairs is None:
        return {"control": "lines", "value": "\n".join(words)}
    return {
        "control": "choices",
        "choices": tuple((each, label, each in words) for each, label in pairs),
    }


def _options(pairs: list[tuple[str, str]], chosen: str) -> Options:
    return tuple((value, label, value == chosen) for value, label in pairs)
