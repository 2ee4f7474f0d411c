"""Saboteurs of adjustments and openings: one line broken, and a trial that has to notice."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from openings import a_file, a_line
from sales import open_plain_desk
from stoa.config import Settings
from stoa.errors import (
    AdjustmentClosedError,
    FourEyesError,
    InsufficientPointsError,
    StoaError,
)
from stoa.models import functions as ledger_functions
from stoa.services import adjustments, imports, invariants, ledger, redemption
from stoa.services.redemption import Ask
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from world import FixedClock, a_coalition, a_key, met

ADA = Actor(f"staff:{public_id('stf', UUID(int=1))}")
BEN = Actor(f"staff:{public_id('stf', UUID(int=2))}")

CLOSED = """ELSIF asked.state <> 'proposed' THEN
        RAISE EXCEPTION 'the adjustment is closed' USING ERRCODE = 'ST032', DETAIL = asked.state;
    END IF;
"""
SABOTEURS = {
    "nobody asks for four eyes": (
        "IF asked.proposed_by = p_actor AND",
        "IF false AND",
    ),
    "a limit that can be split": (
        "AND a.state = 'posted' AND a.decided_by = a.proposed_by) > p_limit",
        "AND false) > p_limit",
    ),
    "a reversal that one person posts": (
        "(asked.reverses IS NOT NULL OR abs(asked.points)",
        "(abs(asked.points)",
    ),
    "an approval that counts twice": (
        f"{CLOSED}    IF asked.proposed_by",
        "END IF;\n    IF asked.proposed_by",
    ),
    "a rejection of what is posted": (
        f"{CLOSED}    UPDATE public.adjustments",
        "END IF;\n    UPDATE public.adjustments",
    ),
    "held points that are taken": (
        "coalesce(sum(l.remaining - l.held), 0) INTO free",
        "coalesce(sum(l.remaining), 0) INTO free",
    ),
    "a lot that is not born": (
        "IF asked.points > 0 THEN\n        INSERT",
        "IF false THEN\n INSERT",
    ),
    "a wallet that forgets": (
        "SET available = w.available + asked.points",
        "SET available = w.available",
    ),
    "a line that opens twice": ("JOIN taken ON taken.line = each.line\n", "\n"),
    "a file that nobody knows again": (
        "SELECT p_digest, each.line",
        "SELECT decode(md5(random()::text), 'hex'), each.line",
    ),
}


@pytest.fixture
def broken_desk(database: str, settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    """Return a desk whose ledger a saboteur may have touched: nothing is checked at its end."""
    desk = open_plain_desk(database, settings)
    desk.clock = clock
    yield desk
    desk.close()


def _trial(desk: Desk, clock: FixedClock, folder: Path) -> None:
    """Live through a day of one member, and expect every figure and refusal of it."""
    coalition = a_coalition(desk)
    ada = coalition.a_member(email="ada@stoa.example")

    def adjust(points: int) -> adjustments.Adjustment:
        with desk.work(ADA) as work:
            return adjustments.adjust(work, ada.id, points, reason_code="other", note="a trial")

    first, second, large = adjust(3000), adjust(2000), adjust(600)
    assert [each.state for each in (first, second, large)] == ["posted", "posted", "proposed"]
    with desk.work(ADA) as work, pytest.raises(FourEyesError):
        adjustments.approve(work, large.id)
    with desk.work(ADA) as work, pytest.raises(FourEyesError):
        ledger.adjust(
            work, ada.id, "STAR", adjustment_id=large.id, points=600, limit=5000,
            expires_on=None, decision="", explanation={}, facts={},
        )  # fmt: skip
    with desk.work(BEN) as work:
        assert adjustments.approve(work, large.id).state == "posted"
    with desk.work(Actor("staff:somebody")) as work, pytest.raises(AdjustmentClosedError):
        adjustments.approve(work, large.id)
    with desk.work(BEN) as work, pytest.raises(AdjustmentClosedError):
        adjustments.decline(work, large.id, reason="too late")
    with desk.work(ADA) as work:
        undo = adjustments.reverse(work, first.id, note="a mistake")
    with desk.work(ADA) as work, pytest.raises(FourEyesError):
        ledger.adjust(
            work, ada.id, "STAR", adjustment_id=undo.id, points=-3000,
            limit=10**6, expires_on=None, decision="", explanation={}, facts={},
        )  # fmt: skip
    with desk.work(BEN) as work:
        adjustments.approve(work, undo.id)
    with desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 2000), key=a_key())
    with desk.work(BEN) as work:
        taken = adjustments.adjust(work, ada.id, -700, reason_code="fraud", note="a trial")
    with desk.work(ADA) as work, pytest.raises(InsufficientPointsError):
        adjustments.approve(work, taken.id)
    for points in (7, 0):
        path = a_file(folder, a_line(points=7))
        assert imports.open_balances(desk, path, "STAR").points == points
    clock.move(hours=1)
    with desk.work(BEN) as work:
        assert ledger.balance_of(work, ada.id, "STAR").balance.available == 607
        assert invariants.check_invariants(work) == []


def test_the_trial_passes_when_nobody_meddles(
    broken_desk: Desk, clock: FixedClock, tmp_path: Path
) -> None:
    _trial(broken_desk, clock, tmp_path)


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught(
    database: str, broken_desk: Desk, clock: FixedClock, tmp_path: Path, name: str
) -> None:
    before, after = SABOTEURS[name]
    functions = ledger_functions("adjustments")
    assert functions.count(before) == 1, "the saboteur found nothing to break"
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql(functions.replace(before, after).replace("%", "%%"))
    owner.dispose()
    with pytest.raises((AssertionError, StoaError, DBAPIError, pytest.fail.Exception)):
        _trial(broken_desk, clock, tmp_path)
