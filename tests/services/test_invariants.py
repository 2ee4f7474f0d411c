"""The invariants: each finds what an owner of the database could do to the books, and names it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from lies import LIES, LOG, Lie
from stoa.services import (
    earning,
    invariants,
    journal,
    ledger,
    positions,
    redemption,
    returns,
    rollups,
)
from stoa.services.invariants import CHECKS, Finding, Walk
from stoa.services.invariants.checks import ALONG_KEYS, ALONG_MEMBERS, within
from stoa.services.redemption import Ask
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key, met

TEST = Actor("test")
ABOUT_NOBODY = (
    "active days",
    "active members",
    "members shared",
    "crossing",
    "points that expire",
    "receipt",
    "key",
    "currency",
    "position",
    "sum of money",
    "transfer",
    "budget",
    "stock",
    "draw ",
    "gate event ",
    "prize ",
    "coupon",
    "use of",
    "supply",
    "funding ",
)


def a_history(coalition: Coalition) -> Someone:
    """Earn twice, burn, return with debt, earn and repay, leave a hold open, fold the log."""
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_grocery()) as work:
        first = earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
        earning.earn(work, coalition.a_purchase(ada, "30.00"), key=a_key())
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 120), key=a_key())
        redemption.capture(work, held.redemption.id, points=110, key=a_key())
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, first.purchase_id, None, key=a_key())
        earning.earn(work, coalition.a_purchase(ada, "500.00"), key=a_key())
    with coalition.desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 33), key=a_key())
    return ada


@pytest.fixture
def owner(database: str) -> Iterator[Engine]:
    """Return an engine with the owner's rights."""
    engine = create_engine(database, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def logged(owner: Engine, coalition: Coalition) -> Someone:
    """Return the member of a history whose postings are all in the log and in the positions."""
    ada = a_history(coalition)
    with owner.begin() as connection:
        connection.exec_driver_sql(LOG)
    with coalition.desk.work(TEST) as work:
        assert positions.fold(work) == 7
        assert journal.book(work) == 7
    with coalition.desk.work(TEST) as work:
        assert rollups.fold(work) >= 7
    return ada


@contextmanager
def undone(owner: Engine) -> Iterator[Connection]:
    """Let a test lie in a transaction of the owner that comes to nothing."""
    with owner.connect() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection
        connection.rollback()


def findings_of(connection: Connection, title: str) -> list[Finding]:
    """Run one check over everything, within the transaction of the lie."""
    check = CHECKS[title]
    statement, _ = within(check.statement, check.way)
    return [Finding(title, *row) for row in connection.exec_driver_sql(statement).all()]


def walk_through(desk: Desk, *, size: int, limit: int = 100) -> tuple[list[Walk], list[Finding]]:
    """Walk to the end, each step a work of its own; return every stage and all findings."""
    with desk.work(TEST) as work:
        stages = [invariants.begin(work)]
    found: list[Finding] = []
    while not stages[-1].finished:
        with desk.work(TEST) as work:
            walk, news = invariants.go_on(work, stages[-1], size=size, limit=limit)
        stages.append(walk)
        found += news
    return stages, found


def test_a_history_of_all_deeds_leaves_nothing_to_find(desk: Desk, logged: Someone) -> None:
    assert logged
    with desk.work(TEST) as work:
        assert invariants.check_invariants(work) == []


def test_every_check_has_a_saboteur() -> None:
    assert {lie.check for lie in LIES} == set(CHECKS)


@pytest.mark.parametrize("lie", LIES)
def test_the_check_names_what_was_tampered_with_and_where(
    owner: Engine, logged: Someone, lie: Lie
) -> None:
    with undone(owner) as connection:
        assert findings_of(connection, lie.check) == []
        connection.exec_driver_sql(lie.statements)
        found = findings_of(connection, lie.check)
    assert any(each.place.startswith(lie.place) for each in found), found
    assert all(each.detail for each in found)
    if not lie.place.startswith(ABOUT_NOBODY):
        assert {each.member_id for each in found} == {logged.id}


def test_a_walk_finds_what_one_look_at_everything_finds(
    desk: Desk, coalition: Coalition, owner: Engine, logged: Someone
) -> None:
    someones = [logged, *(a_history(coalition) for _ in range(4))]
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE wallets SET available = available + 1")
        connection.exec_driver_sql("UPDATE keys SET subject_id = member_id")
        connection.exec_driver_sql("UPDATE receipts SET subject_id = gen_random_uuid()")
    with desk.work(TEST) as work:
        at_once = invariants.check_invariants(work)
    stages, found = walk_through(desk, size=9)
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE wallets SET available = available - 1")
        connection.exec_driver_sql("UPDATE keys k SET subject_id = coalesce((SELECT id FROM"
            " transactions t WHERE t.member_id = k.member_id LIMIT 1), NULL)")  # fmt: skip
        connection.exec_driver_sql("UPDATE receipts r SET subject_id = p.id FROM purchases p"
            " WHERE p.receipt_no = r.receipt_no")  # fmt: skip
    assert {each.member_id for each in found if each.member_id} == {each.id for each in someones}
    assert sorted(map(repr, found)) == sorted(map(repr, at_once))
    assert len(stages) > len(someones)
    assert [walk.completed for walk in stages] == sorted(walk.completed for walk in stages)
    assert stages[-1].completed == stages[-1].total


def test_slices_leave_out_no_row_whose_member_has_no_wallet(
    desk: Desk, coalition: Coalition, owner: Engine, logged: Someone
) -> None:
    a_history(coalition)
    with owner.begin() as connection:
        for table in ("postings", "wallets"):
            connection.exec_driver_sql(f"CREATE TABLE kept AS TABLE {table}")
            connection.exec_driver_sql(f"ALTER TABLE kept RENAME TO kept_{table}")
        connection.exec_driver_sql("UPDATE postings SET member_id = %s WHERE member_id = %s",
                                   ("ffffffff-ffff-ffff-ffff-ffffffffffff", logged.id))  # fmt: skip
    _, found = walk_through(desk, size=5)
    with owner.begin() as connection:
        connection.exec_driver_sql("TRUNCATE postings")
        connection.exec_driver_sql("INSERT INTO postings TABLE kept_postings")
        connection.exec_driver_sql("DROP TABLE kept_postings, kept_wallets")
    assert "ffffffff" in {str(each.member_id)[:8] for each in found}


def test_a_check_finds_no_more_than_its_limit(
    desk: Desk, coalition: Coalition, owner: Engine
) -> None:
    for _ in range(5):
        a_history(coalition)
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE wallets SET debt = debt + 1")
    _, found = walk_through(desk, size=1, limit=3)
    with desk.work(TEST) as work:
        at_once = invariants.check_invariants(work, limit=3)
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE wallets SET debt = debt - 1")
    title = "debts are the sum of their postings"
    assert [each.check for each in found] == [each.check for each in at_once] == [title] * 3


def test_a_walk_through_nothing_ends(desk: Desk) -> None:
    stages, found = walk_through(desk, size=1)
    assert found == []
    assert stages[-1].name == "all"
    assert stages[0].name == "members"


def test_what_is_posted_meanwhile_waits_for_nobody_and_disturbs_nothing(
    desk: Desk, coalition: Coalition, owner: Engine, logged: Someone
) -> None:
    def earn() -> int:
        with desk.work(coalition.as_grocery()) as till:
            done = earning.earn(till, coalition.a_purchase(logged, "25.00"), key=a_key())
        return done.balance.available

    with desk.work(TEST) as work:
        walk = invariants.begin(work)
    with desk.work(TEST) as work, ThreadPoolExecutor(1) as pool:
        walk, found = invariants.go_on(work, walk)
        pid = work.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        assert pool.submit(earn).result(timeout=20) == 387 + 25
        with owner.connect() as connection:
            locks = connection.exec_driver_sql(
                "SELECT DISTINCT locktype, mode FROM pg_locks WHERE pid = %s", (pid,)
            ).all()
        seen = ledger.balance_of(work, logged.id, "STAR").balance.available
    assert found == []
    assert walk.leg == 1
    assert seen == 387
    assert {tuple(row) for row in locks} == {
        ("relation", "AccessShareLock"),
        ("virtualxid", "ExclusiveLock"),
    }


def test_a_walk_amid_purchases_finds_nothing(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    someones = [coalition.a_member(f"Member {number}") for number in range(6)]
    assert clock
    reports = [coalition.a_purchase(each, "10.00") for each in someones for _ in range(8)]
    done = threading.Event()

    def till() -> None:
        for report in reports:
            with desk.work(coalition.as_grocery()) as work:
                earning.earn(work, report, key=a_key())
        done.set()

    walks = 0
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(till)
        while not done.is_set() or walks == 0:
            assert walk_through(desk, size=4)[1] == []
            walks += 1
        selling.result()
    assert walks


def test_a_statement_is_cut_to_a_slice() -> None:
    text, values = within("x WITHIN(p)", ALONG_KEYS, start=(1, "a"), end=(2, "b"))
    first, last = text.split(" AND ")
    assert first == "x (p.partner_id, p.key) >= (%(start_0)s, %(start_1)s)"
    assert last == "(p.partner_id, p.key) < (%(end_0)s, %(end_1)s)"
    assert values == {"start_0": 1, "start_1": "a", "end_0": 2, "end_1": "b"}
    member = within("x WITHIN(p)", ALONG_MEMBERS, start=(1,))
    assert member == ("x p.member_id >= %(start_0)s", {"start_0": 1})
    assert within("x WITHIN(p)", ALONG_MEMBERS) == ("x true", {})
    assert within("x WITHIN(p)", None, start=(1,)) == ("x WITHIN(p)", {})


def test_ids_of_one_morning_do_not_make_one_slice(desk: Desk, coalition: Coalition) -> None:
    firsts = {new_uuid().hex[:6] for _ in range(5)}
    assert len(firsts) == 1  # they lie together, so equal stretches of the space would not do
    for number in range(6):
        coalition.a_member(f"Member {number}")
    stages, _ = walk_through(desk, size=2)
    starts = {walk.start for walk in stages if walk.leg == 0}
    assert len(starts) >= 3
