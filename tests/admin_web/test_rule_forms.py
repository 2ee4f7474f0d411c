"""Every rule of the demo's programme goes through its form and comes back as it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask import render_template_string

import stoa.demo
from formfields import fields_of
from stoa_admin.rules.choices import Choices
from stoa_admin.rules.drawing import Sheet, draw
from stoa_admin.rules.kinds import KINDS
from stoa_admin.rules.mistakes import Mistakes
from stoa_admin.rules.parts import settled
from stoa_admin.rules.reading import read

PROGRAMME = sorted((Path(stoa.demo.__file__).parent / "programme").glob("**/*.json"))
PAGE = (
    '{% from "admin/rules/parts.html" import part with context %}'
    "{% for each in fields %}{{ part(each) }}{% endfor %}"
)


def in_order(value: Any) -> Any:
    """Return a document with the words of its sets in one order."""
    if isinstance(value, dict):
        return {name: in_order(part) for name, part in value.items()}
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return sorted(value)
    return [in_order(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", PROGRAMME, ids=lambda path: path.stem)
def test_a_rule_of_the_demo_comes_back_from_its_form_as_it_was(app: APIFlask, path: Path) -> None:
    rule = json.loads(path.read_text())
    parts, document = KINDS[rule["kind"]].parts, rule["document"]
    sheet = Sheet(Choices({}), Mistakes(), "CNY", 2)
    with app.test_request_context("/admin/rules"):
        page = render_template_string(PAGE, fields=draw(parts, document, sheet), fresh="")
    back = read(parts, fields_of(page), money_decimals=2)
    assert in_order(settled(parts, back)) == in_order(settled(parts, document))
