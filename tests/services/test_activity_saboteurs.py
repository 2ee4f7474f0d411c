"""Saboteurs of activities: one line broken, and a trial that has to notice."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from activities import OPERATOR, a_code, holds, report
from sales import open_plain_desk
from stoa.config import Settings
from stoa.errors import (
    ActivityDoneError,
    ActivityLimitError,
    ActivityTooSoonError,
    ProofRefusedError,
    StoaError,
    TooManyGuessesError,
)
from stoa.models import functions as ledger_functions
from stoa.services import ledger
from stoa.values.codes import new_code
from stoa.values.identifiers import new_uuid
from stoa.work import Desk, Work
from world import FixedClock, a_coalition, a_key

SABOTEURS = {
    "done twice": ("RAISE EXCEPTION 'it was done before'", "RAISE NOTICE 'it was done before'"),
    "a device twice": ("RAISE EXCEPTION 'it was used before'", "RAISE NOTICE 'used'"),
    "a code without end": ("AND c.uses < c.most_uses", ""),
    "a gap that is none": ("IF p_gap > 0", "IF p_gap < 0"),
    "a key not looked up": ("AND key = p_key;\n    IF FOUND", "AND key = p_key;\n    IF false"),
    "caps forgotten": ("p_event, p_facts, p_uses);", "p_event, p_facts, NULL);"),
}


@pytest.fixture
def broken_desk(database: str, settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    """Return a desk whose ledger a saboteur may have touched: nothing is checked at its end."""
    desk = open_plain_desk(database, settings)
    desk.clock = clock
    yield desk
    desk.close()


def _act(work: Work, member_id: UUID, partner_id: UUID, **changes: Any) -> None:
    values: dict[str, Any] = {
        "activity_id": new_uuid(), "activity": "free", "kind": "check_in", "version": 1,
        "day": work.today(), "gap_s": 0, "claims": [], "code_id": None, "partner_id": partner_id,
        "store_id": None, "reference": "", "explanation": {},
        "legs": [ledger.Leg(1, "x", None)], "price": None, "expires_on": None, "facts": {},
        "uses": [],
    }  # fmt: skip
    ledger.act(work, member_id, "STAR", **(values | changes))


def _trial(desk: Desk, clock: FixedClock) -> None:
    coalition = a_coalition(desk)
    holds(desk, min_gap_minutes=1)
    holds(desk, "free", proof="none", once_per="day", budget_points=10)
    ada, bob, eve = (coalition.a_member(name) for name in ("Ada", "Bob", "Eve"))
    code = a_code(coalition, most_uses=2)
    key = a_key("k")
    report(coalition, ada, code, device="one", key=key)
    with pytest.raises(ActivityTooSoonError):
        report(coalition, ada, code)
    clock.move(minutes=2)
    with pytest.raises(ActivityDoneError):
        report(coalition, ada, code)
    with pytest.raises(ActivityDoneError):
        report(coalition, bob, code, device="one")
    report(coalition, bob, code, device="two")
    with pytest.raises(ProofRefusedError):
        report(coalition, eve, code)
    for who in (ada, bob):
        report(coalition, who, activity="free")
    with pytest.raises(ActivityLimitError):
        report(coalition, eve, activity="free")
    done = f"day:{clock.now.date()}"
    with desk.work(OPERATOR) as work:
        code_id = work.rows("SELECT id FROM activity_codes")[0][0]
        with pytest.raises(ledger.KeyUsedError):
            _act(work, ada.id, coalition.grocery, key=key, subject=done)
        with pytest.raises(ProofRefusedError):
            _act(work, eve.id, coalition.grocery, key=a_key(), subject="x", code_id=code_id)
    for _ in range(9):
        with pytest.raises(ProofRefusedError):
            report(coalition, eve, new_code())
    with pytest.raises(TooManyGuessesError):
        report(coalition, eve, new_code())


def test_the_trial_passes_on_activities_as_they_are(broken_desk: Desk, clock: FixedClock) -> None:
    _trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_the_trial_notices(broken_desk: Desk, database: str, clock: FixedClock, name: str) -> None:
    text = ledger_functions("activities")
    assert text.count(SABOTEURS[name][0]) == 1, "the saboteur finds no place, or more than one"
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(text.replace(*SABOTEURS[name]).replace("%", "%%"))
    engine.dispose()
    with pytest.raises((AssertionError, StoaError, DBAPIError, pytest.fail.Exception)):
        _trial(broken_desk, clock)
