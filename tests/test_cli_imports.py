"""``stoa import``: what is printed, what is written, what is refused."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sales import MAPPING, a_file, a_sale
from stoa.cli import cli
from stoa.config import Settings

ALLIANCE = """
[points]
name = "Stars"
[[sites]]
code = "mall"
name = "Mall"
zone = "Asia/Shanghai"
[[partners]]
code = "grocery"
name = "Grocery"
stores = [{ code = "main", name = "Main", site = "mall", currency = "CNY" }]
"""
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    """Return what runs a command on a database where the alliance is founded."""
    assert settings.secret_key

    def run(*words: str, ends: int = 0) -> Result:
        result = CliRunner().invoke(cli, ["import", *words])
        assert result.exit_code == ends, result.output
        return result

    (tmp_path / "alliance.toml").write_text(ALLIANCE, "utf-8")
    told = run("alliance", str(tmp_path / "alliance.toml")).output
    assert told == "sites added: 1, partners added: 1, stores added: 1\n"
    return run


@pytest.fixture
def mapping(tmp_path: Path) -> str:
    """Return the path of the tests' mapping."""
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING, "utf-8")
    return str(path)


def test_the_alliance_is_founded_once(run: Run, tmp_path: Path) -> None:
    told = run("alliance", str(tmp_path / "alliance.toml")).output
    assert told == "The alliance is as the document says; nothing was changed.\n"


def test_purchases_are_rehearsed_imported_and_known(run: Run, mapping: str, tmp_path: Path) -> None:
    path = str(
        a_file(
            tmp_path,
            a_sale("1"),
            a_sale("2", ""),
            a_sale("3", price="odd"),
            a_sale("C9", article="x"),
        )
    )
    words = ("purchases", path, "--mapping", mapping)
    assert "This would be imported; nothing was written." in run(*words, "--dry-run").output
    report = tmp_path / "wrong.csv"
    told = run(*words, "--report", str(report)).output
    assert "The file is imported." in told
    assert "1  earned" in told
    assert "1  no member" in told
    assert "4  in all" in told
    with report.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["line", "code", "detail"],
        ["4", "INVALID_PRICE", "'odd' is no price."],
        ["5", "RETURN_UNMATCHED", "No earlier purchase of x is left to return."],
    ]
    again = run(*words).output
    assert "This file is already imported; nothing was changed." in again
    assert "1  earned" in again


def test_mistakes_are_told_with_their_place(run: Run, mapping: str, tmp_path: Path) -> None:
    path = str(a_file(tmp_path, a_sale("1")))
    broken = tmp_path / "broken.toml"
    broken.write_text(MAPPING.replace('currency = "CNY"', ""), "utf-8")
    told = run("purchases", path, "--mapping", str(broken), ends=1).output
    assert f"{broken} can't be used." in told
    assert "money.currency: This is missing." in told
    (tmp_path / "sales.csv").write_text("receipt,article\n", "utf-8")
    told = run("purchases", path, "--mapping", mapping, ends=1).output
    assert "columns.quantity: The file has no column pieces" in told
    broken.write_text("points =\n", "utf-8")
    assert "toml: " in run("alliance", str(broken), ends=1).output
