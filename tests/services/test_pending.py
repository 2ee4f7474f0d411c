"""Pending points: they wait for their day, are clawed back first, and mature by themselves."""

from datetime import date
from decimal import Decimal

import pytest

from stoa.errors import InsufficientPointsError
from stoa.services import clockwork, earning, ledger, partners, redemption, returns
from stoa.services.earning import Earned
from stoa.services.ledger import Balance, Statement
from stoa.services.redemption import Ask
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk
from world import NOON, Coalition, FixedClock, Someone, a_key, met

_DAY = date(2026, 5, 1)


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member of an alliance whose grocery lets points mature after a fortnight."""
    _agree(coalition, 14)
    return coalition.a_member()


def test_points_are_pending_until_their_day_comes(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    earned = _earn(coalition, ada, "100.00")
    assert earned.available_on == date(2026, 5, 15)
    assert _figures(earned.balance) == (0, 100, 0, 0)
    statement = _statement(coalition, ada)
    assert statement.maturing == ((date(2026, 5, 15), 100),)
    with coalition.desk.work(coalition.as_cinema()) as work, pytest.raises(InsufficientPointsError):
        redemption.hold(work, Ask(met(work, ada), "main", 1), key=a_key())
    clock.move(days=14)
    statement = _statement(coalition, ada)
    assert _figures(statement.balance) == (100, 0, 0, 0)
    assert statement.maturing == ()


def test_a_day_early_nothing_matures_and_a_day_late_all_does(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    _earn(coalition, ada, "100.00")
    clock.now = NOON.replace(day=14, hour=15, minute=59)  # 23:59 in Shanghai
    assert _mature(coalition.desk) == 0
    clock.move(minutes=1)
    assert _mature(coalition.desk) == 1
    assert _mature(coalition.desk) == 0
    with coalition.desk.work(Actor("test")) as work:
        told = work.rows("SELECT facts ->> 'points' FROM outbox WHERE topic = 'points.activated'")
    assert [row[0] for row in told] == ["100"]


def test_points_whose_day_has_come_are_spendable_before_the_worker_counts_them(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    _earn(coalition, ada, "100.00")
    clock.move(days=15)
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 100), key=a_key())
    assert _figures(held.balance) == (0, 0, 100, 0)


def test_a_hold_leaves_pending_points_alone(coalition: Coalition, ada: Someone) -> None:
    with coalition.desk.work(coalition.as_cinema()) as work:
        earning.earn(work, coalition.a_purchase(ada, "30.00"), key=a_key())
    _earn(coalition, ada, "100.00")
    with coalition.desk.work(coalition.as_cinema()) as work:
        with pytest.raises(InsufficientPointsError) as refused:
            redemption.hold(work, Ask(met(work, ada), "main", 31), key=a_key())
        assert refused.value.members == {"available_points": 30, "short_by_points": 1}
        held = redemption.hold(work, Ask(met(work, ada), "main", 30), key=a_key())
    assert _figures(held.balance) == (0, 100, 30, 0)


def test_a_clawback_takes_pending_points_before_spendable_ones(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    spent = _earn(coalition, ada, "50.00")
    clock.move(days=20)
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 50), key=a_key())
        redemption.capture(work, held.redemption.id, points=50, key=a_key())
        earning.earn(work, coalition.a_purchase(ada, "40.00"), key=a_key())
    _earn(coalition, ada, "30.00")
    with coalition.desk.work(coalition.as_grocery()) as work:
        back = returns.return_lines(work, spent.purchase_id, None, key=a_key())
    assert _figures(back.balance) == (20, 0, 0, 0)
    assert back.debt_booked == 0


def test_a_debt_is_repaid_from_pending_points(coalition: Coalition, ada: Someone) -> None:
    with coalition.desk.work(coalition.as_cinema()) as work:
        first = earning.earn(work, coalition.a_purchase(ada, "50.00"), key=a_key())
        held = redemption.hold(work, Ask(met(work, ada), "main", 50), key=a_key())
        redemption.capture(work, held.redemption.id, points=50, key=a_key())
        back = returns.return_lines(work, first.purchase_id, None, key=a_key())
    assert _figures(back.balance) == (0, 0, 0, 50)
    assert _figures(_earn(coalition, ada, "80.00").balance) == (0, 30, 0, 0)


def test_points_never_mature_after_their_last_day(
    coalition: Coalition, clock: FixedClock, desk: Desk
) -> None:
    with desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star points", rule=ExpiryRule.MONTH_END, months=1, face_value=Decimal("0.01")
        )
    _agree(coalition, 400)
    ada = coalition.a_member()
    earned = _earn(coalition, ada, "10.00")
    assert earned.available_on == earned.lines[0].expires_on == date(2026, 6, 30)
    clock.move(days=61)
    with desk.work(Actor("worker")) as work:
        assert clockwork.expire_points(work) == 1
    assert _figures(_statement(coalition, ada).balance) == (0, 0, 0, 0)


def test_a_repeated_report_tells_the_same_day(coalition: Coalition, ada: Someone) -> None:
    report, key = coalition.a_purchase(ada), a_key()
    with coalition.desk.work(coalition.as_grocery()) as work:
        first = earning.earn(work, report, key=key)
        again = earning.earn(work, report, key=key)
    assert again.replayed
    assert again.available_on == first.available_on == date(2026, 5, 15)


def test_an_estimate_tells_the_day(coalition: Coalition, ada: Someone) -> None:
    with coalition.desk.work(coalition.as_grocery()) as work:
        told = earning.estimate(work, coalition.a_purchase(ada))
        nothing = earning.estimate(work, coalition.a_purchase(ada, "0.00"))
    assert told.available_on == date(2026, 5, 15)
    assert nothing.available_on is None


def _agree(coalition: Coalition, pending_days: int) -> None:
    with coalition.desk.work(Actor("cli")) as work:
        partners.agree(
            work, coalition.grocery, effective_from=_DAY, issue_price=Decimal("0.012"),
            reimbursement_rate=Decimal("0.009"), backdate_days=30, return_days=30,
            pending_days=pending_days,
        )  # fmt: skip


def _earn(coalition: Coalition, who: Someone, total: str) -> Earned:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def _statement(coalition: Coalition, who: Someone) -> Statement:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return ledger.balance_of(work, who.id, "STAR")


def _mature(desk: Desk) -> int:
    with desk.work(Actor("worker")) as work:
        return clockwork.mature_points(work)


def _figures(balance: Balance) -> tuple[int, int, int, int]:
    return balance.available, balance.pending, balance.held, balance.debt
