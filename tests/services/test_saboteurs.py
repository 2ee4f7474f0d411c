"""Saboteurs: the ledger broken on purpose, one line at a time, and a trial that has to notice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from stoa.config import Settings
from stoa.database import open_engine
from stoa.errors import (
    ExceedsPurchaseError,
    ExceedsRedemptionError,
    HoldExtendedError,
    InsufficientPointsError,
    ReceiptClaimedError,
    StoaError,
)
from stoa.models import functions as ledger_functions
from stoa.plugins import Plugins
from stoa.services import (
    earning,
    invariants,
    ledger,
    partners,
    redemption,
    refunds,
    returns,
)
from stoa.services.backs import Back
from stoa.services.earning import ReportLine
from stoa.services.ledger import StaleError
from stoa.services.redemption import Ask
from stoa.values.facts import Tender, TenderKind
from stoa.values.identifiers import new_uuid
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk, Programme
from world import Coalition, FixedClock, PlainPlugin, Someone, a_coalition, a_key, met, minor

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
    "points that come back to the lots taken first": ("ORDER BY each.n DESC", "ORDER BY each.n"),
    "a refund that may come twice": (
        "SET refunded = h.refunded + p_points",
        "SET refunded = h.refunded",
    ),
    "a refund that nobody counts": (
        "skip := hold.refunded;",
        "skip := 0;",
    ),
    "a refund of more than was captured": (
        "ELSIF p_points > hold.captured - hold.refunded THEN",
        "ELSIF false THEN",
    ),
    "a grace that is forgotten": (
        "IF piece.expires_on < p_today AND p_grace > 0 THEN",
        "IF false THEN",
    ),
    "a refund that fills no lot": (
        "DO UPDATE SET remaining = l.remaining + part",
        "DO UPDATE SET remaining = l.remaining",
    ),
    "a refund that repays no debt": (
        "IF wallet.debt > 0 THEN\n        PERFORM public.stoa_mature(",
        "IF false THEN\n        PERFORM public.stoa_mature(",
    ),
    "a return that restores nothing": (
        "FOR restore IN SELECT * FROM jsonb_array_elements(p_restores) LOOP",
        "FOR restore IN SELECT * FROM jsonb_array_elements('[]') LOOP",
    ),
    "a return of which the money is forgotten": (
        "given_back = p_given_back, status",
        "status",
    ),
    "a return that two may make at once": (
        "AND p.id = p_purchase AND p.version = p_version;",
        "AND p.id = p_purchase;",
    ),
    "a floor that owes all the same": (
        "IF p_policy = 'floor' THEN\n        owed := 0;",
        "IF false THEN\n        owed := 0;",
    ),
    "a hold that lives on and on": ("ELSIF hold.extended OR", "ELSIF"),
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
            redemption.hold(work, Ask(met(work, ada), "main", 151), key=a_key())
        held = redemption.hold(work, Ask(met(work, ada), "main", 60), key=a_key())
        done = redemption.capture(work, held.redemption.id, points=30, key=a_key())
        assert (done.balance.available, done.balance.held) == (120, 0)
        assert redemption.find(work, held.redemption.id).state == "captured"
        assert dict(ledger.balance_of(work, ada.id, "STAR").expiring).popitem()[1] == 50
        other = redemption.hold(work, Ask(met(work, ada), "main", 20), key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        line = ReportLine(1, "a", "", 2000, "ea", minor("200.00"))
        bought = earning.earn(work, coalition.a_purchase(ada, lines=[line]), key=a_key())
        returns.return_lines(work, bought.purchase_id, {1: 1000}, key=a_key())
        assert returns.find(work, bought.purchase_id).returned == {"1": 1000}
    with desk.work(coalition.as_cinema()) as work:
        spent = redemption.hold(work, Ask(met(work, ada), "main", 150), key=a_key())
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
                redemption.hold(till, Ask(met(till, ada), "main", left), key=a_key())
        assert ledger.expire(work, ada.id, "STAR") == left
        assert left == 30
    _give_back(desk, clock, coalition)
    with desk.work(Actor("test")) as work:
        assert invariants.check_invariants(work) == []


def _floor(desk: Desk) -> None:
    with desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star points", rule=ExpiryRule.MONTH_END, months=12, face_value=Decimal("0.01"),
            debt_policy="floor",
        )  # fmt: skip
        work.memo.clear()


def _give_back(desk: Desk, clock: FixedClock, coalition: Coalition) -> None:
    """Live through refunds and returns of another member, and expect every figure of them."""
    eve = coalition.a_member("Eve")
    lots = "SELECT seq, remaining FROM lots WHERE member_id = %s ORDER BY seq"
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(eve, "100.00"), key=a_key())
        clock.move(days=40)
        second = earning.earn(work, coalition.a_purchase(eve, "100.00"), key=a_key())
        held = redemption.hold(work, Ask(met(work, eve), "main", 180), key=a_key()).redemption
        redemption.extend(work, held.id, ttl_s=600, key=a_key())
        with pytest.raises(HoldExtendedError):
            redemption.extend(work, held.id, ttl_s=600, key=a_key())
        redemption.capture(work, held.id, points=150, key=a_key(), reference="P-1")
        line = ReportLine(1, "a", "", 2000, "ea", minor("10.00"))
        tenders = (Tender(TenderKind.CASH, 850), Tender(TenderKind.POINTS, 150))
        report = coalition.a_purchase(eve, lines=[line], tenders=tenders, receipt_no="P-1")
        sold = earning.earn(work, report, key=a_key())
        stale = returns.find(work, sold.purchase_id)
        half = returns.take_back(work, sold.purchase_id, Back(amount="5.00"), key=a_key())
        assert (half.restored, half.clawed_back) == (75, 4)
        assert [tuple(row) for row in work.rows(lots, (eve.id,))][:2] == [(1, 25), (2, 100)]
        with pytest.raises(StaleError):
            ledger.reverse(
                work, eve.id, "STAR", partner_id=coalition.grocery, store_id=stale.store_id,
                key=None, purchase_id=stale.id, version=stale.version, status="posted",
                returned={}, given_back={}, restores=(), policy="debt", grace_days=0,
                kind="return", terminal="", receipt_no="", business_date=work.today(),
                transaction_id=new_uuid(), explanation={}, legs=(), facts={},
            )  # fmt: skip
        with pytest.raises(ExceedsPurchaseError):
            returns.take_back(work, sold.purchase_id, Back(amount="5.01"), key=a_key())
        refunds.refund(work, held.id, points=70, key=a_key())
        assert [tuple(row) for row in work.rows(lots, (eve.id,))][:2] == [(1, 95), (2, 100)]
        with pytest.raises(ExceedsRedemptionError):
            ledger.refund(
                work, eve.id, "STAR", partner_id=coalition.grocery, key=None, hold_id=held.id,
                points=6, transaction_id=new_uuid(), reference="", grace_days=30, explanation={},
                facts={},
            )  # fmt: skip
        rest = returns.take_back(work, sold.purchase_id, Back(), key=a_key())
        assert (rest.restored, rest.status, rest.balance.available) == (5, "returned", 200)
        assert redemption.find(work, held.id).status == "refunded"
    _owe(desk, clock, coalition, eve, second.purchase_id)


def _owe(
    desk: Desk, clock: FixedClock, coalition: Coalition, eve: Someone, bought_id: UUID
) -> None:
    """Owe points, repay them, take them past their last day, and let some go."""
    with desk.work(coalition.as_cinema()) as work:
        spent = redemption.hold(work, Ask(met(work, eve), "main", 200), key=a_key()).redemption
        redemption.capture(work, spent.id, points=None, key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        owed = returns.take_back(work, bought_id, Back(amount="60.00"), key=a_key())
        assert owed.balance.debt == 60
    with desk.work(coalition.as_cinema()) as work:
        back = refunds.refund(work, spent.id, points=70, key=a_key()).balance
        assert (back.available, back.debt) == (10, 0)
        clock.move(days=400)
        late = refunds.refund(work, spent.id, points=30, key=a_key())
        assert sum(points for _, points in ledger.balance_of(work, eve.id, "STAR").expiring) == 30
        assert late.redemption.refunded == 100
    with desk.work(coalition.as_grocery()) as work:
        _floor(desk)
        assert ledger.expire(work, eve.id, "STAR") == 10
        bought = earning.earn(work, coalition.a_purchase(eve, "50.00"), key=a_key())
        redemption.hold(work, Ask(met(work, eve), "main", 60), key=a_key())
        gone = returns.take_back(work, bought.purchase_id, Back(), key=a_key())
        assert (gone.clawed_back, gone.uncollected, gone.balance.debt) == (20, 30, 0)


def test_the_trial_passes_when_nobody_meddles(broken_desk: Desk, clock: FixedClock) -> None:
    _trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught(
    database: str, broken_desk: Desk, clock: FixedClock, name: str
) -> None:
    before, after = SABOTEURS[name]
    functions = ledger_functions()
    assert functions.count(before) >= 1, "the saboteur found nothing to break"
    _install(database, functions.replace(before, after))
    with pytest.raises((AssertionError, StoaError, DBAPIError, pytest.fail.Exception)):
        _trial(broken_desk, clock)
