"""The queue in full: order, references, limits, a file that survives, and who may send."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from partner_sdk.fake_stoa import FakeStoa, answer, refusal
from partner_sdk.test_sdk_outbox import put_sale
from stoa_sdk import (
    Client,
    Earning,
    Line,
    OfflineLimitReached,
    OfflineLimits,
    OutboxQueue,
    OutboxRun,
    QueueUnreadable,
    Room,
    card,
    reversals,
)
from stoa_sdk import resources as deeds
from stoa_sdk.calls import Call

COUNTING_FSYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
static int calls;
int counted(void) { return calls; }
int fsync(int fd) { calls++; return ((int (*)(int)) dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { calls++; return ((int (*)(int)) dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""
PUTTING = """
import ctypes, os, sys
from contextlib import contextmanager
from stoa_sdk import OutboxQueue, queue_file, resources
{spoilt}
counted = ctypes.CDLL(os.environ["COUNTER"]).counted
queue = OutboxQueue(sys.argv[1])
keeper = queue._file.reading()
keeper.__enter__()  # as another process of the till would: the log of writes stays
for number in range(5):
    before = counted()
    queue.put(resources.capture(f"hld_{{number}}"))
    print(counted() - before)
"""
SPOILT = """
import sqlite3
class Careless(sqlite3.Connection):
    def execute(self, statement, *rest):
        return super().execute(statement.replace("= FULL", "= OFF"), *rest)
queue_file.sqlite3.connect = lambda *args, **named: Careless(*args, **named)
"""


@pytest.fixture
def queue(tmp_path: Path) -> OutboxQueue:
    return OutboxQueue(tmp_path / "till.sqlite3")


def test_a_call_behind_one_of_the_same_member_waits_with_it(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    first, second = put_sale(queue, "R-1"), put_sale(queue, "R-2")
    other = queue.capture("hld_9")
    stoa.will(answer(500, {"code": "INTERNAL_ERROR"}))
    run = queue.send(client)
    assert [each.key for each in run.delivered] == [other]
    assert stoa.keys == [first, other]
    assert [each.key for each in queue.send(client).delivered] == [first, second]


def test_a_void_that_was_put_before_its_sale_was_sent_finds_its_purchase(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    key = put_sale(queue)
    queue.void_purchase(queue.answer_of(key))
    stoa.will(answer(500, {"code": "INTERNAL_ERROR"}))
    assert (queue.send(client).waiting, len(stoa.requests)) == (2, 1)
    run = queue.send(client)
    assert len(run.delivered) == 2
    bought = run.delivered[0].answer
    assert isinstance(bought, Earning)
    assert stoa.requests[-1].url.path == f"/v1/purchases/{bought.purchase_id}/void"


def test_what_refers_to_a_refused_sale_is_set_aside_unsent(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    key = put_sale(queue)
    void = queue.void_purchase(queue.answer_of(key))
    stoa.will(refusal(404, "STORE_UNKNOWN"))
    run = queue.send(client)
    assert [each.key for each in run.refused] == [key, void]
    assert len(stoa.requests) == 1


def test_a_refused_sale_is_corrected_under_its_key(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    key = put_sale(queue)
    stoa.will(refusal(404, "STORE_UNKNOWN"))
    queue.send(client)
    right = deeds.earn(
        member=card("99"), store="south", receipt_no="R-1", currency="CNY",
        lines=[Line(sku="A", category="grocery", net="836.00")],
    )  # fmt: skip
    queue.correct(key, right)
    assert [each.key for each in queue.send(client).delivered] == [key]
    assert stoa.last_body["store"] == "south"
    with pytest.raises(ValueError, match="no refused call"):
        queue.correct(key, right)


def test_every_call_has_a_status_until_it_is_purged(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    key, other = put_sale(queue, "R-1"), put_sale(queue, "R-2")
    assert [queue.status(each) for each in (key, "x")] == ["waiting", None]
    stoa.will(refusal(404, "STORE_UNKNOWN"))
    queue.send(client)
    assert [queue.status(each) for each in (key, other)] == ["refused", "done"]
    kept = queue.calls()
    assert [(each.state, each.path) for each in kept] == [
        ("refused", "v1/purchases"),
        ("done", ""),
    ]
    assert "STORE_UNKNOWN" in str(kept[0].reason)
    assert queue.purge() == 1
    assert [each.key for each in queue.calls()] == [key]


def test_what_was_done_leaves_no_names_behind(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "till.sqlite3"
    queue = OutboxQueue(path)
    key = put_sale(queue)
    assert b'"99"' in path.read_bytes()
    queue.send(client)
    database = sqlite3.connect(path)
    row = database.execute("SELECT call, member FROM calls WHERE key = ?", (key,)).fetchone()
    database.close()
    assert row == ("", "")


def test_a_call_that_was_done_is_not_kept_again(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    call = deeds.capture("hld_1", idempotency_key="till-7")
    queue.put(call)
    queue.send(client)
    assert queue.put(call) == "till-7"
    queue.send(client)
    assert len(stoa.requests) == 1


class TestLimits:
    LIMITS = OfflineLimits(member_points=1000, terminal_points=1500)

    def sale(self, number: int, member: str = "99", net: str = "400.50") -> Call[Earning]:
        return deeds.earn(
            member=card(member), store="north", terminal="t1", receipt_no=f"R-{number}",
            currency="CNY", lines=[Line(sku="A", category="grocery", net=net)],
            business_date=date(2026, 5, 1),
        )  # fmt: skip

    def test_the_room_is_told_before_a_call_is_put(self, tmp_path: Path) -> None:
        queue = OutboxQueue(tmp_path / "q", limits=self.LIMITS)
        assert queue.room(self.sale(1)) == Room(401, 1000, 1500)
        queue.put(self.sale(1))
        assert queue.room(self.sale(2)) == Room(401, 599, 1099)

    def test_a_member_and_a_terminal_have_limits_a_day(self, tmp_path: Path) -> None:
        queue = OutboxQueue(tmp_path / "q", limits=self.LIMITS)
        for number in range(2):
            queue.put(self.sale(number))
        with pytest.raises(OfflineLimitReached) as told:
            queue.put(self.sale(2))
        assert (told.value.points, told.value.member_left) == (401, 198)
        queue.put(self.sale(3, member="98"))
        with pytest.raises(OfflineLimitReached) as told:
            queue.put(self.sale(4, member="97"))
        assert (told.value.member_left, told.value.terminal_left) == (1000, 297)
        assert len(queue) == 3

    def test_what_was_sent_gives_its_room_back(self, client: Client, tmp_path: Path) -> None:
        queue = OutboxQueue(tmp_path / "q", limits=self.LIMITS)
        queue.put(self.sale(1))
        queue.send(client)
        assert queue.room(self.sale(2)).member_left == 1000

    def test_holds_count_and_returns_do_not(self, tmp_path: Path) -> None:
        queue = OutboxQueue(tmp_path / "q", limits=self.LIMITS)
        hold = deeds.hold(member=card("99"), store="north", points=900)
        assert queue.room(hold).points == 900
        assert queue.room(reversals.return_("pur_1", receipt_no="B")).enough


class TestTheFile:
    def test_a_commit_is_synced_and_columns_are_strict(self, tmp_path: Path) -> None:
        path = tmp_path / "q"
        queue = OutboxQueue(path)
        with queue._file.reading() as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert database.execute("PRAGMA synchronous").fetchone() == (2,)
            tables = database.execute("SELECT strict FROM pragma_table_list('calls')")
            assert tables.fetchone() == (1,)
            with pytest.raises(sqlite3.IntegrityError):
                database.execute(
                    "INSERT INTO calls (key, digest, call, state, put_at)"
                    " VALUES ('k', '', '', 'waiting', 'noon')"
                )

    def test_every_put_is_synced_before_it_returns(self, tmp_path: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("no C compiler here, so that nothing can stand before fsync and count")
        source, library = tmp_path / "count.c", tmp_path / "count.so"
        source.write_text(COUNTING_FSYNC)
        subprocess.run(  # noqa: S603 - the compiler of this machine
            [compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True
        )
        counted = {}
        for name, spoilt in (("as it is", "pass"), ("spoilt", SPOILT)):
            told = subprocess.run(  # noqa: S603 - our own script
                [sys.executable, "-c", PUTTING.format(spoilt=spoilt), str(tmp_path / name)],
                env=os.environ | {"LD_PRELOAD": str(library), "COUNTER": str(library)},
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            counted[name] = [int(each) for each in told.stdout.split()]
        assert len(counted["as it is"]) == 5
        assert all(counted["as it is"])
        assert not any(counted["spoilt"])

    @pytest.mark.parametrize("content", [b"not a database, at all" * 99, b"\0" * 4096])
    def test_a_file_that_is_no_queue_is_left_as_it_is(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "q"
        path.write_bytes(content)
        with pytest.raises(QueueUnreadable, match="damaged or no queue"):
            OutboxQueue(path)
        assert path.read_bytes() == content

    def test_a_database_of_something_else_is_left_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "q"
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE sales (receipt TEXT)")
        database.close()
        with pytest.raises(QueueUnreadable, match="something else"):
            OutboxQueue(path)

    def test_a_damaged_page_is_told(self, tmp_path: Path, client: Client) -> None:
        path = tmp_path / "q"
        queue = OutboxQueue(path)
        for number in range(40):
            put_sale(queue, f"R-{number}")
        spoilt = bytearray(path.read_bytes())
        spoilt[4096:] = b"\xff" * (len(spoilt) - 4096)
        path.write_bytes(spoilt)
        with pytest.raises(QueueUnreadable, match="damaged"):
            queue.send(client)

    def test_a_queue_of_a_newer_release_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "q"
        OutboxQueue(path)
        database = sqlite3.connect(path)
        database.execute("PRAGMA user_version = 99")
        database.close()
        with pytest.raises(QueueUnreadable, match="newer"):
            OutboxQueue(path)

    def test_a_queue_of_the_first_release_is_taken_over(
        self, tmp_path: Path, client: Client, stoa: FakeStoa
    ) -> None:
        path = tmp_path / "q"
        old = [deeds.capture(f"hld_{number}", idempotency_key=f"k{number}") for number in range(3)]
        database = sqlite3.connect(path)
        database.execute(
            "CREATE TABLE calls (place INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,"
            " call TEXT NOT NULL, refusal TEXT)"
        )
        for each, why in zip(old, (None, "no", None), strict=True):
            values = (each.key, each.as_json(), why)
            database.execute("INSERT INTO calls (key, call, refusal) VALUES (?, ?, ?)", values)
        database.commit()
        database.close()
        queue = OutboxQueue(path)
        assert [each.key for each in queue.refused()] == ["k1"]
        assert queue.put(old[0]) == "k0"
        assert [each.key for each in queue.send(client).delivered] == ["k0", "k2"]


class TestSharing:
    def test_one_process_sends_at_a_time(
        self, client: Client, stoa: FakeStoa, tmp_path: Path
    ) -> None:
        first, second = OutboxQueue(tmp_path / "q"), OutboxQueue(tmp_path / "q")
        put_sale(first)
        with first._file.sending() as alone:
            assert alone
            run = second.send(client)
            assert (run.busy, run.waiting) == (True, 1)
            assert put_sale(second, "R-2")
        assert len(second.send(client).delivered) == 2

    def test_threads_put_side_by_side(self, tmp_path: Path) -> None:
        queue = OutboxQueue(tmp_path / "q")
        with ThreadPoolExecutor(8) as pool:
            keys = [*pool.map(lambda number: put_sale(queue, f"R-{number}"), range(40))]
        assert sorted(each.key for each in queue.calls()) == sorted(keys)

    def test_the_queue_is_sent_with_await(self, stoa: FakeStoa, tmp_path: Path) -> None:
        queue = OutboxQueue(tmp_path / "q")
        keys = [put_sale(queue, f"R-{number}") for number in range(3)]
        stoa.will(refusal(404, "STORE_UNKNOWN"))

        async def run() -> OutboxRun:
            async with stoa.async_client() as client:
                return await queue.send_async(client)

        run_ = asyncio.run(run())
        assert [each.key for each in run_.refused] == keys[:1]
        assert [each.key for each in run_.delivered] == keys[1:]
