"""Rollups: sums that follow the log exactly once, equal to the ledger at any pace."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, event

from clearings import WORKER, Alliance, an_alliance
from stoa.models import NOBODY
from stoa.services import invariants, mergers, outbox, positions, rollups
from stoa.values.spans import read_span
from stoa.work import Actor, Work
from stoa.worker import follow
from world import Coalition, FixedClock

ACTIVE = """
SELECT coalesce(sum(members), 0)::int FROM activity_days
 WHERE partner_id = %s AND day >= %s AND day < %s AND before < %s
"""
BY_HAND = """
SELECT count(DISTINCT coalesce(m.merged_into, p.member_id))
  FROM postings p
  JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
  JOIN members m ON m.id = p.member_id
 WHERE (p.partner_id = %s OR %s) AND t.business_date >= %s AND t.business_date < %s
   AND (p.account = 'issued' AND p.points > 0 OR p.account = 'burned' AND p.points < 0)
"""


@pytest.fixture
def alliance(coalition: Coalition, database: str) -> Alliance:
    """Return partners A, B and C."""
    return an_alliance(coalition, database)


def roll_up(alliance: Alliance, *, limit: int = 5000) -> int:
    """Log, book and add up everything, as the worker would; return how much was added up."""
    alliance.book()
    done = 0
    while True:
        with alliance.desk.work(WORKER) as work:
            some = rollups.fold(work, limit=limit)
            positions.fold(work)
        done += some
        if not some:
            return done


def tell(alliance: Alliance) -> None:
    """Tell what the outbox holds, as the worker would."""
    with alliance.desk.work(WORKER) as work:
        while outbox.tell(work, follow, keep=lambda *_: None, limit=100):
            pass


def wrong(alliance: Alliance) -> list[object]:
    """Return what any invariant finds."""
    with alliance.desk.work(Actor("test")) as work:
        return list(invariants.check_invariants(work))


def active(work: Work, start: date, days: int, partner: object = NOBODY) -> tuple[int, int]:
    """Return how many members were active: as counted, and by hand."""
    end = start + timedelta(days=days)
    counted = work.rows(ACTIVE, (partner, start, end, start))[0][0]
    by_hand = work.rows(BY_HAND, (partner, partner == NOBODY, start, end))[0][0]
    return counted, by_hand


def test_members_of_any_period_count_once_each(alliance: Alliance, clock: FixedClock) -> None:
    dice = Random(8)  # noqa: S311 - a history, no secret
    people = [alliance.coalition.a_member(f"M{n}") for n in range(4)]
    first = clock.now
    for n in range(28):
        clock.now = first + timedelta(days=dice.randrange(60))  # most come late
        alliance.issue(dice.choice("ABC"), dice.choice(people), 10)
        if n % 9 == 0:
            roll_up(alliance, limit=7)
    roll_up(alliance, limit=5)
    with alliance.desk.work(WORKER) as work:
        for _ in range(60):
            start = first.date() + timedelta(days=dice.randrange(60))
            partner = dice.choice([NOBODY, *alliance.partners.values()])
            counted, by_hand = active(work, start, dice.randrange(1, 40), partner)
            assert counted == by_hand
    assert wrong(alliance) == []


def test_a_merged_member_counts_as_the_one_who_goes_on(
    alliance: Alliance, clock: FixedClock
) -> None:
    day = clock.now.date()
    ada, twin = alliance.coalition.a_member("Ada"), alliance.coalition.a_member("Twin")
    alliance.issue("A", ada, 10)
    alliance.issue("B", twin, 10)
    roll_up(alliance)
    with alliance.desk.work(WORKER) as work:
        assert active(work, day, 1) == (2, 2)
        assert work.rows("SELECT count(*) FROM shared_months WHERE members > 0")[0][0] == 0
    alliance.issue("C", twin, 10)  # added up after the merger
    with alliance.desk.work(Actor("cli")) as work:
        mergers.merge(work, twin.id, ada.id, reason="the same person")
    assert wrong(alliance) == []  # before anybody was told
    tell(alliance)
    roll_up(alliance)
    with alliance.desk.work(WORKER) as work:
        assert active(work, day, 1) == (1, 1)
        shared = work.rows("SELECT sum(members)::int FROM shared_months")[0][0]
        assert shared == 3
    assert wrong(alliance) == []


def test_what_crosses_is_in_points_and_in_money_and_comes_back(alliance: Alliance) -> None:
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 1000)
    alliance.issue("B", ada, 1000)
    burned = alliance.burn("C", ada, 1500)
    roll_up(alliance, limit=3)

    def crossed() -> dict[tuple[str, str], tuple[int, Decimal]]:
        letters = {each: letter for letter, each in alliance.partners.items()}
        with alliance.desk.work(WORKER) as work:
            rows = work.rows("SELECT issuer_id, partner_id, points, amount FROM cross_days")
        return {(letters[row[0]], letters[row[1]]): (row[2], row[3]) for row in rows}

    assert crossed() == {("A", "C"): (1000, Decimal(9)), ("B", "C"): (500, Decimal("4.5"))}
    alliance.refund("C", burned, 500)
    roll_up(alliance)
    assert crossed() == {("A", "C"): (1000, Decimal(9)), ("B", "C"): (0, Decimal(0))}
    assert wrong(alliance) == []


def test_what_is_left_to_expire_follows_lots(alliance: Alliance, clock: FixedClock) -> None:
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 1000)
    alliance.burn("C", ada, 300)
    roll_up(alliance)
    left = "SELECT coalesce(sum(points), 0)::int FROM expiring_days"
    lots = "SELECT coalesce(sum(remaining), 0)::int FROM lots"
    with alliance.desk.work(WORKER) as work:
        assert work.rows(left) == work.rows(lots) == [(700,)]
    now, clock.now = clock.now, datetime(2027, 6, 1, 4, 0, tzinfo=UTC)
    alliance.expire(ada)
    clock.now = now
    roll_up(alliance)
    with alliance.desk.work(WORKER) as work:
        assert work.rows(left) == work.rows(lots) == [(0,)]
    assert wrong(alliance) == []


def test_workers_side_by_side_add_up_each_entry_once(alliance: Alliance) -> None:
    people = [alliance.coalition.a_member(f"M{n}") for n in range(6)]
    for who in people:
        alliance.issue("A", who, 100)
        alliance.burn("B", who, 40)
    alliance.book()

    def one(_: int) -> int:
        done = 0
        for _ in range(20):
            with alliance.desk.work(WORKER) as work:
                done += rollups.fold(work, limit=2)
        return done

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(one, range(4)))
    done += roll_up(alliance)
    with alliance.desk.work(WORKER) as work:
        entries = work.rows("SELECT entry_no FROM money_mark WHERE name = 'journal'")[0][0]
        assert done == 12 + entries
        assert rollups.behind(work).percent == 100
    assert wrong(alliance) == []


def test_a_killed_batch_leaves_nothing(alliance: Alliance) -> None:
    alliance.issue("A", alliance.coalition.a_member(), 10)
    alliance.book()
    with pytest.raises(ZeroDivisionError), alliance.desk.work(WORKER) as work:
        assert rollups.fold(work) // 0
    with alliance.desk.work(WORKER) as work:
        assert rollups.behind(work).done == 0
        assert work.rows("SELECT 1 FROM member_days") == []
    assert roll_up(alliance) > 0


def test_moves_between_tiers_and_members_are_counted_by_day(
    alliance: Alliance, clock: FixedClock
) -> None:
    first = clock.now
    ada = alliance.coalition.a_member()
    change = """
    INSERT INTO standing_changes (member_id, id, ladder, at, from_tier, to_tier, origin, reason,
           ladder_version, actor)
    SELECT %s, gen_random_uuid(), 'main', %s, 'base', 'gold', 'earned', '', 1, '' RETURNING 1"""

    engine = create_engine(alliance.url)
    with engine.begin() as connection:
        for days in (0, 0, 40):
            connection.exec_driver_sql(change, (ada.id, first + timedelta(days=days)))
    clock.move(days=41)
    for _ in range(3):
        with alliance.desk.work(WORKER) as work:
            rollups.fold_tiers(work)
    with alliance.desk.work(WORKER) as work:
        counted = rollups.count_members(work)
    engine.dispose()
    with alliance.desk.work(WORKER) as work:
        moves = work.rows("SELECT day, moves::int FROM tier_days ORDER BY day")
        members = work.rows("SELECT sum(members)::int FROM enrolled_days")[0][0]
    assert [row[1] for row in moves] == [2, 1]
    assert counted == members


def test_an_overview_agrees_with_the_ledger(alliance: Alliance, clock: FixedClock) -> None:
    ada, eve = alliance.coalition.a_member("Ada"), alliance.coalition.a_member("Eve")
    alliance.issue("A", ada, 1000)
    clock.move(days=40)
    alliance.issue("B", ada, 500)
    returned = alliance.issue("B", eve, 200)
    alliance.take_back("B", returned)
    alliance.burn("C", ada, 1200)
    roll_up(alliance)
    with alliance.desk.work(Actor("cli")) as work:
        rollups.count_members(work)
    with alliance.desk.work(Actor("cli")) as work:
        seen = rollups.overview(work, read_span({"span": "30"}, work.today()))
    assert (seen.now.issued, seen.now.taken_back, seen.now.redeemed) == (700, 200, 1200)
    assert (seen.before.issued, seen.outstanding_before, seen.outstanding) == (1000, 1000, 300)
    assert (seen.active, seen.active_before, seen.trailing[0]) == (2, 1, (7, 2))
    assert seen.months[-1][1] == 2
    ids = alliance.partners
    assert [(each.issuer_id, each.partner_id, each.points) for each in seen.crossing] == [
        (ids["A"], ids["C"], 1000), (ids["B"], ids["C"], 200),
    ]  # fmt: skip
    assert [each.members for each in seen.shared] == [1]
    by_code = {
        each.id: (each.now.issued, each.before.issued, each.active) for each in seen.partners
    }
    assert by_code[ids["B"]] == (700, 0, 2)
    assert by_code[ids["A"]] == (0, 1000, 0)
    assert seen.members >= 2
    assert sum(points for _, points in seen.expiring) <= seen.outstanding
    with alliance.desk.work(alliance.at("B")) as work:
        own = rollups.overview(work, seen.span, partner_id=ids["B"])
    assert (own.now.issued, own.now.redeemed, own.active, own.outstanding) == (700, 0, 2, 0)
    assert [each.points for each in own.crossing] == [200]
    assert [each.id for each in own.partners] == [ids["B"]]


def test_an_overview_asks_as_much_with_any_number_of_rows_and_never_the_ledger(
    alliance: Alliance, clock: FixedClock
) -> None:
    def asked() -> list[set[str]]:
        """Return the tables that each statement of the page looks at, by its plan."""
        said: list[tuple[str, Any]] = []

        def hear(_c: object, _u: object, statement: str, values: Any, *_: object) -> None:
            said.append((statement, values))

        with alliance.desk.work(Actor("cli")) as work:
            connection = work.session.connection()
            event.listen(connection, "before_cursor_execute", hear)
            rollups.overview(work, read_span({"span": "90"}, work.today()))
            rollups.watched(work)
            rollups.outcomes(work)
            event.remove(connection, "before_cursor_execute", hear)
            plans = [
                json.dumps(
                    connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {each}", values).scalar()
                )
                for each, values in said
                if each.lstrip().startswith("SELECT")
            ]
        return [set(re.findall(r'"Relation Name": "(\w+)"', plan)) for plan in plans]

    few = asked()
    for n in range(4):
        alliance.issue("ABCA"[n], alliance.coalition.a_member(f"M{n}"), 10)
        clock.move(days=1)
    roll_up(alliance)
    many = asked()
    assert len(many) == len(few) < 20
    assert {"positions", "activity_days", "cross_days"} < set().union(*many)
    ledger = {"postings", "transactions", "wallets", "lots", "lot_uses", "purchases", "members"}
    assert not ledger & set().union(*many)
