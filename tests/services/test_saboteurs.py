"""Saboteurs: the ledger broken on purpose, one line at a time, and a trial that has to notice."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from stoa.config import Settings
from stoa.database import open_engine
from stoa.errors import InsufficientPointsError, ReceiptClaimedError, StoaError
from stoa.models import functions as ledger_functions
from stoa.plugins import Plugins
from stoa.services import earning, invariants, ledger, redemption, returns
from stoa.services.earning import ReportLine
from stoa.services.redemption import Ask
from stoa.work import Actor, Desk, Programme
from world import FixedClock, PlainPlugin, a_coalition, a_key, minor

SABOTEURS = {
    "a key that is not remembered": (
        "p_member, p_partner, p_key, p_fingerprint, p_purchase, wallet, p_now);",
        "p_member, p_partner, gen_random_uuid()::text, p_fingerprint, p_purchase, wallet, p_now);",
    ),
    "a receipt that may be told twice": (
        "ERRCODE = CASE WHEN FOUND THEN 'ST001' ELSE 'ST002' END;",
        "ERRCODE = 'ST001';",
    ),
    "a hold that looks at no balance": (
        "w.available - CASE WHEN p_net THEN w.debt ELSE 0 END >= p_points\n    RETURNING",
        "true\n    RETURNING",
    ),
    "points that end last go first": (
        "NOT l.pending\n         ORDER BY l.expires_on, l.seq",
        "NOT l.pending\n         ORDER BY l.expires_on DESC, l.seq",
    ),
    "points that end a day early": (
        "AND l.expires_on < p_today AND",
        "AND l.expires_on <= p_today AND",
    ),
    "points held after their last day": ("AND l.expires_on >= p_today\n", "\n"),
    "a capture that forgets the rest": ("w.available + hold.points - p_points", "w.available"),
    "a capture that burns no lot": ("used := least(piece.points, rest);", "used := 0;"),
    "a hold captured for ever": ("SET state = 'captured', captured", "SET captured"),
    "a debt that nobody books": ("debt = w.debt + owed", "debt = w.debt"),
    "a debt that is never repaid": ("IF wallet.debt > 0 THEN", "IF false THEN"),
    "a clawback from somebody's hold": (
        "least(p_sum, wallet.available + wallet.pending)",
        "least(p_sum, wallet.available + wallet.pending + wallet.held)",
    ),
    "a return that is not kept": (
        "SET returned = p_returned, given_back",
        "SET given_back",
    ),
    "one point too many": (
        "ELSE p_sum END,\n           pending",
        "ELSE p_sum + 1 END,\n           pending",
    ),
}


@pytest.fixture
def broken_desk(
    database: str, settings: Settings, clock: FixedClock, plain: PlainPlugin
) -> Iterator[Desk]:
    """Return a desk whose ledger a saboteur may have touched: nothing is checked at its end."""
    desk = Desk(
        hot=open_engine(database, settings, pool_size=2, autocommit=True),
        cold=open_engine(database, settings, pool_size=2),
        plugins=Plugins({"plain": plain}),
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900),
        clock=clock,
    )
    yield desk
    desk.close()


def _install(database: str, functions: str) -> None:
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql(functions.replace("%", "%%"))
    owner.dispose()


def _trial(desk: Desk, clock: FixedClock) -> None:
    """Live through a year and a half of one member, and expect every figure of it."""
    coalition = a_coalition(desk)
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        report, key = coalition.a_purchase(ada, "100.00"), a_key()
        earning.earn(work, report, key=key)
        assert earning.earn(work, report, key=key).replayed
        with pytest.raises(ReceiptClaimedError):
            earning.earn(work, report, key=a_key())
        clock.move(days=40)
        earning.earn(work, coalition.a_purchase(ada, "50.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        with pytest.raises(InsufficientPointsError):
            redemption.hold(work, Ask(ada.token, "main", 151), key=a_key())
        held = redemption.hold(work, Ask(ada.token, "main", 60), key=a_key())
        done = redemption.capture(work, held.redemption.id, points=30, key=a_key())
        assert (done.balance.available, done.balance.held) == (120, 0)
        assert redemption.find(work, held.redemption.id).state == "captured"
        assert dict(ledger.balance_of(work, ada.id, "STAR").expiring).popitem()[1] == 50
        other = redemption.hold(work, Ask(ada.token, "main", 20), key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        line = ReportLine(1, "a", "", 2000, "ea", minor("200.00"))
        bought = earning.earn(work, coalition.a_purchase(ada, lines=[line]), key=a_key())
        returns.return_lines(work, bought.purchase_id, {1: 1000}, key=a_key())
        assert returns.find(work, bought.purchase_id).returned == {"1": 1000}
    with desk.work(coalition.as_cinema()) as work:
        spent = redemption.hold(work, Ask(ada.token, "main", 150), key=a_key())
        redemption.capture(work, spent.redemption.id, points=None, key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        back = returns.return_lines(work, bought.purchase_id, None, key=a_key())
        assert (back.clawed_back, back.debt_booked, back.balance.debt) == (100, 50, 50)
        assert back.balance.held == 20
        later = earning.earn(work, coalition.a_purchase(ada, "80.00"), key=a_key())
        assert (later.balance.available, later.balance.debt) == (30, 0)
    with desk.work(coalition.as_cinema()) as work:
        redemption.void(work, other.redemption.id, key=a_key())
    with desk.work(Actor("worker")) as work:
        clock.now = datetime(2027, 6, 30, 15, 0, tzinfo=UTC)
        gone = ledger.expire(work, ada.id, "STAR")
        left = ledger.balance_of(work, ada.id, "STAR").balance.available
        assert gone + left == 50
        clock.now = datetime(2027, 6, 30, 16, 0, tzinfo=UTC)
        if left:
            with pytest.raises(InsufficientPointsError), desk.work(coalition.as_cinema()) as till:
                redemption.hold(till, Ask(ada.token, "main", left), key=a_key())
        assert ledger.expire(work, ada.id, "STAR") == left
        assert left == 30
    with desk.work(Actor("test")) as work:
        assert invariants.check_invariants(work) == []


def test_the_trial_passes_when_nobody_meddles(broken_desk: Desk, clock: FixedClock) -> None:
    _trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught(
    database: str, broken_desk: Desk, clock: FixedClock, name: str
) -> None:
    before, after = SABOTEURS[name]
    functions = ledger_functions()
    assert functions.count(before) >= 1, "the saboteur found nothing to break"
    _install(database, functions.replace(before, after, 1))
    with pytest.raises((AssertionError, StoaError, DBAPIError, pytest.fail.Exception)):
        _trial(broken_desk, clock)
