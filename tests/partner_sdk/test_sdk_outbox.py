"""A deed is on disk before it is sent, and is sent with its key until it is answered (IDM-15)."""

import json
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from partner_sdk.fake_stoa import FakeStoa, answer, refusal
from stoa_sdk import (
    Client,
    ConnectionFailed,
    Earning,
    Forbidden,
    Line,
    OutboxQueue,
    ServerFailed,
    card,
)
from stoa_sdk import resources as deeds

KILLED_BEFORE_SENDING = """
import os, signal, sys
from stoa_sdk import Line, OutboxQueue, card
queue = OutboxQueue(sys.argv[1])
line = Line(sku="A", category="grocery", net="836.00")
key = queue.earn(
    member=card("99"), store="north", receipt_no="R-1", currency="CNY", lines=[line]
)
print(key, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def queue(tmp_path: Path) -> OutboxQueue:
    return OutboxQueue(tmp_path / "till.sqlite3")


def put_sale(queue: OutboxQueue, receipt_no: str = "R-1") -> str:
    line = Line(sku="A", category="grocery", net="836.00")
    return queue.earn(
        member=card("99"), store="north", receipt_no=receipt_no, currency="CNY", lines=[line]
    )


def test_a_till_killed_before_sending_sends_after_its_restart_with_the_stored_key(
    client: Client, stoa: FakeStoa, tmp_path: Path
) -> None:
    path = tmp_path / "till.sqlite3"
    till = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", KILLED_BEFORE_SENDING, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert till.returncode == -signal.SIGKILL, till.stderr
    run = OutboxQueue(path).send(client)
    assert stoa.keys == [till.stdout.strip()]
    assert stoa.last_body["receipt_no"] == "R-1"
    assert [each.key for each in run.delivered] == stoa.keys
    assert run.waiting == 0


def test_a_till_killed_after_sending_repeats_with_the_stored_key(
    client: Client, stoa: FakeStoa, queue: OutboxQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = put_sale(queue)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(OutboxQueue, "_done", die)
        with pytest.raises(KeyboardInterrupt):
            queue.send(client)
    queue.send(client)
    assert stoa.keys == [key, key]
    assert stoa.requests[0].content == stoa.requests[1].content
    assert len(queue) == 0


def test_a_delivered_call_gives_its_typed_answer_and_is_forgotten(
    client: Client, queue: OutboxQueue
) -> None:
    put_sale(queue)
    answered = queue.send(client).delivered[0].answer
    assert isinstance(answered, Earning)
    assert answered.points == 880
    assert queue.send(client).delivered == ()


def test_a_lost_line_keeps_everything_in_order(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    keys = [put_sale(queue, f"R-{number}") for number in range(3)]
    stoa.will(answer(201, {}), *[httpx2.ConnectError("down")] * 5)
    run = queue.send(client)
    assert [(each.key, each.answer) for each in run.delivered] == [(keys[0], None)]
    assert isinstance(run.failure, ConnectionFailed)
    assert run.waiting == 2
    assert [each.key for each in queue.send(client).delivered] == keys[1:]


def test_a_sale_refused_for_good_is_set_aside_and_the_next_goes_on(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    bad, good = put_sale(queue, "R-1"), put_sale(queue, "R-2")
    stoa.will(refusal(404, "MEMBER_UNKNOWN"))
    run = queue.send(client)
    assert [each.key for each in run.refused] == [bad]
    assert [each.key for each in run.delivered] == [good]
    assert (run.waiting, run.failure) == (0, None)
    assert queue.refused() == list(run.refused)
    assert "MEMBER_UNKNOWN" in queue.refused()[0].reason


def test_a_refused_sale_can_be_put_right_or_dropped(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    stoa.will(refusal(404, "STORE_UNKNOWN"), refusal(404, "STORE_UNKNOWN"))
    first, second = put_sale(queue, "R-1"), put_sale(queue, "R-2")
    queue.send(client)
    queue.requeue(first)
    queue.forget(second)
    assert [each.key for each in queue.send(client).delivered] == [first]
    assert queue.refused() == []


@pytest.mark.parametrize(
    "trouble",
    [refusal(403, "PARTNER_SUSPENDED"), httpx2.Response(403, text="<html>Proxy</html>")],
    ids=["suspended", "proxy"],
)
def test_missing_rights_and_strange_proxies_lose_no_sale(
    stoa: FakeStoa, client: Client, queue: OutboxQueue, trouble: httpx2.Response
) -> None:
    put_sale(queue, "R-1")
    put_sale(queue, "R-2")
    stoa.will(trouble)
    run = queue.send(client)
    assert isinstance(run.failure, Forbidden)
    assert (run.waiting, run.refused, len(stoa.requests)) == (2, (), 1)


def test_a_sale_that_trips_the_server_does_not_stop_the_others(
    stoa: FakeStoa, client: Client, queue: OutboxQueue
) -> None:
    put_sale(queue, "R-1")
    second = queue.capture("hld_9")  # one of the same member would wait with it
    stoa.will(answer(500, {"code": "INTERNAL_ERROR"}))
    run = queue.send(client)
    assert [each.key for each in run.delivered] == [second]
    assert isinstance(run.failure, ServerFailed)
    assert run.waiting == 1


def test_the_same_call_is_kept_once(queue: OutboxQueue) -> None:
    call = deeds.capture("hld_1", receipt_no="F-1", idempotency_key="till-7")
    assert queue.put(call) == queue.put(call) == "till-7"
    assert len(queue) == 1
    with pytest.raises(ValueError, match="another call"):
        queue.void("hld_1", idempotency_key="till-7")


def test_a_call_that_only_reads_is_not_kept(queue: OutboxQueue) -> None:
    with pytest.raises(ValueError, match="only a call that writes"):
        queue.put(deeds.partner())


def test_every_deed_of_the_queue_survives_a_restart(
    stoa: FakeStoa, client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "till.sqlite3"
    queue = OutboxQueue(path)
    put_sale(queue)
    queue.return_("pur_1", receipt_no="B-1")
    queue.void_purchase("pur_1")
    queue.capture("hld_1")
    queue.void("hld_1", reason="changed their mind")
    run = OutboxQueue(path).send(client)
    assert [type(each.answer).__name__ for each in run.delivered] == [
        "Earning",
        "Return",
        "Return",
        "HoldOutcome",
        "HoldOutcome",
    ]
    assert json.loads(stoa.requests[-1].content) == {"reason": "changed their mind"}


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "till.sqlite3"
    OutboxQueue(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
