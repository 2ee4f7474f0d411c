"""Saboteurs of mergers and pools: the ledger broken on purpose, and trials that have to notice."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from stoa.config import Settings
from stoa.database import open_engine
from stoa.errors import StoaError
from stoa.models import functions as ledger_functions
from stoa.plugins import Plugins
from stoa.services import earning, households, invariants, ledger, mergers, redemption, returns
from stoa.services.redemption import Ask
from stoa.work import Actor, Desk, Programme, Work
from world import FixedClock, PlainPlugin, Someone, a_coalition, a_key, met

LOTS = "SELECT sum(remaining), min(expires_on), max(expires_on) FROM lots WHERE member_id = %s"


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


def merging(desk: Desk, clock: FixedClock) -> None:
    """Merge a member with lots of two months, a hold and a debt to come; expect every figure."""
    coalition = a_coalition(desk)
    old, new = coalition.a_member(), coalition.a_member("Bob")
    clock.move(days=20)
    with desk.work(coalition.as_grocery()) as work:
        sale = earning.earn(work, coalition.a_purchase(old, "100.00"), key=a_key())
        clock.move(days=15)
        earning.earn(work, coalition.a_purchase(old, "50.00"), key=a_key())
        earning.earn(work, coalition.a_purchase(new, "40.00"), key=a_key())
        before = tuple(work.rows(LOTS, (old.id,))[0])
    with desk.work(coalition.as_cinema()) as work:
        spent = redemption.hold(work, Ask(met(work, old), "main", 70), key=a_key())
        redemption.capture(work, spent.redemption.id, points=None, key=a_key())
        kept = redemption.hold(work, Ask(met(work, old), "main", 60), key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, sale.purchase_id, None, key=a_key())
        assert _figures(work, old) == (0, 0, 60, 80)
    with desk.work(Actor("staff:test")) as work:
        moved = mergers.merge(work, old.id, new.id, reason="test").moved
        assert [(each.points, each.debt) for each in moved] == [(60, 80)]
        assert _figures(work, old) == (0, 0, 0, 0)
        assert _figures(work, new) == (0, 0, 60, 40)
        assert tuple(work.rows(LOTS, (new.id,))[0]) == (60, *before[1:])
    with desk.work(coalition.as_cinema()) as work:
        redemption.capture(work, kept.redemption.id, points=60, key=a_key())
    with desk.work(Actor("test")) as work:
        assert invariants.check_invariants(work) == []


def pooling(desk: Desk, clock: FixedClock) -> None:
    """Let two pool points and one leave; expect that nobody takes the other's."""
    coalition = a_coalition(desk)
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    with desk.work(coalition.as_grocery()) as work:
        for who, total in ((ada, "60.00"), (bob, "40.00")):
            earning.earn(work, coalition.a_purchase(who, total), key=a_key())
            clock.move(days=31)
        households.found(work, ada.token, "Lovelace")
        households.add(work, met(work, ada), bob.token, "spender")
        households.contribute(work, met(work, ada), 60, "main")
        pool = households.contribute(work, met(work, bob), 40, "main").pool
        assert pool.balance.available == 100
    with desk.work(coalition.as_grocery()) as work:
        assert households.leave(work, met(work, bob)).given_back == 40
        assert households.find(work, ada.token).balance.available == 60
        assert _figures(work, bob) == (40, 0, 0, 0)
    with desk.work(Actor("test")) as work:
        assert invariants.check_invariants(work) == []


def _figures(work: Work, who: Someone) -> tuple[int, int, int, int]:
    now = ledger.balance_of(work, who.id, "STAR").balance
    return now.available, now.pending, now.held, now.debt


Trial = Callable[[Desk, FixedClock], None]

SABOTEURS: dict[str, tuple[Trial, str, str]] = {
    "held points that get lost": (
        merging,
        "lot.remaining, lot.held, 'merge'",
        "lot.remaining, 0, 'merge'",
    ),
    "a hold left behind": (merging, "SET member_id = p_into, lots = (", "SET lots = ("),
    "a hold that names old lots": (merging, "places -> (e ->> 1)", "e -> 1"),
    "a lot that gains a day": (
        merging,
        "'merge', p_from,\n                lot.expires_on,",
        "'merge', p_from,\n                lot.expires_on + 1,",
    ),
    "a debt that is dodged": (merging, "SET debt = owed + w.debt", "SET debt = w.debt"),
    "a debt that is not repaid": (merging, "IF new.debt > 0 AND", "IF false AND"),
    "a debt posted once only": (
        merging,
        "(p_into, old.currency, new.seq + 2, arrival, -owed, born, 'merged', 'merge_debt')",
        "(p_into, old.currency, new.seq + 2, arrival, -1, born, 'merged', 'merge_debt')",
    ),
    "an old wallet that keeps its holds": (
        merging,
        "SET available = 0, pending = 0, held = 0, debt = 0,",
        "SET available = 0, pending = 0, debt = 0,",
    ),
    "a leaver who takes all": (
        pooling,
        "public.stoa_giver(p_from, p_currency, l.seq) = ANY(p_origins)",
        "true",
    ),
    "an origin forgotten": (pooling, "p_origin, p_currency, p_lot\n", "NULL, NULL, NULL\n"),
}


@pytest.mark.parametrize("trial", [merging, pooling])
def test_the_trials_pass_when_nobody_meddles(
    broken_desk: Desk, clock: FixedClock, trial: Trial
) -> None:
    trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught(
    database: str, broken_desk: Desk, clock: FixedClock, name: str
) -> None:
    trial, before, after = SABOTEURS[name]
    functions = ledger_functions("transfers", "mergers")
    assert before in functions, "the saboteur found nothing to break"
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql(functions.replace(before, after).replace("%", "%%"))
    owner.dispose()
    with pytest.raises((AssertionError, DBAPIError, StoaError, pytest.fail.Exception)):
        trial(broken_desk, clock)
