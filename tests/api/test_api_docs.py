"""The guide to the API tells of every door and every scope, and its examples are JSON."""

import json
import re
from pathlib import Path

from apiflask import APIFlask

from stoa.services.credentials import SCOPES
from tills import spec

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


def test_every_door_has_its_heading(app: APIFlask) -> None:
    doors = {
        f"{method.upper()} {path}" for path, ways in spec(app)["paths"].items() for method in ways
    }
    assert set(re.findall(r"^### `(.+)`$", GUIDE, re.MULTILINE)) == doors


def test_every_scope_is_told(app: APIFlask) -> None:
    rows = dict(re.findall(r"^\| `(\w+:\w+)` \| (.+) \|$", GUIDE, re.MULTILINE))
    assert list(rows) == list(SCOPES)
    for path, ways in spec(app)["paths"].items():
        for method, door in ways.items():
            section = GUIDE.split(f"### `{method.upper()} {path}`\n")[1].split("\n#")[0]
            for scope in door["security"][0]["oauth2"]:
                assert f"scope `{scope}`" in section.replace("Scope", "scope"), path


def test_every_example_is_json() -> None:
    for example in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL):
        json.loads(example)
    for body in re.findall(r"--json '(.*?)'", GUIDE, re.DOTALL):
        json.loads(body)
