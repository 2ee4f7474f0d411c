"""Mistakes of rules: all that a reader says is told in the reader's language, at its field."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

import stoa.values
from stoa_admin.rules.mistakes import Mistakes, say

VALUES = Path(stoa.values.__file__).parent
READERS = (
    "ladders", "challenges", "chances", "activities", "referrals", "segments", "payers", "limits",
    "documents", "texts", "campaigns/reading", "conditions/trees", "conditions/windows",
)  # fmt: skip
SAYING = ("wrong", "_WrongHereError", "append", "ValueError")
NEVER_TYPED = ("_LAW", "Only a profile has fields.")
"""What no form can lead to: fields that it does not have."""


def sentences() -> Iterator[str]:
    """Yield the sentences that readers say, each with sevens for what it names."""
    for name in READERS:
        tree = ast.parse((VALUES / f"{name}.py").read_text())
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            called = call.func
            function = called.attr if isinstance(called, ast.Attribute) else ""
            function = called.id if isinstance(called, ast.Name) else function
            if function in SAYING:
                texts = (_text(argument) for argument in call.args)
                yield from (text for text in texts if text[:1].isupper() and text.endswith("."))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else _named(part)
            for part in node.values
        )
    return ""


def _named(part: ast.expr) -> str:
    """Return what stands for something named: a list of windows is known by its first."""
    named = part.value if isinstance(part, ast.FormattedValue) else part
    return '"12 months"' if isinstance(named, ast.Name) and named.id == "choices" else "7"


def test_every_mistake_is_told_in_chinese(app: APIFlask) -> None:
    said = {text for text in sentences() if not any(each in text for each in NEVER_TYPED)}
    assert len(said) > 30
    with app.test_request_context("/admin/rules", headers={"Accept-Language": "zh-CN"}):
        assert sorted(text for text in said if say(text) == text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Write a whole number from 0 to 100.", "请填写 0 至 100 之间的整数。"),
        ("The code gold stands twice.", "代码 gold 重复。"),
        ("Nobody wrote this down.", "Nobody wrote this down."),
    ],
)
def test_a_mistake_keeps_its_figures(app: APIFlask, text: str, told: str) -> None:
    with app.test_request_context("/admin/rules", headers={"Accept-Language": "zh-CN"}):
        assert say(text) == told


def test_a_mistake_without_a_field_is_told_above_the_form(app: APIFlask) -> None:
    mistakes = Mistakes({"name": ["Write true or false."], "odd.place": ["What is this?"]})
    with app.test_request_context("/admin/rules"):
        assert mistakes.at("name", "other") == "Write true or false."
        assert mistakes.at("nowhere") == ""
        assert mistakes.left() == ["odd.place: What is this?"]
        assert mistakes.count == 2
