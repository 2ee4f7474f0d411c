"""Clearing from the command line: book, close, read, verify."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from clearings import Alliance, an_alliance
from stoa.cli import cli
from stoa.config import Settings
from world import Coalition, FixedClock

Run = Callable[..., str]
BEFORE = datetime(2026, 4, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
def alliance(coalition: Coalition, database: str, clock: FixedClock) -> Alliance:
    """Return an April that is over by any clock."""
    clock.now = BEFORE
    found = an_alliance(coalition, database)
    ada = coalition.a_member()
    found.issue("A", ada, 1_000)
    found.burn("C", ada, 500)
    return found


@pytest.fixture
def run(settings: Settings, alliance: Alliance) -> Run:
    """Return what runs a command on this test's alliance and returns what it printed."""
    assert settings.secret_key
    assert alliance

    def run(words: str, *, ends: int = 0) -> str:
        result: Result = CliRunner().invoke(cli, words.split())
        assert result.exit_code == ends, result.output
        return result.output

    return run


def test_a_month_is_booked_closed_and_read(run: Run, alliance: Alliance) -> None:
    assert "2 postings were booked" in run("settle book")
    assert "0 postings were booked" in run("settle book")
    told = run("settle positions")
    assert "12.0000" in told
    assert "-4.5000" in told
    first = run("settle close 2026-04")
    assert "2026-04 is closed" in first
    again = run("settle close 2026-04")
    assert "was closed before" in again
    assert first.split("sha256")[1].split()[0] == again.split("sha256")[1].split()[0]
    listed = run("settle statements --period 2026-04")
    assert "STM-2026-00001" in listed
    shown = run(f"settle statements --show {listed.split()[-1]}")
    assert shown.startswith('{"closing":')
    assert "are what the log says" in run("settle verify")
    alliance.tamper("UPDATE money_entries SET amount = amount + 1 WHERE line = 'issued'")
    assert "place 0: foreign" in run("settle verify", ends=1)
    alliance.tamper("UPDATE money_entries SET amount = amount - 1 WHERE line = 'issued'")


def test_a_month_that_is_not_over_stays_open(run: Run) -> None:
    assert "PERIOD_NOT_OVER" in run("settle close 2999-01", ends=1)
