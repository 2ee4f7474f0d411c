"""The docs keep up: hooks, refusals, variables, commands, dependencies, decisions, links."""

import ast
import inspect
import os
import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import click
import pytest

from stoa import errors, hookspecs
from stoa.cli import cli
from stoa.config import Settings, read_settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ADRS = sorted((ROOT / "core" / "stoa" / "adr").glob("*.md"))
PAGES = {
    page.name.removesuffix(".md"): page.read_text("utf-8")
    for page in files("stoa.api").joinpath("problem_pages").iterdir()
    if page.name.endswith(".md")
}
PROSE = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ADRS])


def headings(name: str) -> set[str]:
    """Return the headings of a page of the docs, without their marks."""
    lines = (DOCS / name).read_text("utf-8").splitlines()
    return {line.lstrip("#").strip().replace("`", "") for line in lines if line.startswith("#")}


@pytest.mark.parametrize("hook", hookspecs.__all__)
def test_a_hook_has_its_heading_with_its_signature(hook: str) -> None:
    names = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    assert f"{hook}({names})" in headings("plugins.md")


def test_no_heading_promises_a_hook_that_is_not_there() -> None:
    promised = {re.match(r"(\w+)\(", heading) for heading in headings("plugins.md")}
    assert {match[1] for match in promised if match} <= set(hookspecs.__all__)


@pytest.mark.parametrize("refusal", errors.refusals(), ids=lambda refusal: refusal.slug)
def test_a_refusal_has_its_page(refusal: type[errors.StoaError]) -> None:
    page = PAGES[refusal.slug]
    assert page.startswith(f"# {refusal.title}\n")
    assert refusal.slug.upper().replace("-", "_") in page
    assert str(refusal.status) in page


def test_no_page_tells_of_a_refusal_that_is_not_there() -> None:
    known = {refusal.slug for refusal in errors.refusals()} | {errors.StoaError.slug}
    assert set(PAGES) <= known


def test_the_tree_of_refusals_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"(\w+Error)\s+([a-z][a-z-]+)$", errors.__doc__ or "", re.MULTILINE)
    assert drawn == [(refusal.__name__, refusal.slug) for refusal in errors.refusals()]


def variables() -> dict[str, str]:
    """Return the variables of the table in operations.md with the defaults it tells."""
    rows = re.findall(
        r"^\| `(STOA_\w+)` \|[^|]+\| ([^|]+) \|",
        (DOCS / "operations.md").read_text("utf-8"),
        re.MULTILINE,
    )
    return dict(rows)


def test_every_variable_stands_in_operations() -> None:
    assert set(variables()) == {f"STOA_{field.name.upper()}" for field in fields(Settings)}


def test_defaults_are_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("STOA_"):
            monkeypatch.delenv(name)
    settings = read_settings()
    for name, told in variables().items():
        value = getattr(settings, name.removeprefix("STOA_").lower())
        if told.startswith("`") and "<" not in told and name != "STOA_DATA_DIR":
            assert told.split("`")[1] == str(value), name


def commands(group: click.Group, words: str) -> Iterator[str]:
    """Give every command below a group, in full."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}"


def test_every_command_has_its_heading() -> None:
    told = {heading.split(" [")[0] for heading in headings("cli.md")}
    assert set(commands(cli, "stoa")) - told == set()


def test_no_heading_promises_a_command_that_is_not_there() -> None:
    there = set(commands(cli, "stoa"))
    groups = {line.rsplit(" ", 1)[0] for line in there}
    told = {heading for heading in headings("cli.md") if heading.startswith("stoa ")}
    assert told <= there | groups


def test_every_dependency_has_its_reason() -> None:
    core = ConfigParser()
    core.read(ROOT / "setup.cfg")
    asked = core["options"]["install_requires"].split("\n")
    for path in [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]:
        asked += tomllib.loads(path.read_text("utf-8"))["project"]["dependencies"]
    names = {found[0] for need in asked if (found := re.match(r"[\w-]+", need))}
    page = (DOCS / "dependencies.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\w-]+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    assert set(rows) - {"library", "---"} == {name for name in names if name[:5] != "stoa-"}


@pytest.mark.parametrize("adr", ADRS, ids=lambda adr: adr.stem)
def test_a_decision_says_what_violates_it(adr: Path) -> None:
    text = adr.read_text("utf-8").strip()
    title = text.partition("\n")[0].removeprefix("# ")
    plain = re.sub(r"[^a-z0-9 ]", "", title.lower()).replace(" ", "-")
    assert plain == adr.stem.partition("-")[2]
    assert text.splitlines()[-1].startswith("A change violates this when it ")


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(adr.stem[:4]) for adr in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    near = {link.partition("#")[0] for link in links if "://" not in link} - {""}
    assert [link for link in near if not (page.parent / link).exists()] == []


def test_fragments_use_the_categories_of_the_changelog() -> None:
    core = ConfigParser()
    core.read(ROOT / "setup.cfg")
    known = {word.strip() for word in core["scriv"]["categories"].split(",")}
    for fragment in (ROOT / core["scriv"]["fragment_directory"]).glob("*.md"):
        found = re.findall(r"^### (.+)$", fragment.read_text("utf-8"), re.MULTILINE)
        assert found, fragment
        assert set(found) <= known


def test_python_in_the_docs_is_python() -> None:
    for page in PROSE:
        for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            compile(block, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
