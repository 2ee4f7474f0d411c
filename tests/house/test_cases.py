"""Every case of the platform's list of attacks has a test that is named for it, or a reason."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cases.md").read_text("utf-8")
ROW = re.compile(r"^\| ([A-Z]{3}-\d\d) \| (.+?) \| (.+?) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LISTS = {
    "OAU": {*range(1, 45)} - {10, 18, 21, 27, 32, 38},
    "TEN": {1, 2, 3, 5, 6, 7, 8, 10, 11, 12},
    "PLG": {*range(1, 17)} - {6, 13},
    "WHK": {1, 2, 3, 4, 6, 8, 9, 10, 11, 12},
    "SSR": {1, 2, 3, 4, 6, 7, 8, 9, 10},
    "INP": {1, 2, 4, 5, 6, 7, 8, 10, 12, 13, 14},
    "LIB": {*range(1, 18)},
}
"""The cases by their numbers; those that are left out were never given."""


def names_in(path: Path) -> set[str]:
    """Return the names of a file's tests."""
    tree = ast.parse(path.read_text("utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


def test_every_case_has_its_row_once() -> None:
    told = [name for name, _, _ in ROW.findall(PAGE)]
    wanted = {f"{kind}-{number:02}" for kind, numbers in LISTS.items() for number in numbers}
    assert sorted(told) == sorted(wanted)


def test_every_row_names_tests_that_are_there_or_says_why_there_is_none() -> None:
    for case, _, held_by in ROW.findall(PAGE):
        named = TEST.findall(held_by)
        assert named or held_by.startswith("not here: "), case
        for path, name in named:
            assert (ROOT / path).is_file(), (case, path)
            assert name in names_in(ROOT / path), (case, name)
