"""What-if runs: progress only grows, a run can be cancelled and outlives its worker."""

import pytest

from histories import Town, a_town
from stoa.errors import InvalidBodyError, WhatIfUnknownError
from stoa.services import whatif
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin

CLI = Actor("cli")
NOW = {"rounding": "down"}


class KilledError(BaseException):
    """Ends a worker as a signal does: nothing is caught, nothing is cleared away."""


@pytest.fixture
def town(coalition: Coalition, clock: FixedClock, plain: PlainPlugin) -> Town:
    """Return a mixed history of 69 purchases of four members."""
    return a_town(coalition, clock, plain)


def asked(desk: Desk) -> whatif.Run:
    with desk.work(CLI) as work:
        return whatif.find(work, whatif.ask(work, "rate", NOW))


def found(desk: Desk, run: whatif.Run) -> whatif.Run:
    with desk.work(CLI) as work:
        return whatif.find(work, run.id)


def test_a_run_waits_until_a_worker_takes_it(town: Town) -> None:
    desk = town.coalition.desk
    run = asked(desk)
    assert (run.state, run.percent, run.total, run.asked_by) == ("waiting", 0, 0, "cli")
    assert whatif.carry_on(desk) == 1
    assert whatif.carry_on(desk) == 0
    with desk.work(CLI) as work:
        (listed,) = whatif.listed(work)
    assert (listed.state, listed.ended) == ("done", True)
    assert listed.started_at is not None
    assert listed.ended_at is not None


def test_progress_only_grows_and_ends_with_all(town: Town) -> None:
    desk = town.coalition.desk
    run, told, seen = asked(desk), [], []

    def tell(passed: int, total: int) -> None:
        told.append((passed, total))
        seen.append(found(desk, run).percent)

    whatif.carry_on(desk, size=1, told=tell)
    passed = [each for each, _ in told]
    assert passed == sorted(passed)
    assert (passed[0], told[-1]) == (0, (69, 69))
    assert seen == sorted(seen)
    assert max(seen) <= 99
    assert len(passed) == 6  # one at the beginning, one for each of five members
    assert found(desk, run).percent == 100


def test_a_cancelled_run_is_let_go_of_at_the_next_part(town: Town) -> None:
    desk = town.coalition.desk
    run = asked(desk)
    told = []

    def cancel(passed: int, _total: int) -> None:
        told.append(passed)
        if len(told) == 3:
            with desk.work(CLI) as work:
                assert whatif.cancel(work, run.id)

    whatif.carry_on(desk, size=1, told=cancel)
    after = found(desk, run)
    assert (after.state, after.passed, len(told)) == ("cancelled", told[-1], 3)
    assert whatif.carry_on(desk) == 0
    with desk.work(CLI) as work:
        assert not whatif.cancel(work, run.id)
        with pytest.raises(WhatIfUnknownError):
            whatif.cancel(work, new_uuid())


def test_a_run_of_a_killed_worker_is_taken_again_and_ends_the_same(
    town: Town, clock: FixedClock
) -> None:
    desk = town.coalition.desk
    undisturbed = asked(desk)
    whatif.carry_on(desk, size=1)
    run = asked(desk)

    def kill(passed: int, _total: int) -> None:
        if passed > 20:
            raise KilledError

    with pytest.raises(KilledError):
        whatif.carry_on(desk, size=1, told=kill)
    left = found(desk, run)
    assert left.state == "running"
    assert 20 < left.passed < 69
    assert whatif.carry_on(desk) == 0, "somebody may still be at it"
    clock.move(seconds=61)
    again = []
    assert whatif.carry_on(desk, told=lambda passed, _: again.append(passed)) == 1
    assert again[0] == left.passed, "what was done is not done again"
    after = found(desk, run)
    assert after.state == "done"
    assert after.tally == found(desk, undisturbed).tally


def test_a_part_counts_once_though_two_workers_did_it(town: Town, clock: FixedClock) -> None:
    desk = town.coalition.desk
    run = asked(desk)
    taken: list[int] = []

    def meanwhile(passed: int, _total: int) -> None:
        if passed and not taken:
            taken.append(passed)
            clock.move(seconds=61)  # the first worker sleeps too long
            whatif.carry_on(desk, size=1)

    whatif.carry_on(desk, size=1, told=meanwhile)
    after = found(desk, run)
    assert (after.state, after.passed) == ("done", 69)
    assert after.tally["counts"]["purchases"]["n"] == 69


def test_a_worker_that_stops_gives_the_run_to_the_next_at_once(town: Town) -> None:
    desk = town.coalition.desk
    run = asked(desk)
    whatif.carry_on(desk, size=1, stopping=lambda: True)
    assert found(desk, run).state == "running"
    assert whatif.carry_on(desk) == 1
    assert found(desk, run).state == "done"


def test_a_run_that_kills_its_workers_is_given_up(town: Town, clock: FixedClock) -> None:
    desk = town.coalition.desk
    run = asked(desk)

    def kill(_passed: int, _total: int) -> None:
        raise KilledError

    for _ in range(5):
        with pytest.raises(KilledError):
            whatif.carry_on(desk, told=kill)
        clock.move(seconds=61)
    whatif.carry_on(desk, told=kill)
    assert found(desk, run).state == "failed"


def test_a_fault_ends_the_run_and_is_named(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = town.coalition.desk
    run = asked(desk)
    monkeypatch.setattr("stoa.services.whatif.rates.count_members", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        whatif.carry_on(desk)
    assert (found(desk, run).state, found(desk, run).fault) == ("failed", "ZeroDivisionError")


def test_nothing_but_the_runs_own_result_is_written(town: Town) -> None:
    desk = town.coalition.desk
    asked(desk)

    def written() -> list[object]:
        with desk.work(CLI) as work:
            return list(
                work.rows("""
                    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables
                     WHERE relname NOT LIKE 'whatif%' ORDER BY 1
                """)
            )

    with desk.work(CLI) as work:
        work.rows("SELECT 1 FROM pg_stat_force_next_flush()")
    before = written()
    whatif.carry_on(desk)
    with desk.work(CLI) as work:
        work.rows("SELECT 1 FROM pg_stat_force_next_flush()")
    assert written() == before


def test_a_span_that_is_none_is_refused(town: Town) -> None:
    day = town.first_day
    with town.coalition.desk.work(CLI) as work, pytest.raises(InvalidBodyError):
        whatif.ask(work, "rate", NOW, since=day, until=day.replace(year=2020))
