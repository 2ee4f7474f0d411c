"""``stoa sandbox`` at a terminal: opened, listed, moved on, made anew, closed."""

import re
from decimal import Decimal

from click.testing import CliRunner

from stoa.cli.desk import open_desk
from stoa.cli.table import cli
from stoa.config import Settings
from stoa.services import partners
from stoa.values.periods import ExpiryRule
from stoa.work import Actor


def _run(*words: str, ends: int = 0) -> str:
    result = CliRunner().invoke(cli, ("sandbox", *words))
    assert result.exit_code == ends, result.output
    return result.output


def test_a_sandbox_lives_from_open_to_close(settings: Settings) -> None:
    with open_desk(settings) as desk, desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star", rule=ExpiryRule.MONTH_END, months=12, face_value=Decimal("0.01")
        )
        partners.onboard(work, "tea", "Tea House", trade="tea", plugin="standard", settings={})
    assert "no such" in _run("open", "nobody", ends=1).lower()
    assert "SANDBOX_UNKNOWN" in _run("clock", "tea", ends=1)
    told = _run("open", "tea")
    try:
        assert "http://localhost/sandbox/tea" in told
        first = re.findall(r"stoa_sk_test_\w+", told)
        assert len(first) == 2
        assert "SANDBOX_OPEN" in _run("open", "tea", ends=1)
        assert "0:00:00" in _run("list")
        moved = _run("clock", "tea", "--days", "20")
        assert re.search(r"expire_points\s+1\n", moved)
        assert re.search(r"mature_points\s+1\n", moved)
        assert "20 days" in _run("list")
        assert "expire_points" not in _run("clock", "tea")
        assert not set(first) & set(re.findall(r"stoa_sk_test_\w+", _run("reset", "tea")))
        fresh = re.findall(r"stoa_sk_test_\w+", _run("reset", "tea", "--new-secrets"))
        assert len(fresh) == 2
        assert not set(first) & set(fresh)
    finally:
        assert "closed" in _run("close", "tea")
    assert "SANDBOX_UNKNOWN" in _run("reset", "tea", ends=1)
