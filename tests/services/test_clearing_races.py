"""Bookers and closers side by side, and killed on the way: booked once, closed once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from clearings import WORKER, Alliance, an_alliance, killed_in
from stoa.errors import ClosingRunningError
from stoa.services import clearing, journal, numbering
from stoa.services.clearing.steps import STEPS
from world import Coalition, FixedClock

MAY = "2026-05"
_STEPS = "stoa.services.clearing.closing.STEPS"


@pytest.fixture
def lived(coalition: Coalition, database: str, clock: FixedClock) -> Alliance:
    """Live a May of some deeds, all in the log."""
    alliance = an_alliance(coalition, database)
    ada = coalition.a_member()
    for _ in range(6):
        alliance.issue("A", ada, 100)
        alliance.issue("B", ada, 50)
    alliance.burn("C", ada, 500)
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    alliance.log()
    return alliance


def counts(alliance: Alliance) -> tuple[int, int]:
    """Return how many entries there are, and how many postings are booked."""
    with alliance.desk.work(WORKER) as work:
        entries = work.rows("SELECT count(*) FROM money_entries")[0][0]
        return entries, work.rows("SELECT place FROM money_mark")[0][0]


def test_many_bookers_book_each_posting_once(lived: Alliance) -> None:
    def book(_: int) -> int:
        done = 0
        for _turn in range(6):
            with lived.desk.work(WORKER) as work:
                done += journal.book(work, limit=3)
        return done

    with ThreadPoolExecutor(4) as pool:
        booked = sum(pool.map(book, range(4)))
    lived.book()
    assert booked <= 13
    assert counts(lived) == (19, 13)
    assert lived.differences() == []


def test_of_two_closers_one_closes_and_the_other_is_told(
    lived: Alliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def meanwhile(_work: object, _closing: object, _sums: object) -> tuple[()]:
        with lived.desk.work(WORKER) as other, pytest.raises(ClosingRunningError) as refused:
            clearing.close(other, MAY)
        told.append(refused.value.code)
        return ()

    monkeypatch.setattr(_STEPS, (("meanwhile", meanwhile), *STEPS))
    with lived.desk.work(WORKER) as work:
        first = clearing.close(work, MAY)
    monkeypatch.setattr(_STEPS, STEPS)
    assert told == ["CLOSING_RUNNING"]
    with lived.desk.work(WORKER) as work:
        again = clearing.close(work, MAY)
    assert again.again
    assert (again.sha256, len(again.statements)) == (first.sha256, 4)


def test_a_close_that_comes_to_nothing_gives_its_numbers_back(lived: Alliance) -> None:
    with lived.desk.work(WORKER) as work:
        assert len(clearing.close(work, MAY).statements) == 4
        work.session.rollback()
    with lived.desk.work(WORKER) as work:
        assert numbering.next_number(work, "STM", 2026) == "STM-2026-000001"
    with lived.desk.work(WORKER) as work:
        found = [each.no for each in clearing.close(work, MAY).statements]
    assert found == [f"STM-2026-00000{n}" for n in range(2, 6)]


def test_who_is_killed_while_booking_leaves_nothing_half_done(
    lived: Alliance, database: str
) -> None:
    killed_in(database, "SELECT stoa_book_money(5)")
    assert counts(lived) == (0, 0)
    assert lived.book(limit=4) == 13
    assert lived.differences() == []


def test_a_step_that_fails_leaves_the_period_open_as_it_was(
    lived: Alliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived.book()
    before = counts(lived)

    def wrong(*_: object) -> tuple[()]:
        raise OSError("the power is gone")

    monkeypatch.setattr(_STEPS, (*STEPS, ("wrong", wrong)))
    with pytest.raises(OSError, match="power"), lived.desk.work(WORKER) as work:
        clearing.close(work, MAY)
    assert counts(lived) == before
    with lived.desk.work(WORKER) as work:
        assert [each.state for each in clearing.periods(work, "STAR")] == ["open"]
    monkeypatch.setattr(_STEPS, STEPS)
    with lived.desk.work(WORKER) as work:
        assert len(clearing.close(work, MAY).statements) == 4
