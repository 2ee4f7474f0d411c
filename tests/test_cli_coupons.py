"""``stoa coupons``: codes issued by the thousand, imported with each wrong line named, counted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coupons import a_document
from stoa.cli import cli
from stoa.cli.desk import open_desk
from stoa.config import Settings, read_settings
from stoa.services import coupons
from stoa.work import Actor

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs a command on a database with two pools, one of imported codes."""
    monkeypatch.setenv("STOA_RULE_DELAY_S", "0")

    def run(*words: str, ends: int = 0) -> Result:
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == ends, result.output
        return result

    run("programme", "set", "--name", "Stars")
    assert settings.rule_delay_s
    with open_desk(read_settings()) as desk, desk.work(Actor("cli")) as work:
        for code, changes in (("twenty", {"supply": 5100}), ("theirs", {"codes": "imported"})):
            coupons.save(work, code, a_document(**changes))
            coupons.activate(work, code)
    return run


def test_codes_are_issued_by_the_thousand_and_to_the_last(run: Run) -> None:
    told = run("coupons", "issue", "twenty", "5001").stdout.split()
    assert (len(told), len(set(told)), len(told[0])) == (5001, 5001, 13)
    assert "99 left to issue" in run("coupons", "count", "twenty").output
    run("coupons", "issue", "twenty", "100", ends=1)


def test_an_import_names_each_wrong_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("code\nAAAABBBBCCCC1\nshort\nAAAABBBBCCCC1\n", encoding="utf-8")
    told = run("coupons", "import", "theirs", str(file))
    assert "line 3: " in told.stderr
    assert told.stdout == "1 codes are new, 2 lines were left out\n"
    told = run("coupons", "import", "theirs", str(file), "--given")
    assert told.stdout == "0 codes are new, 3 lines were left out\n"
    assert "1 to be given out" in run("coupons", "count", "theirs").output
