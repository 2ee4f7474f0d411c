"""``stoa member code``, ``stoa member pin`` and ``stoa currency spend`` at a terminal."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from stoa.cli.table import cli
from stoa.config import Settings
from stoa.services import currencies, member_codes, step_up
from stoa.values.tenders import Spending
from stoa.work import Actor
from world import Coalition, FixedClock

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a caller of the command line on this test's database and clock."""
    assert settings.database_url
    monkeypatch.setattr("stoa.work.system_clock", clock)

    def call(*words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(cli, words, input=given)

    return call


def test_a_code_is_shown_drawn_and_renewed(run: Run, coalition: Coalition) -> None:
    card = coalition.a_member().token.value
    plain = run("member", "code", card, "--plain")
    assert plain.exit_code == 0, plain.output
    assert len(plain.output.strip()) == 21
    drawn = run("member", "code", card).output
    assert drawn[:8] == plain.output[:8]
    assert "█" in drawn
    renewed = run("member", "code", card, "--plain", "--renew", "lost phone").output
    assert renewed[:8] != plain.output[:8]
    assert "no such member" in run("member", "code", "9900000000000002").output.lower()


def test_a_pin_is_asked_for_twice_and_taken_away(run: Run, coalition: Coalition) -> None:
    ada = coalition.a_member()
    told = run("member", "pin", ada.token.value, given="4719\n4719\n")
    assert told.exit_code == 0, told.output
    assert "4719" not in told.output
    with coalition.desk.work(Actor("test")) as work:
        assert step_up.has_pin(work, ada.id)
        assert member_codes.STEP_S == 30
    assert run("member", "pin", ada.token.value, "--clear").exit_code == 0
    with coalition.desk.work(Actor("test")) as work:
        assert not step_up.has_pin(work, ada.id)


def test_how_points_are_spent_is_set(run: Run, coalition: Coalition) -> None:
    words = ["--least", "200", "--step", "100", "--share", "50", "--step-up", "2000"]
    assert run("currency", "spend", "STAR", *words).exit_code == 0
    with coalition.desk.work(Actor("test")) as work:
        assert currencies.find(work, "STAR").spending == Spending(200, 100, 50, 2000)
    told = run("currency", "spend", "STAR", "--step-up", "never")
    assert "never needs more than the code" in " ".join(told.output.split())
    with coalition.desk.work(Actor("test")) as work:
        assert currencies.find(work, "STAR").spending == Spending(200, 100, 50, None)
    assert run("currency", "spend", "STAR", "--step-up", "often").exit_code == 1
