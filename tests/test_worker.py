"""The worker: events are told at least once, what falls due happens once, failures stay apart."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.pool import NullPool

import stoa.worker
from stoa.cli.desk import open_desk
from stoa.config import Settings
from stoa.errors import InsufficientPointsError
from stoa.models.ledger import Transaction
from stoa.models.outbox import OutboxEvent
from stoa.services import (
    clockwork,
    earning,
    ledger,
    log,
    outbox,
    partners,
    redemption,
    returns,
)
from stoa.services.earning import ReportLine
from stoa.services.outbox import MAX_ATTEMPTS, Heard
from stoa.services.redemption import Ask
from stoa.values.events import TOPICS
from stoa.values.identifiers import public_id
from stoa.work import Desk, Work
from stoa.worker import ACTOR, BEATS, FOLLOWS, TURNS, Beat, Worker, follow, worker_limits
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key, met

LAST_MOMENT = datetime(2027, 5, 31, 15, 59, 59, 999_000, tzinfo=UTC)
"""A millisecond before the first of June 2027 in Shanghai: points of May 2026 end with that day."""


def _earn(coalition: Coalition, who: Someone, total: str = "100.00") -> earning.Earned:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def _hold(coalition: Coalition, who: Someone, points: int) -> redemption.Held:
    with coalition.desk.work(coalition.as_cinema()) as work:
        return redemption.hold(work, Ask(met(work, who), "main", points), key=a_key())


def _balance(coalition: Coalition, who: Someone) -> ledger.Balance:
    with coalition.desk.work(ACTOR) as work:
        return ledger.balance_of(work, who.id, "STAR").balance


def _do(desk: Desk, deed: Callable[[Work], int]) -> int:
    with desk.work(ACTOR) as work:
        return deed(work)


def _tell(desk: Desk, deed: Callable[[Work, Heard], None] = follow, **limits: Any) -> int:
    return _do(desk, lambda work: outbox.tell(work, deed, **limits))


def _beat(desk: Desk, name: str) -> int:
    (beat,) = (each for each in BEATS if each.name == name)
    return _do(desk, lambda work: beat.deed(work, lambda: False))


def test_postings_are_logged_and_signed_by_the_worker(
    coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    for expected in (1, 1):
        _earn(coalition, ada)
        assert _beat(coalition.desk, "log") == expected
    with coalition.desk.work(ACTOR) as work:
        assert log.size_signed(work) == 1
    clock.move(seconds=60)
    assert _beat(coalition.desk, "log") == 0
    with coalition.desk.work(ACTOR) as work:
        assert log.size_signed(work) == 2
        assert log.find_tampering(work) == []


def _expiries(desk: Desk, member_id: UUID) -> int:
    with desk.work(ACTOR) as work:
        of_member = select(Transaction.id).where(Transaction.member_id == member_id)
        return len(work.session.scalars(of_member.where(Transaction.kind == "expire")).all())


def _states(desk: Desk) -> set[tuple[str, int]]:
    with desk.work(ACTOR) as work:
        rows = work.session.execute(select(OutboxEvent.state, OutboxEvent.attempts)).all()
        return {(state, attempts) for state, attempts in rows}


class TestPointsEnd:
    def test_points_can_be_redeemed_until_the_last_moment_of_their_day(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        clock.now = LAST_MOMENT
        assert _do(coalition.desk, clockwork.expire_points) == 0
        assert _hold(coalition, ada, 40).balance.available == 60

    @pytest.mark.parametrize("late", [timedelta(milliseconds=1), timedelta(milliseconds=2)])
    def test_points_whose_day_is_over_can_not_be_redeemed_and_end_once(
        self, coalition: Coalition, clock: FixedClock, late: timedelta
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        clock.now = LAST_MOMENT + late
        with pytest.raises(InsufficientPointsError):
            _hold(coalition, ada, 1)
        assert _do(coalition.desk, clockwork.expire_points) == 1
        assert _do(coalition.desk, clockwork.expire_points) == 0
        assert _balance(coalition, ada).available == 0
        assert _expiries(coalition.desk, ada.id) == 1

    def test_workers_side_by_side_end_points_once(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        someones = [coalition.a_member(f"Member {number}") for number in range(5)]
        for someone in someones:
            _earn(coalition, someone)
        clock.now = LAST_MOMENT + timedelta(seconds=1)
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: _do(coalition.desk, clockwork.expire_points), range(4)))
        assert sum(done) == 5
        assert [_expiries(coalition.desk, each.id) for each in someones] == [1] * 5

    def test_held_points_end_when_their_hold_does(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        clock.now = LAST_MOMENT
        _hold(coalition, ada, 40)
        clock.now = LAST_MOMENT + timedelta(seconds=1)
        _do(coalition.desk, clockwork.expire_points)
        assert _balance(coalition, ada).held == 40
        clock.move(minutes=15)
        assert _do(coalition.desk, clockwork.expire_holds) == 1
        balance = _balance(coalition, ada)
        assert (balance.available, balance.held) == (0, 0)

    def test_pages_of_the_walk_leave_nobody_out(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        for number in range(5):
            _earn(coalition, coalition.a_member(f"Member {number}"))
        clock.now = LAST_MOMENT + timedelta(days=1)
        assert _do(coalition.desk, partial(clockwork.expire_points, limit=2)) == 5

    def test_a_worker_that_stops_leaves_the_rest_for_the_next(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        for number in range(3):
            _earn(coalition, coalition.a_member(f"Member {number}"))
        clock.now = LAST_MOMENT + timedelta(days=1)
        asked = iter([False, True])
        done = _do(coalition.desk, partial(clockwork.expire_points, stopping=lambda: next(asked)))
        assert done == 1
        assert _do(coalition.desk, clockwork.expire_points) == 2


class TestHoldsEnd:
    def test_a_hold_left_alone_gives_its_points_back_once(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        held = _hold(coalition, ada, 40)
        assert _do(coalition.desk, clockwork.expire_holds) == 0
        clock.move(minutes=5)
        assert _do(coalition.desk, clockwork.expire_holds) == 1
        assert _do(coalition.desk, clockwork.expire_holds) == 0
        assert _balance(coalition, ada).available == 100
        with coalition.desk.work(coalition.as_cinema()) as work:
            assert redemption.find(work, held.redemption.id).state == "expired"

    def test_workers_side_by_side_end_each_hold_once(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        for _ in range(8):
            _hold(coalition, ada, 10)
        clock.move(minutes=15)
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: _do(coalition.desk, clockwork.expire_holds), range(4)))
        assert sum(done) == 8
        assert _balance(coalition, ada).available == 100

    def test_a_call_ends_no_more_holds_than_its_limit(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        for _ in range(3):
            _hold(coalition, ada, 10)
        clock.move(minutes=15)
        assert _do(coalition.desk, partial(clockwork.expire_holds, limit=2)) == 2
        stopped = partial(clockwork.expire_holds, stopping=lambda: True)
        assert _do(coalition.desk, stopped) == 0


class TestBusyWallets:
    @pytest.fixture
    def impatient(
        self, coalition: Coalition, settings: Settings, plain: PlainPlugin, clock: FixedClock
    ) -> Iterator[Desk]:
        """Return a desk that waits for no lock, on the coalition's database."""
        assert coalition.desk
        limits = replace(settings, lock_timeout_ms=20)
        with open_desk(limits, plugins={"plain": plain}, clock=clock) as desk:
            yield desk

    @pytest.mark.parametrize("deed", [clockwork.expire_points, clockwork.expire_holds])
    def test_a_locked_wallet_is_left_for_the_next_time(
        self,
        coalition: Coalition,
        impatient: Desk,
        clock: FixedClock,
        database: str,
        deed: Callable[[Work], int],
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        clock.now = LAST_MOMENT
        _hold(coalition, ada, 40)
        clock.move(days=1)
        engine = create_engine(database, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("SELECT 1 FROM wallets FOR UPDATE"))
            assert _do(impatient, deed) == 0
        assert _do(impatient, deed) == 1


class TestPendingPurchases:
    def test_a_pending_purchase_is_settled_when_the_plugin_answers_again(
        self, coalition: Coalition, plain: PlainPlugin
    ) -> None:
        ada = coalition.a_member()
        plain.wrong = _raise
        assert _earn(coalition, ada).status == "pending"
        plain.wrong = None
        assert _do(coalition.desk, clockwork.settle_pending) == 1
        assert _do(coalition.desk, clockwork.settle_pending) == 0
        assert _balance(coalition, ada).available == 100

    def test_what_fails_again_rests_twice_as_long_each_time(
        self, coalition: Coalition, clock: FixedClock, plain: PlainPlugin
    ) -> None:
        asked = []

        def garbage() -> str:
            asked.append(clock.now)
            return "garbage"

        plain.wrong = garbage
        _earn(coalition, coalition.a_member())
        start = clock.now
        asked.clear()
        for _ in range(8):
            _do(coalition.desk, clockwork.settle_pending)
            clock.move(seconds=30)
        assert [(at - start).total_seconds() for at in asked] == [0, 30, 90, 210]

    def test_a_partner_whose_plugin_fails_keeps_nobody_else_waiting(
        self, coalition: Coalition, plain: PlainPlugin
    ) -> None:
        ada = coalition.a_member()
        asked = []

        def garbage() -> str:
            asked.append("again")
            return "garbage"

        plain.wrong = garbage
        for _ in range(6):
            _earn(coalition, ada)
        with coalition.desk.work(coalition.as_cinema()) as work:
            earning.earn(work, coalition.a_purchase(ada), key=a_key())
        with coalition.desk.work(ACTOR) as work:
            partners.configure(work, coalition.cinema, "standard", {})
        asked.clear()
        assert _do(coalition.desk, clockwork.settle_pending) == 1
        assert len(asked) == 3

    def test_a_change_of_the_partner_is_seen_without_a_restart(
        self, coalition: Coalition, plain: PlainPlugin, clock: FixedClock
    ) -> None:
        ada = coalition.a_member()
        plain.wrong = _raise
        _earn(coalition, ada, "10.00")
        assert _do(coalition.desk, clockwork.settle_pending) == 0
        with coalition.desk.work(ACTOR) as work:
            partners.configure(work, coalition.grocery, "standard", {"base_rate": "3"})
        clock.move(minutes=1)
        assert _do(coalition.desk, clockwork.settle_pending) == 1
        assert _balance(coalition, ada).available == 30

    def test_a_purchase_that_the_plugin_now_refuses_stays_pending(
        self, coalition: Coalition, plain: PlainPlugin
    ) -> None:
        ada = coalition.a_member()
        plain.wrong = _raise
        tanker = ReportLine(1, "95", "", 300_000, "L", 240_000)
        with coalition.desk.work(coalition.as_grocery()) as work:
            earned = earning.earn(work, coalition.a_purchase(ada, lines=[tanker]), key=a_key())
        with coalition.desk.work(ACTOR) as work:
            partners.configure(work, coalition.grocery, "fuel", {"max_fill": "200"})
        assert _do(coalition.desk, clockwork.settle_pending) == 0
        with coalition.desk.work(coalition.as_grocery()) as work:
            assert returns.find(work, earned.purchase_id).status == "pending"

    def test_a_worker_that_stops_asks_no_more(
        self, coalition: Coalition, plain: PlainPlugin
    ) -> None:
        plain.wrong = _raise
        _earn(coalition, coalition.a_member())
        plain.wrong = None
        stopped = partial(clockwork.settle_pending, stopping=lambda: True)
        assert _do(coalition.desk, stopped) == 0
        assert _do(coalition.desk, clockwork.settle_pending) == 1


class TestTheOutbox:
    def test_every_topic_stands_in_the_table(self) -> None:
        assert set(FOLLOWS) == set(TOPICS)

    def test_a_plugin_hears_what_concerns_its_partner(
        self, coalition: Coalition, plain: PlainPlugin
    ) -> None:
        ada = coalition.a_member()
        earned = _earn(coalition, ada)
        assert _tell(coalition.desk) == 2
        enrolled, told = plain.heard
        assert (enrolled.topic, told.topic) == ("member.enrolled", "points.earned")
        assert told.partner == public_id("prt", coalition.grocery)
        assert told.facts["purchase"] == public_id("pur", earned.purchase_id)
        assert told.facts["points"] == 100

    def test_a_plugin_knows_a_member_by_its_partners_own_reference_only(
        self, coalition: Coalition, plain: PlainPlugin
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        _hold(coalition, ada, 10)
        _tell(coalition.desk)
        told = str(plain.heard)
        assert public_id("mem", ada.id) not in told
        at_grocery, at_cinema = (plain.heard[place].facts["member_ref"] for place in (1, 2))
        assert at_grocery.startswith("mbr_")
        assert at_grocery != at_cinema

    def test_an_event_is_told_once_and_only_once(
        self, coalition: Coalition, plain: PlainPlugin
    ) -> None:
        _earn(coalition, coalition.a_member())
        assert _tell(coalition.desk) == 2
        assert _tell(coalition.desk) == 0
        assert len(plain.heard) == 2
        assert _states(coalition.desk) == {("told", 1)}

    def test_two_workers_at_once_tell_an_event_once(self, coalition: Coalition) -> None:
        _earn(coalition, coalition.a_member())
        heard: list[str] = []
        both = threading.Barrier(2, timeout=10)

        def one_by_one(_: Work, event: Heard) -> None:
            heard.append(event.event.id)
            both.wait()  # both workers hold an event now, and neither has committed

        with ThreadPoolExecutor(2) as pool:
            done = pool.map(lambda _: _tell(coalition.desk, one_by_one, limit=1), range(2))
        assert list(done) == [1, 1]
        assert len(set(heard)) == 2
        assert _tell(coalition.desk) == 0

    def test_what_follows_at_the_end_sees_each_member_of_the_batch_once(
        self, coalition: Coalition
    ) -> None:
        ada, ben = coalition.a_member(), coalition.a_member("Ben")
        for who in (ada, ben, ada):
            _earn(coalition, who)
        seen: list[list[UUID]] = []

        def at_end(_: Work, members: Sequence[UUID]) -> None:
            seen.append(list(members))

        assert _tell(coalition.desk, lambda _, heard: heard.at_end(at_end)) == 5
        assert seen == [sorted([ada.id, ben.id])]
        assert _states(coalition.desk) == {("told", 1)}

    def test_an_end_that_fails_for_one_member_is_undone_for_that_one_only(
        self, coalition: Coalition
    ) -> None:
        ada, ben = coalition.a_member(), coalition.a_member("Ben")
        for who in (ada, ben, ada):
            _earn(coalition, who)

        def at_end(work: Work, members: Sequence[UUID]) -> None:
            for member_id in members:
                work.record("tier.upgraded", {}, member_id=member_id, partner_id=None)
            if ben.id in members:
                raise RuntimeError("boom")

        assert _tell(coalition.desk, lambda _, heard: heard.at_end(at_end)) == 5
        with coalition.desk.work(ACTOR) as work:
            rows = work.session.execute(
                select(OutboxEvent.member_id, OutboxEvent.topic, OutboxEvent.state)
            ).all()
        assert {(who, state) for who, topic, state in rows if topic == "points.earned"} == {
            (ada.id, "told"), (ben.id, "new"),
        }  # fmt: skip
        assert [who for who, topic, _ in rows if topic == "tier.upgraded"] == [ada.id]

    def test_an_event_without_any_rule_to_follow_costs_no_statement_of_its_own(
        self, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        _tell(coalition.desk)
        real, sent = Work.rows, list[str]()

        def rows(work: Work, statement: Any, values: Any = ()) -> Any:
            sent.append(statement)
            return real(work, statement, values)

        monkeypatch.setattr(Work, "rows", rows)
        counts = []
        for times in (1, 20):
            for _ in range(times):
                _earn(coalition, ada)
            sent.clear()
            assert _tell(coalition.desk) == times
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 8

    def test_an_event_that_commits_late_is_told_all_the_same(self, coalition: Coalition) -> None:
        with coalition.desk.work(coalition.as_cinema()) as work:
            work.record("member.enrolled", {"late": True}, member_id=None, partner_id=None)
            work.session.flush()
            coalition.a_member()
            assert _tell(coalition.desk) == 1
        assert _tell(coalition.desk) == 1

    def test_a_plugin_that_raises_does_not_stop_the_others(
        self, coalition: Coalition, plain: PlainPlugin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ada = coalition.a_member()
        for _ in range(3):
            _earn(coalition, ada)
        real = coalition.desk.plugins.notify

        def notify(name: str, event: Any, settings: Any) -> None:
            if event.topic == "member.enrolled":
                raise RuntimeError("boom")
            real(name, event, settings)

        monkeypatch.setattr(coalition.desk.plugins, "notify", notify)
        assert _tell(coalition.desk) == 4
        assert [event.topic for event in plain.heard] == ["points.earned"] * 3
        assert _states(coalition.desk) == {("told", 1), ("new", 1)}

    def test_what_fails_is_told_again_later_and_given_up_in_the_end(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        coalition.a_member()
        start, tried = clock.now, []

        def fail(_: Work, __: Heard) -> None:
            tried.append((clock.now - start).total_seconds())
            raise RuntimeError("boom")

        _tell(coalition.desk, fail)
        assert _tell(coalition.desk, fail) == 0
        for attempt in range(1, MAX_ATTEMPTS):
            clock.now = start + timedelta(seconds=4**attempt)
            _tell(coalition.desk, fail)
        assert tried == [0, *(4**attempt for attempt in range(1, MAX_ATTEMPTS))]
        assert _states(coalition.desk) == {("failed", MAX_ATTEMPTS)}
        clock.move(days=365)
        assert _tell(coalition.desk) == 0

    def test_what_was_done_for_an_event_that_failed_is_undone(self, coalition: Coalition) -> None:
        coalition.a_member()
        coalition.a_member("Grace")

        def half(work: Work, heard: Heard) -> None:
            work.record("benefit.claimed", {"by": heard.event.id}, member_id=None, partner_id=None)
            work.session.flush()
            raise RuntimeError("boom")

        assert _tell(coalition.desk, half) == 2
        assert _states(coalition.desk) == {("new", 1)}

    def test_an_event_of_a_newer_release_waits_for_its_workers(self, coalition: Coalition) -> None:
        with coalition.desk.work(ACTOR) as work:
            work.record("comet.seen", {}, member_id=None, partner_id=None)
        assert _tell(coalition.desk) == 1
        assert _states(coalition.desk) == {("new", 1)}

    def test_a_batch_ends_in_time_and_the_rest_follows(self, coalition: Coalition) -> None:
        for number in range(3):
            coalition.a_member(f"Member {number}")
        assert _tell(coalition.desk, within_s=0.0) == 1
        assert _tell(coalition.desk) == 2

    def test_told_events_are_forgotten_after_a_month_and_failed_ones_kept(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        coalition.a_member()
        coalition.a_member("Grace")
        _tell(coalition.desk, limit=1)
        with coalition.desk.work(ACTOR) as work:
            work.session.execute(
                update(OutboxEvent).where(OutboxEvent.state == "new").values(state="failed")
            )
        clock.move(days=30)
        assert _do(coalition.desk, outbox.forget) == 0
        clock.move(seconds=1)
        assert _do(coalition.desk, outbox.forget) == 1
        assert _states(coalition.desk) == {("failed", 0)}

    def test_all_old_events_are_forgotten_however_many_unless_the_worker_stops(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        for number in range(3):
            coalition.a_member(f"Member {number}")
        _tell(coalition.desk)
        clock.move(days=31)
        stopped = partial(outbox.forget, stopping=lambda: True)
        assert _do(coalition.desk, stopped) == 0
        assert _do(coalition.desk, partial(outbox.forget, limit=2)) == 3


class TestTheWorker:
    def test_it_tells_events_and_stops_when_asked(
        self, coalition: Coalition, database: str, plain: PlainPlugin
    ) -> None:
        told = threading.Event()
        plain.heard = _Signal(told)
        worker = Worker(coalition.desk, database)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            _earn(coalition, coalition.a_member())
            assert told.wait(20)
        finally:
            worker.stop()
            thread.join(20)
        assert not thread.is_alive()

    def test_its_turns_run_as_jobs_of_the_queue(
        self, coalition: Coalition, database: str, clock: FixedClock
    ) -> None:
        ada = coalition.a_member()
        _earn(coalition, ada)
        clock.now = LAST_MOMENT + timedelta(seconds=1)
        worker = Worker(coalition.desk, database)
        queue = worker._queue()
        assert {turn.name for turn in TURNS} <= {task.name for task in queue.tasks.values()}

        async def once() -> list[int]:
            async with queue.open_async():
                ids = [
                    await queue.configure_task(name).defer_async(timestamp=0)
                    for name in ("bury", *(turn.name for turn in TURNS))
                ]
                await queue.run_worker_async(wait=False, install_signal_handlers=False)
            return ids

        ids = asyncio.run(once())
        assert _balance(coalition, ada).available == 0
        of_ours = "SELECT DISTINCT status::text FROM procrastinate_jobs WHERE id = ANY(%s)"
        with coalition.desk.work(ACTOR) as work:
            assert work.rows(of_ours, (ids,)) == [("succeeded",)]

    def test_a_deed_that_fails_is_tried_again_and_stops_nothing(
        self, coalition: Coalition, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        called, went_on = [], threading.Event()

        def deed(_: Work, __: Callable[[], bool]) -> int:
            called.append(1)
            if len(called) == 1:
                raise RuntimeError("boom")
            went_on.set()
            return 0

        monkeypatch.setattr(stoa.worker, "_AFTER_FAILURE_S", 0.01)
        monkeypatch.setattr(stoa.worker, "BEATS", (Beat("odd", 0.01, 1, deed),))
        worker = Worker(coalition.desk, database)
        thread = threading.Thread(target=worker.run)
        thread.start()
        assert went_on.wait(20)
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()

    def test_jobs_go_on_when_the_database_is_back(
        self, coalition: Coalition, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun, came_back = [], threading.Event()

        async def run(*_: Any, **__: Any) -> None:
            begun.append(1)
            if len(begun) == 1:
                raise ConnectorException
            came_back.set()

        monkeypatch.setattr(stoa.worker, "_AFTER_FAILURE_S", 0.01)
        monkeypatch.setattr(App, "run_worker_async", run)
        worker = Worker(coalition.desk, database)
        thread = threading.Thread(target=worker.run)
        thread.start()
        assert came_back.wait(20)
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()

    def test_jobs_of_a_worker_that_was_killed_are_buried(
        self, coalition: Coalition, database: str
    ) -> None:
        queue = Worker(coalition.desk, database)._queue()

        async def bury() -> None:
            async with queue.open_async():
                await queue.configure_task("expire_points").defer_async(timestamp=0)
                dead = await queue.job_manager.register_worker()
                assert await queue.job_manager.fetch_job(queues=None, worker_id=dead)
                await queue.job_manager.unregister_worker(dead)
                await queue.configure_task("bury").defer_async(timestamp=0)
                await queue.run_worker_async(wait=False, install_signal_handlers=False)

        asyncio.run(bury())
        with coalition.desk.work(ACTOR) as work:
            assert work.rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'") == []

    def test_background_work_may_take_longer_than_a_request(self, settings: Settings) -> None:
        limits = worker_limits(settings)
        assert limits.statement_timeout_ms == 600_000
        assert limits.idle_timeout_ms == 60_000
        assert limits.lock_timeout_ms == settings.lock_timeout_ms


class _Signal(list[Any]):
    """A list that tells when something is put into it."""

    def __init__(self, told: threading.Event) -> None:
        super().__init__()
        self._told = told

    def append(self, item: Any) -> None:
        super().append(item)
        self._told.set()


def _raise() -> None:
    raise RuntimeError("boom")
