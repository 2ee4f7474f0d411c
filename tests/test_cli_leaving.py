"""A partner leaves, by the command line: looked at, announced, moved on, called off."""

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from clearings import an_alliance
from stoa.cli import cli
from stoa.config import Settings
from stoa.services import exits
from stoa.work import Actor, Desk
from world import Coalition

Run = Callable[..., str]


@pytest.fixture
def run(settings: Settings, coalition: Coalition) -> Run:
    """Return what runs a command on this test's coalition and returns what it printed."""
    assert settings.secret_key
    assert coalition.cinema

    def run(words: str, *, ends: int = 0) -> str:
        result = CliRunner().invoke(cli, words.split(), env={"COLUMNS": "200"})
        assert result.exit_code == ends, result.output
        return result.output

    return run


def test_an_exit_is_looked_at_announced_and_called_off(
    run: Run, desk: Desk, coalition: Coalition, database: str
) -> None:
    ada = coalition.a_member(email="ada@example.org")
    found = an_alliance(coalition, database)
    found.issue("A", ada, 100)
    found.book()
    looked = run("partner leave announce a --look")
    assert "1 members would be told; 100 of its points are outstanding" in looked
    assert [stage for stage in ("announce", "stop_burn", "archive") if stage not in looked] == []
    assert "Nobody leaves." in run("partner leave show")

    assert "a leaves" in run("partner leave announce a --note lease")
    assert re.search(r"a .*announce .*lease", run("partner leave show"))
    assert "stop_enrol waits: not before" in run("partner leave show a")
    assert "EXIT_BLOCKED" in run("partner leave next a", ends=1)
    assert "EXIT_BLOCKED" in run("partner leave announce a", ends=1)

    assert run("partner leave stay a") == "a stays.\n"
    assert "EXIT_UNKNOWN" in run("partner leave show a", ends=1)
    with desk.work(Actor("test")) as work:
        assert exits.exits(work) == []


def test_too_little_notice_is_refused_and_changes_nothing(run: Run, desk: Desk) -> None:
    told = run("partner leave announce grocery --stop-burn 2000-01-01", ends=1)
    assert "60 days" in told
    with desk.work(Actor("test")) as work:
        assert exits.exits(work) == []
