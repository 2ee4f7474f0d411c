"""Positions: sums that follow the log, and figures that are exact whatever is folded yet."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from lies import LOG
from stoa.models import NOBODY
from stoa.services import analytics, earning, positions, redemption, returns
from stoa.services.analytics import Flow
from stoa.services.positions import Position
from stoa.services.redemption import Ask
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, BEATS
from world import Coalition, FixedClock, Someone, a_key, met

MAY_1 = date(2026, 5, 1)
FLOWS_BY_HAND = """
SELECT t.business_date, p.partner_id,
       coalesce(sum(p.points) FILTER (WHERE p.account = 'issued' AND p.points > 0), 0)::bigint,
       coalesce(-sum(p.points) FILTER (WHERE p.account = 'issued' AND p.points < 0), 0)::bigint,
       coalesce(-sum(p.points) FILTER (WHERE p.account = 'burned'), 0)::bigint,
       coalesce(-sum(p.points) FILTER (WHERE p.account = 'expired'), 0)::bigint,
       sum(p.points)::bigint
  FROM postings p JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
 GROUP BY t.business_date, p.partner_id
"""


@pytest.fixture
def owner(database: str) -> Iterator[Engine]:
    """Return an engine with the owner's rights."""
    engine = create_engine(database, poolclass=NullPool)
    yield engine
    engine.dispose()


def log(owner: Engine) -> None:
    """Log every posting that is not in the log, as the worker would."""
    with owner.begin() as connection:
        connection.exec_driver_sql(LOG)


def fold(desk: Desk, *, limit: int = 5000) -> int:
    """Fold once, as the worker would."""
    with desk.work(ACTOR) as work:
        return positions.fold(work, limit=limit)


def buy(coalition: Coalition, who: Someone, total: str) -> UUID:
    """Buy at the grocery; return the purchase."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key()).purchase_id


def spend(coalition: Coalition, who: Someone, points: int) -> None:
    """Redeem at the cinema."""
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, who), "main", points), key=a_key())
        redemption.capture(work, held.redemption.id, points=None, key=a_key())


def give_back(coalition: Coalition, purchase_id: UUID) -> None:
    """Bring all of a purchase back."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, purchase_id, None, key=a_key())


def figures(desk: Desk) -> tuple[Position, Position, Position]:
    """Return the exact positions: issued, burned, and of debts."""
    with desk.work(Actor("test")) as work:
        issued, burned, debt = (
            positions.position(work, "STAR", account=account)
            for account in ("issued", "burned", "debt")
        )
    return issued, burned, debt


def test_figures_are_exact_whatever_is_logged_or_folded(
    desk: Desk, coalition: Coalition, owner: Engine
) -> None:
    ada, ben = coalition.a_member(), coalition.a_member("Ben")
    first = buy(coalition, ada, "100.00")
    spend(coalition, ada, 70)
    expected = (Position(100, 100, 1), Position(-70, 0, 1), Position(0, 0, 0))
    assert figures(desk) == expected  # nothing is logged
    log(owner)
    assert figures(desk) == expected  # nothing is folded
    assert fold(desk) == 2
    assert figures(desk) == expected  # all is folded
    give_back(coalition, first)
    buy(coalition, ben, "25.00")
    expected = (Position(25, 125, 3), Position(-70, 0, 1), Position(70, 70, 1))
    assert figures(desk) == expected
    log(owner)
    assert fold(desk, limit=1) == 1
    assert figures(desk) == expected  # some is folded, some logged
    buy(coalition, ben, "1.00")
    assert figures(desk)[0] == Position(26, 126, 4)  # some is not even logged
    assert [fold(desk, limit=1) for _ in range(3)] == [1, 1, 0]
    assert figures(desk)[0] == Position(26, 126, 4)


def test_a_position_is_asked_for_by_partner_payer_and_days(
    desk: Desk, coalition: Coalition, owner: Engine, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    buy(coalition, ada, "100.00")
    clock.move(days=2)
    buy(coalition, ada, "30.00")
    log(owner)
    fold(desk)
    with desk.work(Actor("test")) as work:

        def issued(**asked: UUID | date) -> int:
            return positions.position(work, "STAR", account="issued", **asked).points  # type: ignore[arg-type]

        assert issued(partner_id=coalition.grocery) == 130
        assert issued(partner_id=coalition.cinema) == 0
        assert issued(payer_id=coalition.grocery) + issued(payer_id=NOBODY) == 130
        assert issued(until=MAY_1 + timedelta(days=2)) == 100
        assert issued(since=MAY_1 + timedelta(days=2)) == 30
        assert positions.position(work, "MOON", account="issued") == Position(0, 0, 0)


def test_the_dashboards_flows_are_those_of_the_postings(
    desk: Desk, coalition: Coalition, owner: Engine, clock: FixedClock
) -> None:
    ada, ben = coalition.a_member(), coalition.a_member("Ben")
    first = buy(coalition, ada, "100.00")
    spend(coalition, ada, 70)
    log(owner)
    fold(desk, limit=1)
    clock.move(days=1)
    give_back(coalition, first)
    log(owner)
    clock.move(days=1)
    buy(coalition, ben, "40.00")
    spend(coalition, ben, 15)
    with desk.work(Actor("test")) as work:
        by_hand = {Flow(*row) for row in work.rows(FLOWS_BY_HAND)}
        assert set(analytics.flows(work, since=MAY_1)) == by_hand
        scanned = positions.flows(work, "STAR", since=MAY_1, longest_tail=0)
        assert {Flow(*row) for row in scanned} == by_hand
        late = {flow for flow in by_hand if flow.day > MAY_1}
        assert set(analytics.flows(work, since=MAY_1 + timedelta(days=1))) == late
    assert len(by_hand) == 6


def test_workers_side_by_side_fold_each_entry_once(
    desk: Desk, coalition: Coalition, owner: Engine
) -> None:
    ada = coalition.a_member()
    for _ in range(12):
        buy(coalition, ada, "10.00")
    log(owner)
    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(lambda _: fold(desk, limit=2), range(20)))
    done += sum(iter(lambda: fold(desk, limit=2), 0))
    assert done == 12
    assert figures(desk)[0] == Position(120, 120, 12)


def test_a_worker_that_finds_another_folding_leaves_it_alone(
    desk: Desk, coalition: Coalition, owner: Engine
) -> None:
    buy(coalition, coalition.a_member(), "10.00")
    log(owner)
    with desk.work(ACTOR) as work:
        assert positions.fold(work) == 1
        assert fold(desk) == 0  # neither waits nor folds twice
    assert fold(desk) == 0


def test_a_fold_that_fails_has_folded_nothing(
    desk: Desk, coalition: Coalition, owner: Engine
) -> None:
    buy(coalition, coalition.a_member(), "10.00")
    log(owner)

    def fold_and_fail() -> None:
        with desk.work(ACTOR) as work:
            assert positions.fold(work) // 0

    with pytest.raises(ZeroDivisionError):
        fold_and_fail()
    assert fold(desk) == 1
    assert figures(desk)[0] == Position(10, 10, 1)


def test_every_worker_folds(desk: Desk, coalition: Coalition, owner: Engine) -> None:
    buy(coalition, coalition.a_member(), "10.00")
    log(owner)
    beat = next(each for each in BEATS if each.name == "fold_positions")
    with desk.work(ACTOR) as work:
        assert beat.deed(work, lambda: False) == 1
