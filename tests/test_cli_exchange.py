"""Points currencies and rates from the command line."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from stoa.cli import cli
from stoa.config import Settings
from world import Coalition

Run = Callable[..., str]


@pytest.fixture
def run(settings: Settings, coalition: Coalition) -> Run:
    """Return what runs a command on this test's coalition and returns what it printed."""
    assert settings.secret_key
    assert coalition.cinema

    def run(words: str, *, ends: int = 0) -> str:
        result: Result = CliRunner().invoke(cli, words.split())
        assert result.exit_code == ends, result.output
        return result.output

    return run


def test_a_partner_gets_points_of_its_own_and_rates(run: Run) -> None:
    run("currency add CINE Reels --partner cinema --months 6 --face-value 0.05 --issue")
    told = run("currency list")
    assert "Reels" in told
    assert "rolling" not in told
    run("currency issue cinema STAR")
    run("exchange set STAR CINE 10:3")
    run("exchange set CINE STAR 3:10 --since 2999-01-01")
    assert "10 for 3" in run("exchange list")
    assert "2999-01-01" not in run("exchange list")
    assert "2999-01-01" in run("exchange list --all")
    run("exchange end STAR CINE")
    assert "ended" in run("exchange list --all")


def test_a_circle_that_gains_is_told(run: Run) -> None:
    run("currency add MILES Miles --expiry never")
    run("exchange set STAR MILES 10:3")
    told = run("exchange set MILES STAR 2:7", ends=1)
    assert "MILES → STAR → MILES" in told
    assert "EXCHANGE_CYCLE_GAINS" in told


@pytest.mark.parametrize(
    "words",
    [
        "currency add MILES Miles --issue",
        "currency add MILES Miles --partner nobody",
        "currency add MILES Miles --face-value much",
        "currency add miles Miles",
        "currency issue cinema NONE",
        "exchange set STAR NONE 1:1",
        "exchange set STAR STAR 1:1",
        "exchange set STAR NONE 1/1",
        "exchange end STAR NONE",
    ],
)
def test_what_can_not_be_is_refused(run: Run, words: str) -> None:
    assert "code " in run(words, ends=1)
