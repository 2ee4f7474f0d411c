"""Saboteurs of transfers: the ledger broken on purpose, and a trial that has to notice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from stoa.config import Settings
from stoa.database import open_engine
from stoa.errors import InsufficientPointsError, SameWalletError, StoaError, TransferLimitError
from stoa.models import functions as ledger_functions
from stoa.plugins import Plugins
from stoa.services import earning, invariants, ledger, returns, transfers
from stoa.services.transfers import Gift
from stoa.work import Actor, Desk, Programme
from world import FixedClock, PlainPlugin, a_coalition, a_key, met

SABOTEURS = {
    "a transfer that mints": ("p_now, p_arrival, taken, 0,", "p_now, p_arrival, taken + 1, 0,"),
    "a transfer to oneself": ("IF p_from = p_to THEN", "IF false THEN"),
    "a day that ends sooner": ("p_from, lot.expires_on,\n", "p_from, lot.expires_on - 1,\n"),
    "an origin forgotten": ("p_origin, p_currency, p_lot\n", "NULL, NULL, NULL\n"),
    "points that end last go first": (
        "ORDER BY l.expires_on, l.seq\n        LOOP",
        "ORDER BY l.expires_on DESC, l.seq\n        LOOP",
    ),
    "points counted after their last day": (
        "AND l.expires_on >= p_today\n       AND l.remaining > l.held",
        "AND l.remaining > l.held",
    ),
    "no limit to a day": ("IF moved > rest THEN", "IF false THEN"),
    "debt that can be given away": ("- coalesce(giver.debt, 0) INTO free", "INTO free"),
    "a key that is not remembered": (
        "p_from, p_partner, p_key, p_fingerprint, p_transfer",
        "p_from, p_partner, gen_random_uuid()::text, p_fingerprint, p_transfer",
    ),
}

LOTS = """
SELECT l.remaining, l.expires_on, p.expires_on, p.origin_member_id, p.origin_currency, p.origin_seq
  FROM lots l JOIN postings p USING (member_id, currency, seq)
 WHERE l.member_id = %s ORDER BY l.expires_on, l.seq
"""


@pytest.fixture
def broken_desk(
    database: str, settings: Settings, clock: FixedClock, plain: PlainPlugin
) -> Iterator[Desk]:
    """Return a desk whose ledger a saboteur may have touched: nothing is checked at its end."""
    desk = Desk(
        hot=open_engine(database, settings, pool_size=2, autocommit=True),
        cold=open_engine(database, settings, pool_size=2),
        plugins=Plugins({"plain": plain}),
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900, 200),
        clock=clock,
    )
    yield desk
    desk.close()


def _trial(desk: Desk, clock: FixedClock) -> None:
    coalition = a_coalition(desk)
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
        clock.move(days=31)
        earning.earn(work, coalition.a_purchase(ada, "200.00"), key=a_key())
        before = work.rows(LOTS, (ada.id,))
        gift = Gift(met(work, ada), bob.token, 120, "main")
        with pytest.raises(SameWalletError):
            transfers.transfer(work, replace(gift, receiver=ada.token), key=a_key())
        key = a_key()
        done = transfers.transfer(work, gift, key=key)
        assert (done.balance.available, done.received.available) == (180, 120)
        assert transfers.transfer(work, gift, key=key).replayed
        got = work.rows(LOTS, (bob.id,))
        assert [tuple(row) for row in got] == [
            (100, before[0][1], before[0][2], ada.id, "STAR", 1),
            (20, before[1][1], before[1][2], ada.id, "STAR", 2),
        ]
        with pytest.raises(TransferLimitError):
            transfers.transfer(work, replace(gift, points=81), key=a_key())
        sale = earning.earn(work, coalition.a_purchase(bob, "50.00"), key=a_key())
        transfers.transfer(work, Gift(met(work, bob), ada.token, 170, "main"), key=a_key())
        returns.return_lines(work, sale.purchase_id, None, key=a_key())
        clock.move(days=1)
        transfers.transfer(work, replace(gift, points=60), key=a_key())
        with pytest.raises(InsufficientPointsError):
            transfers.transfer(work, Gift(met(work, bob), ada.token, 11, "main"), key=a_key())
        clock.now = datetime(2027, 6, 30, 16, 0, tzinfo=UTC)
        with pytest.raises(InsufficientPointsError):
            transfers.transfer(work, replace(gift, points=1), key=a_key())
        assert ledger.balance_of(work, ada.id, "STAR").balance.available == 0
    with desk.work(Actor("test")) as work:
        assert invariants.check_invariants(work) == []


def test_the_trial_passes_when_nobody_meddles(broken_desk: Desk, clock: FixedClock) -> None:
    _trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught(
    database: str, broken_desk: Desk, clock: FixedClock, name: str
) -> None:
    before, after = SABOTEURS[name]
    functions = ledger_functions("transfers")
    assert functions.count(before) == 1, "the saboteur found nothing to break"
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql(functions.replace(before, after).replace("%", "%%"))
    owner.dispose()
    with pytest.raises((AssertionError, DBAPIError, StoaError, pytest.fail.Exception)):
        _trial(broken_desk, clock)
