"""A storm: three workers, receivers that fail at random, and saboteurs that have to be caught."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from postbox import (
    WORKER,
    Letter,
    Postbox,
    an_endpoint,
    deliver,
    happen,
    hush,
    next_millisecond,
    postbox,
)
from receivers import Respond, answer
from stoa.services import webhooks
from stoa.services.webhooks import claiming, settling
from stoa.work import Desk
from world import Coalition, FixedClock

MEMBERS, ROUNDS, WORKERS = 8, 6, 3


class Watch:
    """Counts what is under way in each stream, and keeps the order in which events were taken."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a storm
        self._lock = threading.Lock()
        self._under_way: dict[str, int] = defaultdict(int)
        self.most = 0
        self.taken: dict[str, list[int]] = defaultdict(list)
        self.ids: set[str] = set()

    def choose(self, letter: Letter) -> Respond:
        """Answer well or badly, after another thread had its chance."""
        stream = str(letter.told["stream"])
        with self._lock:
            self._under_way[stream] += 1
            self.most = max(self.most, self._under_way[stream])
            well = self._random.random() < 0.7
        threading.Event().wait(0.002)
        with self._lock:
            self._under_way[stream] -= 1
            if well:
                self.taken[stream].append(letter.told["seq"])
                self.ids.add(letter.id)
        return answer(204 if well else 500)


@pytest.fixture
def box(desk: Desk) -> Iterator[Postbox]:
    """Return a postbox that the desk may send to."""
    with postbox(desk) as here:
        yield here


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no lease end while the clock leaps to the next attempts: no worker dies here."""
    monkeypatch.setattr(claiming, "LEASE", timedelta(days=999))


def storm(desk: Desk, clock: FixedClock, box: Postbox, partner: UUID, members: list[UUID]) -> Watch:
    """Let events happen while workers deliver; return what the receiver saw in the end."""
    watch = Watch(seed=7)
    box.choose = watch.choose
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with suppress(Exception):
                webhooks.carry_on(desk, WORKER, within_ms=2_000, hands=8)
            stop.wait(0.01)

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    expected = {each for _ in range(ROUNDS) for each in happen(desk, partner, *members)}
    for _ in range(400):
        if watch.ids >= expected:
            break
        clock.move(minutes=40)  # failures are due again
        stop.wait(0.05)
    stop.set()
    for worker in workers:
        worker.join()
    assert watch.ids >= expected, "no event is lost"
    return watch


def first_taken(seqs: list[int]) -> list[int]:
    """Return the numbers without their repeats, in the order of their first time."""
    return list(dict.fromkeys(seqs))


def test_three_workers_keep_the_order_of_each_stream_and_lose_nothing(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    members = [coalition.a_member(f"m{n}").id for n in range(MEMBERS)]
    watch = storm(coalition.desk, clock, box, coalition.grocery, members)
    assert watch.most == 1, "one request of a stream is under way at a time"
    assert len(watch.taken) == MEMBERS
    for seqs in watch.taken.values():
        assert first_taken(seqs) == list(range(1, ROUNDS + 1))


def test_two_workers_at_one_stream_are_caught(
    coalition: Coalition, box: Postbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The saboteur forgets the lease: it claims what another worker is at."""
    careless = claiming._CLAIM.replace(
        "AND (s.asking IS NULL OR s.asking_until <= %(now)s)", ""
    ).replace("FOR UPDATE SKIP LOCKED", "")
    monkeypatch.setattr(claiming, "_CLAIM", careless)
    monkeypatch.setattr(settling, "_LOCK", settling._LOCK.replace("AND s.asking = each.asking", ""))
    an_endpoint(coalition.desk, coalition.grocery, box)
    members = [coalition.a_member(f"m{n}").id for n in range(2)]
    watch = storm(coalition.desk, clock, box, coalition.grocery, members)
    in_order = [first_taken(each) == list(range(1, ROUNDS + 1)) for each in watch.taken.values()]
    assert watch.most > 1 or not all(in_order)


def test_a_feed_that_is_read_by_ids_loses_what_came_late(
    coalition: Coalition, box: Postbox
) -> None:
    """The saboteur reads events after the greatest id: what was told later is passed over."""
    desk = coalition.desk
    an_endpoint(desk, coalition.grocery, box)
    ada, bo = coalition.a_member().id, coalition.a_member("Bo").id
    hush(desk)
    with desk.work(WORKER) as work:
        work.record("points.burned", {"points": 1}, member_id=ada, partner_id=coalition.grocery)
    next_millisecond()
    with desk.work(WORKER) as slow:
        slow.session.connection()
        slow.rows("SELECT 1 FROM outbox WHERE member_id = %s AND state = 'new' FOR UPDATE", (ada,))
        late = {*happen(desk, coalition.grocery, bo)}
        deliver(desk)
        with desk.work(WORKER) as work:
            page = webhooks.read(work, coalition.grocery)
            last = work.rows("SELECT max(id::text) FROM webhook_events")[0][0]
    happen(desk, coalition.grocery)
    deliver(desk)
    with desk.work(WORKER) as work:
        by_id = work.rows("SELECT id FROM webhook_events WHERE id::text > %s", (last,))
        by_place = webhooks.read(work, coalition.grocery, cursor=page.cursor)
    assert late
    assert by_id == []
    assert len(by_place.events) == 1
