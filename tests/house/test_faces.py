"""The house keeps its shape: faces, versions, locks, sizes, and a tidy root."""

import ast
import importlib
import re
import tomllib
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = {
    "stoa-loyalty": "core",
    "stoa-admin": "admin_web",
    "stoa-migrations": "migrations",
    "stoa-sdk": "partner_sdk",
    "stoa-standard": "plugins/standard",
    "stoa-parking": "plugins/parking",
    "stoa-fuel": "plugins/fuel",
    "stoa-transit": "plugins/transit",
    "stoa-dining": "plugins/dining",
    "stoa-remote": "plugins/remote",
}
MODULES = sorted(
    path.relative_to(ROOT / folder).with_suffix("").as_posix()
    for folder in DISTRIBUTIONS.values()
    for path in (ROOT / folder).rglob("*.py")
    if not {"versions", "build"} & set(path.parts) and path.name != "env.py"  # Alembic runs these
)
FOLDERS_AT_THE_ROOT = {
    *("core", "plugins", "partner_sdk", "admin_web", "migrations"),
    *("tests", "bench", "docs", "examples"),
}
FILES_AT_THE_ROOT = {
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "Makefile"),
    *("setup.cfg", "pyproject.toml"),
    *("requirements.txt", "requirements.lock", "requirements-dev.lock"),
}
NOT_OURS = {"build", "dist", "node_modules", "var"}  # kept out by .gitignore
MOST_LINES = 500


def dotted(module: str) -> str:
    """Return the name by which a module is imported."""
    return module.removesuffix("/__init__").replace("/", ".")


NAMES = {dotted(module) for module in MODULES}


def source(module: str) -> Path:
    """Return the file of a module that is named by its path below its distribution."""
    return next(
        path
        for folder in DISTRIBUTIONS.values()
        if (path := ROOT / folder / f"{module}.py").exists()
    )


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is_for(module: str) -> None:
    said = ast.get_docstring(ast.parse(source(module).read_text("utf-8"))) or ""
    first = said.partition("\n")[0]
    assert first.endswith(".") or said.partition("\n\n")[0].endswith((".", ":")), first


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_one_idea(module: str) -> None:
    assert len(source(module).read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", MODULES)
def test_all_is_what_is_there(module: str) -> None:
    loaded = importlib.import_module(dotted(module))
    listed = getattr(loaded, "__all__", [])
    assert len(listed) == len(set(listed))
    assert [name for name in listed if not hasattr(loaded, name)] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_takes_from_another_what_that_one_offers(module: str) -> None:
    taken = [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(source(module).read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in NAMES
        for alias in node.names
    ]
    for giver, name in taken:
        loaded = importlib.import_module(giver or "")
        assert name in getattr(loaded, "__all__", [name]) or f"{giver}.{name}" in NAMES, giver


def test_nine_distributions_have_one_version() -> None:
    assert len({version(name) for name in DISTRIBUTIONS}) == 1


def test_nine_distributions_say_the_same_in_their_files() -> None:
    core = ConfigParser()
    core.read(ROOT / "setup.cfg")
    said = {core["metadata"]["version"]}
    for folder in list(DISTRIBUTIONS.values())[1:]:
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))["project"]
        said.add(project["version"])
        assert project["license"] == core["metadata"]["license"]
    assert said == {version("stoa-loyalty")}


def test_requirements_install_all_nine() -> None:
    listed = re.findall(r"^-e (\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted([".[dev]", *list(DISTRIBUTIONS.values())[1:]])


def locked(name: str) -> dict[str, str]:
    """Return the versions of a lock by name."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def needs(section: str, option: str) -> list[Requirement]:
    """Return what the core asks for."""
    core = ConfigParser()
    core.read(ROOT / "setup.cfg")
    return [Requirement(line) for line in core[section][option].split("\n") if line]


def canonical(name: str) -> str:
    """Return the one spelling of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_holds_what_the_distributions_ask_for() -> None:
    wanted = needs("options", "install_requires")
    for folder in list(DISTRIBUTIONS.values())[1:]:
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))["project"]
        wanted += [Requirement(need) for need in project["dependencies"]]
    versions = locked("requirements.lock")
    for need in wanted:
        if canonical(need.name) not in DISTRIBUTIONS:
            assert need.specifier.contains(versions[canonical(need.name)]), need


def test_the_second_lock_adds_what_tests_ask_for() -> None:
    versions = locked("requirements.lock") | locked("requirements-dev.lock")
    for need in needs("options.extras_require", "dev"):
        assert need.specifier.contains(versions[canonical(need.name)]), need


def test_the_locks_hold_versions_alone() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            assert re.fullmatch(r"#.*|-r requirements\.lock|[a-z0-9-]+==[\w.]+", line), line
            assert "://" not in line


def test_the_root_is_tidy() -> None:
    there = {path.name for path in ROOT.iterdir() if path.name[0] != "."}
    assert there - NOT_OURS <= FOLDERS_AT_THE_ROOT | FILES_AT_THE_ROOT
