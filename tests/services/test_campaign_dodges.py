"""Campaigns against those who try: storms of first purchases, mergers, cycles of returns."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from campaigns import EDITOR, OTHER, a_document, hold, left
from stoa.config import Settings
from stoa.database import open_engine
from stoa.plugins import Plugins
from stoa.services import (
    campaigns,
    currencies,
    earning,
    invariants,
    mergers,
    outbox,
    returns,
)
from stoa.services.earning import Earned
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, follow
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key

FIRST = {"fact": "first_purchase", "is": "=", "value": True}


@pytest.fixture
def crowd(database: str, settings: Settings, plugins: Plugins, desk: Desk) -> Iterator[Desk]:
    """Return a desk with as many connections as a storm has tills."""
    wide = [
        open_engine(database, settings, pool_size=32, autocommit=auto) for auto in (True, False)
    ]
    crowd = Desk(
        hot=wide[0], cold=wide[1], plugins=plugins, programme=desk.programme, clock=desk.clock
    )
    yield crowd
    crowd.close()


def a_sale(desk: Desk, coalition: Coalition, who: Someone, total: str = "100.00") -> Earned:
    """Earn once at the grocery."""
    with desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def of_campaign(earned: Earned, code: str = "may") -> int:
    """Return what a campaign paid of a purchase."""
    return sum(line.points for line in earned.lines if line.reason == f"campaign:{code}")


def storm(desk: Desk, coalition: Coalition, people: list[Someone], sales: int) -> list[int]:
    """Let so many tills earn at once; return what the campaign paid each."""
    reports = [coalition.a_purchase(people[place % len(people)]) for place in range(sales)]
    start = Barrier(32)

    def one(report: earning.Report) -> int:
        start.wait()
        with desk.work(coalition.as_grocery()) as work:
            return of_campaign(earning.earn(work, report, key=a_key()))

    with ThreadPoolExecutor(32) as tills:
        return list(tills.map(one, reports))


def told(desk: Desk) -> None:
    """Let the worker tell what happened, to the end."""
    while True:
        with desk.work(ACTOR) as work:
            if not outbox.tell(work, follow):
                return


def test_64_first_purchases_at_once_are_one_first(crowd: Desk, coalition: Coalition) -> None:
    hold(crowd, condition=FIRST)
    assert sum(storm(crowd, coalition, [coalition.a_member()], 64)) == 50


def test_a_dormant_member_is_welcomed_back_once_a_day(
    crowd: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    hold(
        crowd, until="2026-12-31",
        condition={"fact": "days_since_purchase", "is": ">=", "value": 60},
    )  # fmt: skip
    ada = coalition.a_member()
    a_sale(crowd, coalition, ada)
    clock.move(days=60)
    assert sum(storm(crowd, coalition, [ada], 64)) == 50


def test_a_first_purchase_that_came_back_may_be_made_again(
    desk: Desk, coalition: Coalition
) -> None:
    hold(desk, condition=FIRST)
    ada = coalition.a_member()
    for _ in range(3):
        earned = a_sale(desk, coalition, ada)
        assert of_campaign(earned) == 50
        with desk.work(coalition.as_grocery()) as work:
            returns.return_lines(work, earned.purchase_id, None, key=a_key())
        told(desk)
    assert left(desk) == 100_000


def test_a_cap_holds_for_what_is_settled_after_a_merger(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    hold(desk, caps=[{"every": "campaign", "points": 50}])
    ada, twin = coalition.a_member(), coalition.a_member("Twin")
    assert of_campaign(a_sale(desk, coalition, twin)) == 50
    plain.wrong = ValueError
    waiting = a_sale(desk, coalition, twin)
    plain.wrong = None
    assert waiting.status == "pending"
    with desk.work(OTHER) as work:
        mergers.merge(work, twin.id, ada.id, reason="one person")
    with desk.work(ACTOR) as work:
        settled = earning.settle(work, twin.id, waiting.purchase_id)
    assert settled.points > 0
    assert of_campaign(settled) == 0


def test_a_cap_holds_through_a_merger_in_a_storm(crowd: Desk, coalition: Coalition) -> None:
    hold(crowd, caps=[{"every": "campaign", "points": 120}])
    ada, twin = coalition.a_member(), coalition.a_member("Twin")
    reports = [coalition.a_purchase(who) for _ in range(16) for who in (ada, twin)]

    def one(place: int) -> int:
        if place == 12:
            with crowd.work(OTHER) as work:
                mergers.merge(work, twin.id, ada.id, reason="one person")
            return 0
        with crowd.work(coalition.as_grocery()) as work:
            return of_campaign(earning.earn(work, reports[place], key=a_key()))

    with ThreadPoolExecutor(32) as tills:
        list(tills.map(one, range(32)))
    with crowd.work(ACTOR) as work:
        mergers.sweep(work)
        rows = work.rows("SELECT member_id, sum(points) FROM campaign_uses GROUP BY 1")
    assert [row[0] for row in rows] == [ada.id]
    assert of_campaign(a_sale(crowd, coalition, ada)) == 0


def test_twenty_cycles_leave_budget_cap_and_wallet_as_never_bought(
    desk: Desk, coalition: Coalition
) -> None:
    hold(desk, caps=[{"every": "day", "points": 90}, {"every": "month", "uses": 3}])
    hold(
        desk, "triple", bonus={"kind": "multiplier", "times_percent": 300},
        payers=[{"payer": "operator", "share": 33}, {"payer": "partner", "share": 33},
                {"payer": "prt:cinema", "share": 34}],
        caps=[{"every": "week", "points": 401}],
    )  # fmt: skip
    ada = coalition.a_member()
    for turn in range(20):
        earned = a_sale(desk, coalition, ada, f"{100 + turn}.01")
        assert of_campaign(earned) == 50
        assert of_campaign(earned, "triple") > 0
        with desk.work(coalition.as_grocery()) as work:
            if turn % 3 == 0:
                returns.void(work, earned.purchase_id, key=a_key())
            else:
                for _ in range(turn % 4):
                    returns.return_lines(work, earned.purchase_id, {1: 137}, key=a_key())
                returns.return_lines(work, earned.purchase_id, None, key=a_key())
        told(desk)
    assert (left(desk), left(desk, "triple")) == (100_000, 100_000)
    with desk.work(EDITOR) as work:
        balance = currencies.statement(work, ada.id, "STAR").balance
        uses = work.rows("SELECT sum(points), sum(uses) FROM campaign_uses")
    assert (balance.available, balance.pending, balance.debt) == (0, 0, 0)
    assert tuple(uses[0]) == (0, 0)


def test_a_first_purchase_that_was_settled_late_was_the_first(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    hold(desk, condition=FIRST)
    ada = coalition.a_member()
    plain.wrong = ValueError
    waiting = a_sale(desk, coalition, ada)
    plain.wrong = None
    assert waiting.status == "pending"
    assert of_campaign(a_sale(desk, coalition, ada)) == 0
    with desk.work(ACTOR) as work:
        assert of_campaign(earning.settle(work, ada.id, waiting.purchase_id)) == 50


def test_a_budget_near_its_end_makes_nobody_wait_in_a_circle(
    crowd: Desk, coalition: Coalition
) -> None:
    for code in ("may", "spring"):
        hold(crowd, code, bonus={"kind": "fixed", "points": 7}, budget_points=1_000)
    people = [coalition.a_member(f"M{number}") for number in range(60)]
    paid = storm(crowd, coalition, people, 320)
    assert sum(paid) == 1_000
    assert (left(crowd), left(crowd, "spring")) == (0, 0)


@pytest.mark.parametrize(("change", "total"), [(1_500, 1_500), (300, 300)])
def test_a_budget_that_changes_in_a_storm_is_paid_out_to_the_point(
    crowd: Desk, coalition: Coalition, change: int, total: int
) -> None:
    hold(crowd, bonus={"kind": "fixed", "points": 7}, budget_points=1_000)
    people = [coalition.a_member(f"M{number}") for number in range(40)]
    with ThreadPoolExecutor(1) as editor:
        changing = editor.submit(hold, crowd, bonus={"kind": "fixed", "points": 7},
                                 budget_points=change)  # fmt: skip
        paid = storm(crowd, coalition, people, 256)
        changing.result()
    campaigns_left = left(crowd)
    assert sum(paid) + campaigns_left == max(total, sum(paid))
    assert sum(paid) <= 1_500


def test_a_campaign_paused_in_a_storm_pays_nothing_after_it(
    crowd: Desk, coalition: Coalition
) -> None:
    hold(crowd)
    ada, before = coalition.a_member(), Barrier(9)

    def one(report: earning.Report | None) -> int:
        before.wait()
        if report is None:
            with crowd.work(EDITOR) as work:
                campaigns.pause(work, "may")
            return 0
        with crowd.work(coalition.as_grocery()) as work:
            return of_campaign(earning.earn(work, report, key=a_key()))

    reports = [None, *(coalition.a_purchase(ada) for _ in range(8))]
    with ThreadPoolExecutor(9) as tills:
        paid = sum(tills.map(one, reports))
    assert left(crowd) == 100_000 - paid
    assert of_campaign(a_sale(crowd, coalition, ada)) == 0


def test_what_two_people_let_hold_at_once_is_two_books_and_one_budget(crowd: Desk) -> None:
    hold(crowd, budget_points=500)
    with crowd.work(EDITOR) as work:
        campaigns.save(work, "may", a_document(budget_points=700))
    start = Barrier(2)

    def activate(who: Actor) -> int:
        start.wait()
        with crowd.work(who) as work:
            return campaigns.activate(work, "may").version

    with ThreadPoolExecutor(2) as people:
        versions = list(people.map(activate, (EDITOR, OTHER)))
    assert len(set(versions)) == 2
    assert left(crowd) == 700


@pytest.mark.parametrize("lie", ["points = points - 1", "uses = uses + 1", "points = 0, uses = 0"])
def test_caps_that_were_told_less_or_more_are_found(
    desk: Desk, coalition: Coalition, database: str, lie: str
) -> None:
    hold(desk, caps=[{"every": "day", "points": 120}])
    ada = coalition.a_member()
    back = a_sale(desk, coalition, ada)
    a_sale(desk, coalition, ada)
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, back.purchase_id, None, key=a_key())
    told(desk)
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE campaign_uses SET {lie}")
    with desk.work(OTHER) as work:
        found = {each.check for each in invariants.check_invariants(work)}
    assert found == {"caps have seen what campaigns paid"}
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM campaign_uses")
    engine.dispose()


def test_a_return_frees_no_cap_that_came_after_its_purchase(
    desk: Desk, coalition: Coalition
) -> None:
    hold(desk)
    ada = coalition.a_member()
    early = a_sale(desk, coalition, ada)
    hold(desk, caps=[{"every": "week", "points": 50}])
    assert of_campaign(a_sale(desk, coalition, ada)) == 50
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, early.purchase_id, None, key=a_key())
    told(desk)
    assert of_campaign(a_sale(desk, coalition, ada)) == 0
