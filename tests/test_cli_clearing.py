"""Clearing from the command line: book, close, read, verify."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from clearings import WORKER, Alliance, an_alliance
from stoa.cli import cli
from stoa.config import Settings
from stoa.services import liability
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
    assert "STM-2026-000001" in listed
    shown = run(f"settle statements --show {listed.split()[-1]}")
    assert shown.startswith('{"closing":')
    assert "are what the log says" in run("settle verify")
    alliance.tamper("UPDATE money_entries SET amount = amount + 1 WHERE line = 'issued'")
    assert "place 0: foreign" in run("settle verify", ends=1)
    alliance.tamper("UPDATE money_entries SET amount = amount - 1 WHERE line = 'issued'")


def test_a_month_that_is_not_over_stays_open(run: Run) -> None:
    assert "PERIOD_NOT_OVER" in run("settle close 2999-01", ends=1)


def test_the_liability_of_a_closed_month_is_told_and_stressed(run: Run, alliance: Alliance) -> None:
    assert "No month is closed yet" in run("settle liability", ends=1)
    run("settle close 2026-04")
    told = run("settle liability")
    assert ["2026-04", "1000", "500", "0", "500"] in [
        line.split()[:5] for line in told.splitlines()
    ]
    assert "coverage 0.0000" in told
    frozen = run("settle liability 2026-04 --json")
    with alliance.desk.work(WORKER) as work:
        (report,) = liability.reports(work, "STAR")
    assert hashlib.sha256(frozen.encode()).hexdigest() == report.sha256
    assert "2026-03 is not closed; closed are 2026-04" in run("settle liability 2026-03", ends=1)
    rows = [line.split() for line in run("settle stress").splitlines()]
    # 300 of 500 points at 0.009 as expected, 12.00 - 4.50 are due; in a run it is all of them.
    assert ["expected", "300", "2.7000", "7.5000", "2.7778", "0.0000"] in [row[:6] for row in rows]
    assert ["run", "500", "4.5000", "7.5000", "1.6667", "0.0000"] in [row[:6] for row in rows]
    own = run("settle stress --run 100 --default a --period 2026-04")
    assert "a does not pay: 12.0000 are lost, without a limit by its funding" in own
    document = json.loads(run("settle stress --default a --json"))
    assert [each["coverage"] for each in document["scenarios"]] == ["2.7778", "0.0000"]
    assert "There is no partner nobody" in run("settle stress --default nobody", ends=1)
    assert "no number from 0 to 100" in run("settle stress --run 101", ends=2)
