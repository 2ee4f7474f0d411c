"""Exchange on trial: storms of opposite exchanges, and a ledger broken on purpose."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from currencies import STAFF, a_market
from stoa.config import Settings
from stoa.database import open_engine
from stoa.errors import InsufficientPointsError, StoaError
from stoa.models import functions
from stoa.plugins import Plugins
from stoa.services import currencies, earning, exchange, invariants, ledger, redemption, returns
from stoa.values.exchange import Rate
from stoa.work import Desk, Key, Programme
from world import Coalition, FixedClock, PlainPlugin, Someone, a_coalition, a_key, met

_AT_ONCE = 32

SABOTEURS = {
    "points that end last go first": (
        "l.remaining > l.held\n         ORDER BY l.expires_on, l.seq",
        "l.remaining > l.held\n         ORDER BY l.expires_on DESC",
    ),
    "points that were held": (
        "sum(l.remaining - l.held), 0) - coalesce",
        "sum(l.remaining), 0) - coalesce",
    ),
    "owed points that go": ("- coalesce(source.debt, 0) INTO free", "INTO free"),
    "a key that is not remembered": (
        "p_member, p_partner, p_key, p_fingerprint, p_exchange",
        "p_member, p_partner, gen_random_uuid()::text, p_fingerprint, p_exchange",
    ),
    "a rate that always rounds up": ("WHEN 'down' THEN 0", "WHEN 'down' THEN (twice > 0)::int"),
    "a rate of yesterday": ("ORDER BY r.effective_from DESC, r.version DESC", "ORDER BY r.version"),
    "a lot that lives shorter": (
        "greatest((e ->> 0)::date, coalesce(p_expires_on, '9999-12-31'))",
        "coalesce(p_expires_on, '9999-12-31')",
    ),
    "a share that is lost": (">= row_number() OVER", "> row_number() OVER"),
    "an origin that is another": (
        "p_member, p_from, part.seq\n        );",
        "p_member, p_from, 1\n        );",
    ),
    "a wallet that forgets what came": (
        "available = w.available + received",
        "available = w.available",
    ),
    "a payer that is forgotten": ("birth.payer_id, 'exchange'", "NULL, 'exchange'"),
}


@pytest.fixture
def broken(
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


def _trial(desk: Desk, clock: FixedClock) -> None:
    """Exchange the points of one member through every rule, and expect every figure of it."""
    market = a_market(a_coalition(desk))
    ada = market.a_member()
    _earn(market, ada, "50.00")
    clock.move(days=40)
    _earn(market, ada, "33.00")
    _earn(market, ada, "24.00")
    key = a_key()
    first = _swap(market, ada, 55, key)
    assert (first.gone.available, first.come.available) == (52, 16)
    assert _swap(market, ada, 55, key).replayed
    with desk.work(STAFF) as work:
        star = ledger.balance_of(work, ada.id, "STAR")
        assert [points for _, points in star.expiring] == [52]
        exchange.set_rates(work, [Rate("STAR", "CINE", 1, 10)])
    with desk.work(market.as_cinema()) as work:
        rows = work.rows(
            "SELECT points, origin_seq, payer_id, expires_on >= '2027-05-31' FROM postings"
            " WHERE currency = 'CINE' ORDER BY seq"
        )
        assert [tuple(row) for row in rows] == [
            (15, 1, market.cinema, True), (1, 2, market.cinema, True),
        ]  # fmt: skip
        second = _swap(market, ada, 20)
        assert second.come.available == 18
        hold = redemption.hold(work, redemption.Ask(met(work, ada), "main", 30), key=a_key())
        with pytest.raises(InsufficientPointsError):
            _swap(market, ada, 10)
        redemption.void(work, hold.redemption.id, key=a_key())
    _owe(market, ada)
    with desk.work(STAFF) as work:
        assert invariants.check_invariants(work) == []


def _owe(market: Coalition, who: Someone) -> None:
    """Owe points while some are there, and try to carry them off."""
    with market.desk.work(market.as_cinema()) as work:
        bought = earning.earn(work, market.a_purchase(who, "10.00"), key=a_key())
        hold = redemption.hold(work, redemption.Ask(met(work, who), "main", 42), key=a_key())
        returns.return_lines(work, bought.purchase_id, None, key=a_key())
        redemption.void(work, hold.redemption.id, key=a_key())
    with pytest.raises(InsufficientPointsError) as refused:
        _swap(market, who, 40)
    assert refused.value.members["available_points"] == 32


def _earn(market: Coalition, who: Someone, total: str) -> None:
    with market.desk.work(market.as_cinema()) as work:
        earning.earn(work, market.a_purchase(who, total), key=a_key())


def _swap(
    market: Coalition, who: Someone, points: int, key: Key | None = None, way: str = "STAR CINE"
) -> exchange.Exchanged:
    with market.desk.work(market.as_cinema()) as work:
        source, target = way.split()
        return exchange.exchange(work, met(work, who), source, target, points, key=key or a_key())


def test_the_trial_passes_when_nobody_meddles(broken: Desk, clock: FixedClock) -> None:
    _trial(broken, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught(database: str, broken: Desk, clock: FixedClock, name: str) -> None:
    before, after = SABOTEURS[name]
    text = functions("exchange")
    assert text.count(before) == 1, "the saboteur found nothing to break, or too much"
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql(text.replace(before, after).replace("%", "%%"))
    owner.dispose()
    with pytest.raises((AssertionError, StoaError, DBAPIError, pytest.fail.Exception)):
        _trial(broken, clock)


def test_opposite_exchanges_at_once_lose_nothing_and_meet_no_deadlock(
    coalition: Coalition,
) -> None:
    market = a_market(coalition)
    ada = market.a_member()
    _earn(market, ada, "3000.00")
    _swap(market, ada, 1000)
    worth = {"STAR": Fraction(3, 10), "CINE": Fraction(1)}

    def swap(turn: int) -> str:
        way, points = ("STAR CINE", 10) if turn % 2 else ("CINE STAR", 3)
        try:
            _swap(market, ada, points, way=way)
        except StoaError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(_AT_ONCE) as crowd:
        outcomes = Counter(crowd.map(swap, range(2 * _AT_ONCE)))
    assert outcomes == {"done": 2 * _AT_ONCE}
    with market.desk.work(STAFF) as work:
        left = {
            each.balance.currency: each.balance.available
            for each in currencies.wallets(work, ada.id)
        }
    assert left == {"STAR": 2000, "CINE": 300}
    assert sum(worth[code] * points for code, points in left.items()) == 900


def test_one_key_at_once_is_one_exchange(coalition: Coalition) -> None:
    market = a_market(coalition)
    ada = market.a_member()
    _earn(market, ada, "1000.00")
    key = a_key()
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: _swap(market, ada, 100, key), range(8)))
    assert len({each.exchange_id for each in answers}) == 1
    assert [each.replayed for each in answers].count(False) == 1
    assert {each.come.available for each in answers} == {30}
