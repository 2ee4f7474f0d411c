"""The worker's chores: what is written down of them, and what never is."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stoa.errors import WalletBusyError
from stoa.services import chores
from stoa.work import Actor, Desk
from world import FixedClock

WORKER = Actor("worker")


def _all(desk: Desk) -> dict[str, chores.Chore]:
    with desk.work(WORKER) as work:
        return {each.name: each for each in chores.all_of(work)}


def test_a_beat_is_written_down_now_and_then_and_every_turn(desk: Desk, clock: FixedClock) -> None:
    notes = chores.Notes(desk, WORKER)
    soon = clock.now + timedelta(minutes=1)
    for done in (3, 4):
        notes.did("tell", "0.5", 0.0, done)
        notes.did("sweep", "* * * * *", 0.0, done, soon)
    assert (_all(desk)["tell"].done, _all(desk)["sweep"].done) == (3, 4)
    assert (_all(desk)["tell"].kind, _all(desk)["sweep"].kind) == ("beat", "turn")
    assert _all(desk)["sweep"].next_at == soon
    clock.move(seconds=20)
    notes.did("tell", "0.5", 0.0, 5)
    assert (_all(desk)["tell"].done, _all(desk)["tell"].at) == (5, clock.now)


def test_failures_are_counted_until_it_is_well_again_and_the_last_one_stays(desk: Desk) -> None:
    notes = chores.Notes(desk, WORKER)
    notes.did("tell", "0.5", 0.0, 1)
    for _ in range(2):
        notes.failed("tell", "0.5", 0.0, WalletBusyError())
    sick = _all(desk)["tell"]
    assert (sick.failures, sick.fault) == (2, chores.Fault("WalletBusyError", "WALLET_BUSY", ""))
    notes.did("tell", "0.5", 0.0, 7)
    well = _all(desk)["tell"]
    assert (well.failures, well.done, well.fault) == (0, 7, sick.fault)


def test_a_fault_tells_the_databases_code_and_the_place_and_nobodys_data(desk: Desk) -> None:
    with pytest.raises(DBAPIError) as caught, desk.work(WORKER) as work:
        work.session.execute(text("SELECT CAST('ada@example.org' AS integer)"))
    fault = chores.fault_of(caught.value)
    assert (fault.kind, fault.code) == ("InvalidTextRepresentation", "22P02")
    with pytest.raises(DBAPIError) as caught, desk.work(WORKER) as work:
        work.rows("SELECT CAST('ada@example.org' AS integer)")
    fault = chores.fault_of(caught.value)
    assert fault.where.startswith("stoa/work.py:")
    assert "ada" not in str(fault)


def test_a_chore_goes_on_where_it_cannot_be_written_down(desk: Desk) -> None:
    notes = chores.Notes(desk, WORKER)
    notes.did("tell", "0.5", 0.0, 2**70)  # more than the column takes
    assert _all(desk) == {}
