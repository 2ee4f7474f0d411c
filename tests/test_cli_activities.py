"""``stoa activity``: codes are made, shown while they change, and refused for what is none."""

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from activities import a_rule
from stoa.cli import cli
from stoa.cli.desk import open_desk
from stoa.config import Settings, read_settings
from stoa.services import activities, rulebook
from stoa.work import Actor

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs a command on a database where a check-in holds."""
    monkeypatch.setenv("STOA_RULE_DELAY_S", "0")

    def run(*words: str, ends: int = 0) -> Result:
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == ends, result.output
        return result

    run("programme", "set", "--name", "Stars")
    assert settings.rule_delay_s
    with open_desk(read_settings()) as desk, desk.work(Actor("cli")) as work:
        activities.save(work, "check-in", a_rule())
        activities.activate(work, "check-in")
        assert rulebook.listed(work, "activity")
    return run


def test_a_code_is_told_with_its_bounds(run: Run) -> None:
    told = run("activity", "code", "check-in", "--days", "30", "--uses", "5").output
    assert re.match(r"[0-9A-Z]{13}  for check-in, acd_\w{26}\nuntil 20", told)


def test_a_changing_code_is_shown(run: Run) -> None:
    told = run("activity", "code", "check-in", "--step", "3600").output
    code_id = re.search(r"acd_\w+", told)
    assert code_id
    assert re.match(r"[0-9A-Z]{21}  for check-in", run("activity", "shown", code_id[0]).output)


def test_what_is_none_is_refused(run: Run) -> None:
    assert "ACTIVITY_UNKNOWN" in run("activity", "code", "moon", ends=1).output
    assert "CODE_UNKNOWN" in run("activity", "shown", "acd_1", ends=1).output
