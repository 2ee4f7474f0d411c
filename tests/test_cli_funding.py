"""Funding from the command line: limited, bought, shown, paid back."""

import re
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
        result: Result = CliRunner().invoke(cli, words.split(), env={"COLUMNS": "200"})
        assert result.exit_code == ends, result.output
        return result.output

    return run


def test_a_pack_is_bought_shown_and_paid_back(run: Run) -> None:
    run("partner fund set grocery --prepaid --alert 3000 --overflow reserve_pack")
    told = run("partner fund buy grocery 15000 --price 0.011")
    assert told.endswith("15000 points for 165.00 CNY\n")
    pack = re.findall(r"pck_\w+", told)[0]
    run("partner fund buy grocery 100 --price 0.010 --reserve")
    overview = run("partner fund show")
    assert re.search(r"grocery .*prepaid .*reserve_pack .*15000 .*100", overview)
    assert pack in run("partner fund show grocery")
    assert "pay 55.00 CNY" in run(f"partner fund refund {pack} --points 5000")
    assert "PACK_USED" in run(f"partner fund refund {pack} --points 10001", ends=1)
    assert "PACK_UNKNOWN" in run("partner fund refund pck_1", ends=1)


def test_a_credit_is_set_and_ended(run: Run) -> None:
    run("partner fund set cinema --credit 200.00 --alert 40.00")
    assert re.search(r"cinema .*credit .*refuse .*200\.00", run("partner fund show"))
    run("partner fund set cinema --prepaid --credit 20.00 --overflow credit")
    run("partner fund set cinema --open")
    assert "cinema" not in run("partner fund show")
    assert "open" in run("partner fund show cinema")
    assert "Choose one of" in run("partner fund set cinema", ends=2)
    assert "write a decimal" in run("partner fund set cinema --credit=-1", ends=2)
