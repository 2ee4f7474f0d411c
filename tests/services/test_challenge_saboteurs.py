"""Saboteurs of challenges: one line broken, and a trial that has to notice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from sales import open_plain_desk
from stoa.config import Settings
from stoa.errors import StoaError
from stoa.services import challenges, earning, invariants, ledger, outbox, returns, rulebook
from stoa.services.challenges import runs
from stoa.work import Actor, Desk
from stoa.worker import follow
from world import Coalition, FixedClock, Someone, a_coalition, a_key

WORKER, STAFF = Actor("worker"), Actor("staff:mei")
SABOTEURS = {
    "completed once more each time": (
        "done = [run for run in mine if run.completed_on is not None]", "done = []",
    ),
    "two workers at once": ("    _lock(work, *active)\n", ""),
    "a return does not undo": ("_undo(view, done.pop())", "done.pop()"),
    "an undone one keeps its points": ("        rewards.take_back(", "        repr("),
    "a day before joining counts": (
        "first = max(period.start, joined or period.start)", "first = period.start",
    ),
    "what is not reached counts": (
        "days[place] if place < len(days) else None",
        "days[place] if place < len(days) else view.today",
    ),
    "a late day counts": ("today - last.end <= LATE", "today - last.end <= 9 * LATE"),
}  # fmt: skip


@pytest.fixture
def broken_desk(database: str, settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    """Return a desk on which rooms may do wrong: nothing is checked at its end."""
    desk = open_plain_desk(database, settings)
    desk.clock = clock
    yield desk
    desk.close()


@pytest.fixture
def kept_room() -> Iterator[dict[str, Any]]:
    """Return the names of the room of runs, and put them back afterwards."""
    room = runs.__dict__
    kept = dict(room)
    yield room
    room.clear()
    room.update(kept)


def _hold(desk: Desk, code: str, **changes: Any) -> None:
    document: dict[str, Any] = {
        "name": {"en": code}, "period": "calendar year", "reward": {"points": 50},
        "goal": {"fact": "visits", "over": "ever", "is": ">=", "value": 3},
        "budget_points": 1000,
    } | changes  # fmt: skip
    with desk.work(STAFF) as work:
        challenges.save(work, code, document)
        challenges.activate(work, code)


def _buy(coalition: Coalition, who: Someone, times: int = 1) -> list[UUID]:
    bought = []
    for _ in range(times):
        with coalition.desk.work(coalition.as_grocery()) as work:
            bought.append(
                earning.earn(work, coalition.a_purchase(who, "10.00"), key=a_key()).purchase_id
            )
        assert isinstance(coalition.desk.clock, FixedClock)
        coalition.desk.clock.move(hours=1)
    return bought


def _tell(desk: Desk) -> None:
    with desk.work(WORKER) as work:
        while outbox.tell(work, follow):
            pass


def _available(desk: Desk, who: Someone) -> int:
    with desk.work(WORKER) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def _assess(desk: Desk, who: Someone) -> None:
    with desk.work(WORKER) as work:
        challenges.assess(work, who.id)


_WAITING = """
SELECT count(*) FROM pg_locks w
 WHERE NOT w.granted AND EXISTS (
       SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.pid = w.pid AND d.datname = current_database())
"""


def _assess_side_by_side(desk: Desk, who: Someone) -> None:
    """Let a worker begin to assess while another one has done so, and not committed."""
    with ThreadPoolExecutor(1) as pool:
        with desk.work(WORKER) as first:
            challenges.assess(first, who.id)
            first.session.flush()
            second = pool.submit(_assess, desk, who)
            until = monotonic() + 10
            with desk.work(WORKER) as watching:
                while not watching.rows(_WAITING)[0][0] and not second.done():
                    assert monotonic() < until, "the second worker neither waits nor ends"
        second.result(timeout=10)


def _trial(desk: Desk, clock: FixedClock) -> None:
    coalition = a_coalition(desk)
    _hold(desk, "three", most_per_period=2)
    ada, ben = coalition.a_member("Ada"), coalition.a_member("Ben")

    _buy(coalition, ada, 2)
    _tell(desk)
    last = _buy(coalition, ada)[0]
    _assess_side_by_side(desk, ada)
    _tell(desk)
    _assess(desk, ada)
    assert _available(desk, ada) == 30 + 50
    with desk.work(WORKER) as work:
        told = work.rows("SELECT count(*) FROM outbox WHERE topic = 'challenge.completed'")
    assert told[0][0] == 1

    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, last, None, key=a_key())
    _tell(desk)
    assert _available(desk, ada) == 20
    _buy(coalition, ada)
    _tell(desk)
    assert _available(desk, ada) == 30 + 50

    _hold(desk, "joined", join="opt-in")
    with desk.work(STAFF) as work:
        rulebook.end(work, "challenge", "three")
    _buy(coalition, ben, 2)
    clock.move(days=1)
    with desk.work(STAFF) as work:
        challenges.join(work, ben.id, "joined")
    _buy(coalition, ben, 2)
    _tell(desk)
    assert _available(desk, ben) == 40
    _buy(coalition, ben)
    clock.now = datetime(2027, 2, 2, 4, tzinfo=UTC)
    _tell(desk)
    assert _available(desk, ben) == 50
    with desk.work(WORKER) as work:
        assert invariants.check_invariants(work) == []


def test_the_trial_passes_on_challenges_as_they_are(broken_desk: Desk, clock: FixedClock) -> None:
    _trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_the_trial_notices(
    broken_desk: Desk, clock: FixedClock, kept_room: dict[str, Any], name: str
) -> None:
    text = Path(runs.__file__).read_text("utf-8")
    line, wrong = SABOTEURS[name]
    assert text.count(line) == 1, "the saboteur finds no place, or more than one"
    broken = compile(text.replace(line, wrong), runs.__file__, "exec")
    exec(broken, kept_room)  # noqa: S102 - the room itself, with one line changed
    with pytest.raises((AssertionError, StoaError, DBAPIError)):
        _trial(broken_desk, clock)
