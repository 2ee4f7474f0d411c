"""Budgets and caps: never passed, whoever earns at once; paid out to the point; given back once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from campaigns import OTHER, a_document, hold, left
from stoa.config import Settings
from stoa.database import open_engine
from stoa.errors import FourEyesError
from stoa.plugins import Plugins
from stoa.services import campaigns, earning, invariants, ledger, mergers, outbox, returns
from stoa.services.earning import Earned
from stoa.work import Desk
from stoa.worker import ACTOR, follow
from world import Coalition, FixedClock, Someone, a_key


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


@pytest.fixture
def meddle(database: str) -> Iterator[Callable[[str], None]]:
    """Return a way to change the database with its owner's rights."""
    engine = create_engine(database, poolclass=NullPool)

    def run(statement: str) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)

    yield run
    engine.dispose()


def a_sale(desk: Desk, coalition: Coalition, who: Someone, total: str = "100.00") -> Earned:
    """Earn once at the grocery."""
    with desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def of_campaign(earned: Earned, code: str = "may") -> int:
    """Return what a campaign paid of a purchase."""
    return sum(line.points for line in earned.lines if line.reason == f"campaign:{code}")


def storm(desk: Desk, coalition: Coalition, people: list[Someone], sales: int) -> list[int]:
    """Let so many tills earn at once; return what the campaign paid each."""
    chosen = [people[place % len(people)] for place in range(sales)]
    reports = [coalition.a_purchase(who, "100.00") for who in chosen]

    def one(report: earning.Report) -> int:
        with desk.work(coalition.as_grocery()) as work:
            return of_campaign(earning.earn(work, report, key=a_key()))

    with ThreadPoolExecutor(32) as tills:
        return list(tills.map(one, reports))


def found(desk: Desk) -> set[str]:
    """Return the checks that find something."""
    with desk.work(OTHER) as work:
        return {each.check for each in invariants.check_invariants(work)}


def test_a_storm_of_200_pays_a_budget_of_1000_out_to_the_point(
    crowd: Desk, coalition: Coalition
) -> None:
    hold(crowd, bonus={"kind": "fixed", "points": 7}, budget_points=1_000)
    people = [coalition.a_member(f"M{number}") for number in range(40)]
    paid = storm(crowd, coalition, people, 200)
    assert sum(paid) == 1_000
    assert left(crowd) == 0


def test_a_cap_of_a_day_is_never_passed_by_64_at_once(crowd: Desk, coalition: Coalition) -> None:
    hold(crowd, bonus={"kind": "fixed", "points": 30}, caps=[{"every": "day", "points": 100}])
    ada = coalition.a_member()
    paid = storm(crowd, coalition, [ada], 64)
    assert sorted(paid, reverse=True)[:5] == [30, 30, 30, 10, 0]
    assert sum(paid) == 100


def test_a_cap_of_uses_is_never_passed_by_many_at_once(crowd: Desk, coalition: Coalition) -> None:
    hold(crowd, caps=[{"every": "campaign", "uses": 3}])
    ada = coalition.a_member()
    assert sum(storm(crowd, coalition, [ada], 24)) == 150


@pytest.mark.parametrize(
    ("check", "sabotage"),
    [
        ("budgets are what was granted less what was paid", ("- wanted.points", "- 0")),
        (
            "no member passes the cap of a campaign",
            ("u.points + excluded.points <= cap.points", "true"),
        ),
    ],
)
def test_a_ledger_that_takes_too_little_is_caught(
    crowd: Desk,
    coalition: Coalition,
    meddle: Callable[[str], None],
    check: str,
    sabotage: tuple[str, str],
) -> None:
    hold(
        crowd, bonus={"kind": "fixed", "points": 30}, budget_points=10_000,
        caps=[{"every": "day", "points": 100}],
    )  # fmt: skip
    ada = coalition.a_member()
    before, after = sabotage
    meddle(
        "DO $do$ BEGIN EXECUTE (SELECT replace(replace(pg_get_functiondef(oid),"
        f" '{before}', '{after}'), 'wanted.points <= coalesce', 'true OR 0 <= coalesce')"
        " FROM pg_proc WHERE proname = 'stoa_take_campaigns'); END $do$"
    )
    storm(crowd, coalition, [ada], 32)
    assert check in found(crowd)
    meddle("TRUNCATE campaign_funds, campaign_budgets, rule_versions")
    meddle("UPDATE postings SET reason = 'base' WHERE reason LIKE 'campaign:%%'")
    meddle("DELETE FROM campaign_uses")


@pytest.mark.parametrize(
    ("every", "days", "pays"),
    [("day", 1, True), ("week", 2, False), ("week", 3, True), ("month", 30, False),
     ("month", 31, True), ("campaign", 40, False)],
)  # fmt: skip
def test_a_cap_counts_anew_with_its_period(
    desk: Desk, coalition: Coalition, clock: FixedClock, every: str, days: int, *, pays: bool
) -> None:
    hold(desk, until="2026-12-31", caps=[{"every": every, "points": 50}])
    ada = coalition.a_member()
    assert of_campaign(a_sale(desk, coalition, ada)) == 50  # Friday, 1 May
    assert of_campaign(a_sale(desk, coalition, ada)) == 0
    clock.move(days=days)
    assert of_campaign(a_sale(desk, coalition, ada)) == 50 * pays


def test_what_is_left_of_a_budget_is_paid_in_part(desk: Desk, coalition: Coalition) -> None:
    hold(desk, budget_points=70)
    ada = coalition.a_member()
    assert [of_campaign(a_sale(desk, coalition, ada)) for _ in range(3)] == [50, 20, 0]


def test_a_larger_budget_pays_again_at_once(desk: Desk, coalition: Coalition) -> None:
    hold(desk, budget_points=50)
    ada = coalition.a_member()
    assert [of_campaign(a_sale(desk, coalition, ada)) for _ in range(2)] == [50, 0]
    hold(desk, budget_points=130)
    assert [of_campaign(a_sale(desk, coalition, ada)) for _ in range(3)] == [50, 30, 0]
    hold(desk, budget_points=60)
    assert left(desk) == 0


def test_a_large_budget_needs_a_second_person(desk: Desk) -> None:
    with desk.work(OTHER) as work:
        campaigns.save(work, "big", a_document(budget_points=100_001))
        with pytest.raises(FourEyesError):
            campaigns.activate(work, "big")


def told(desk: Desk) -> int:
    """Let the worker tell what happened."""
    with desk.work(ACTOR) as work:
        return outbox.tell(work, follow)


def test_what_comes_back_goes_back_to_budget_and_cap_once(desk: Desk, coalition: Coalition) -> None:
    hold(desk, caps=[{"every": "day", "points": 50, "uses": 1}])
    ada = coalition.a_member()
    first = a_sale(desk, coalition, ada)
    assert of_campaign(a_sale(desk, coalition, ada)) == 0
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, first.purchase_id, {1: 500}, key=a_key())
    told(desk)
    assert left(desk) == 100_000 - 25
    assert of_campaign(a_sale(desk, coalition, ada)) == 0  # it was used once still
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, first.purchase_id, None, key=a_key())
    for _ in range(2):
        told(desk)
        with desk.work(ACTOR) as work:
            work.rows(
                "SELECT stoa_give_back_campaigns(%s, %s, %s)",
                (ada.id, first.purchase_id, work.now()),
            )
    assert left(desk) == 100_000
    assert of_campaign(a_sale(desk, coalition, ada)) == 50


def test_two_memberships_of_one_person_have_one_cap(desk: Desk, coalition: Coalition) -> None:
    hold(desk, caps=[{"every": "campaign", "points": 70}])
    ada, twin = coalition.a_member(), coalition.a_member("Twin")
    assert of_campaign(a_sale(desk, coalition, ada)) == 50
    assert of_campaign(a_sale(desk, coalition, twin)) == 50
    with desk.work(OTHER) as work:
        mergers.merge(work, twin.id, ada.id, reason="one person")
    assert of_campaign(a_sale(desk, coalition, ada)) == 0


def test_an_empty_budget_is_told_of_once(desk: Desk, coalition: Coalition) -> None:
    hold(desk, budget_points=50)
    hold(desk, "other")
    a_sale(desk, coalition, coalition.a_member())
    with desk.work(ACTOR) as work:
        assert [campaigns.note_exhausted(work) for _ in range(2)] == [1, 0]
    with desk.work(ACTOR) as work:
        rows = work.rows("SELECT facts FROM outbox WHERE topic = 'campaign.exhausted'")
    assert [row[0] for row in rows] == [{"campaign": "may"}]


def test_an_empty_budget_costs_the_next_purchases_no_second_try(
    desk: Desk, coalition: Coalition, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(desk, budget_points=50)
    ada = coalition.a_member()
    tries: list[int] = []
    post = ledger.earn

    def counted(*values: Any, **named: Any) -> ledger.Balance:
        tries.append(1)
        return post(*values, **named)

    monkeypatch.setattr(ledger, "earn", counted)
    for _ in range(4):
        a_sale(desk, coalition, ada)
    assert len(tries) == 4 + 1
    clock.move(seconds=10)
    a_sale(desk, coalition, ada)
    assert len(tries) == 5 + 2


def test_a_campaign_ends_when_no_till_can_report_for_it_any_more(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    hold(desk, until="2026-05-10")
    for days, ended in ((39, 0), (2, 1), (1, 0)):
        clock.move(days=days)
        with desk.work(ACTOR) as work:
            assert campaigns.end_past(work) == ended
