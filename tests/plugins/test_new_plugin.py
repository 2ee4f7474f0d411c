"""A plugin that was just begun installs, passes its own tests and the check; bad sources do not."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from stoa.cli.plugins import plugin
from stoa.testing import check_sources


def run(*arguments: str) -> Result:
    return CliRunner().invoke(plugin, arguments)


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    folder = tmp_path / "stoa-cinema"
    made = run("new", "cinema", "--title", "City Cinemas", "--into", str(folder))
    assert made.exit_code == 0, made.output
    return folder


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    def write(source: str) -> ModuleType:
        (tmp_path / "stoa_meddler.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "stoa_meddler", raising=False)
        return importlib.import_module("stoa_meddler")

    return write


def test_a_new_plugin_passes_its_own_tests_and_the_check(begun: Path) -> None:
    own = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={begun}"],
        cwd=begun, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert own.returncode == 0, own.stdout + own.stderr
    checked = run("check", str(begun), "--purchases", "20")
    assert "keeps the contract" in checked.output, checked.output


def test_what_is_begun_says_its_name_and_title(begun: Path) -> None:
    told = (begun / "stoa_cinema" / "__init__.py").read_text()
    assert told.startswith('"""City Cinemas:')
    assert "$" not in told + (begun / "README.md").read_text().replace("$ ", "")
    assert 'cinema = "stoa_cinema"' in (begun / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", ["Cinema", "city-cinema", "1st", "a", "x" * 40, "../up"])
def test_a_name_that_python_could_not_import_is_refused(name: str, tmp_path: Path) -> None:
    told = run("new", name, "--into", str(tmp_path / "new"))
    assert (told.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "is no name for a plugin" in told.output


def test_nothing_is_written_over(begun: Path) -> None:
    page = begun / "README.md"
    page.write_text("mine")
    told = run("new", "cinema", "--into", str(begun))
    assert (told.exit_code, page.read_text()) == (1, "mine")


def test_a_folder_without_a_plugin_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    told = run("check", str(tmp_path))
    assert told.exit_code == 1
    assert "names no plugin" in told.output


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import socket", "reaches no other machine"),
        ("from urllib.request import urlopen", "reaches no other machine"),
        ("import os", "touches no file"),
        ("from pathlib import Path", "touches no file"),
        ("import random", "draws no lots"),
        ("import time", "reads no clock"),
        ("import sqlalchemy", "keeps no tables"),
        ("import stoa.services.ledger", "of Stoa a plugin sees"),
        ("def f():\n    from stoa.models import ledger", "of Stoa a plugin sees"),
        (
            "from datetime import datetime\ndef f(): return datetime.now()",
            "the time is in the facts",
        ),
        ("def f(): return open('x')", "opens and runs nothing"),
        ("def f(): return eval('1')", "opens and runs nothing"),
    ],
)
def test_sources_that_a_question_must_do_without_are_named(
    written: object, source: str, why: str
) -> None:
    module = written(source)  # type: ignore[operator]  # a fixture that makes modules
    with pytest.raises(AssertionError, match=r"stoa_meddler\.py:") as told:
        check_sources(module)
    assert why in str(told.value)


def test_an_errand_may_reach_a_partner(written: object) -> None:
    check_sources(written("import http.client\ndef fulfil(order, settings): ..."))  # type: ignore[operator]
    with pytest.raises(AssertionError, match=r"import os"):
        check_sources(written("import os\ndef fulfil(order, settings): ..."))  # type: ignore[operator]
