"""What is sent again, how long it waits, and that the key never changes."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
import stamina

from partner_sdk.fake_stoa import FakeStoa, answer, refusal
from stoa_sdk import (
    AnswerUnreadable,
    Client,
    Conflict,
    ConnectionFailed,
    Invalid,
    Problem,
    ServerFailed,
    Unavailable,
    new_key,
)
from stoa_sdk.answers import problem_of
from stoa_sdk.transport import wait_before_retry

RETRIED = [
    httpx2.ConnectError("refused"),
    httpx2.ReadTimeout("slow"),
    httpx2.RemoteProtocolError("cut off"),
    answer(429),
    answer(502),
    answer(503),
    answer(504),
    refusal(503, "PLUGIN_FAILED", retryable=True),
    refusal(409, "IDEMPOTENCY_IN_FLIGHT", retryable=True),
    httpx2.Response(200, text="<html>Log in to the shop's wireless network</html>"),
]


@pytest.mark.parametrize("trouble", RETRIED, ids=repr)
def test_passing_trouble_is_sent_again_with_the_same_key_and_body(
    client: Client, stoa: FakeStoa, trouble: httpx2.Response | Exception
) -> None:
    stoa.will(trouble, trouble)
    client.enrol(display_name="Ada")
    assert len(stoa.requests) == 3
    assert len(set(stoa.keys)) == 1
    assert len({request.content for request in stoa.requests}) == 1


@pytest.mark.parametrize(
    "final",
    [
        answer(500),
        answer(400),
        refusal(409, "INSUFFICIENT_POINTS"),
        refusal(422, "INVALID_BODY"),
        refusal(503, "CLOSED_FOR_GOOD", retryable=False),
        answer(302),
    ],
    ids=repr,
)
def test_a_final_answer_is_not_sent_again(
    client: Client, stoa: FakeStoa, final: httpx2.Response
) -> None:
    stoa.will(final)
    with pytest.raises(Problem) as caught:
        client.void("hld_1")
    assert caught.value.status == final.status_code
    assert len(stoa.requests) == 1


def test_reading_is_sent_again_too_and_needs_no_key(client: Client, stoa: FakeStoa) -> None:
    stoa.will(httpx2.ConnectError("refused"))
    client.partner()
    assert stoa.keys == [None, None]


def test_awaited_deeds_keep_their_key_too(stoa: FakeStoa) -> None:
    stoa.will(httpx2.ReadTimeout("slow"), answer(503))

    async def do() -> None:
        async with stoa.async_client() as client:
            await client.void("hld_1")

    asyncio.run(do())
    assert len(stoa.keys) == 3
    assert len(set(stoa.keys)) == 1


def test_an_unknown_outcome_hands_over_the_key_to_repeat_with(
    client: Client, stoa: FakeStoa
) -> None:
    stoa.will(*[httpx2.ReadTimeout("slow")] * 5)
    with pytest.raises(ConnectionFailed) as caught:
        client.void("hld_1")
    assert len(stoa.requests) == 5
    key = caught.value.idempotency_key
    assert key == stoa.keys[0]
    assert f"repeat with idempotency_key={key!r}" in str(caught.value)
    client.void("hld_1", idempotency_key=key)
    assert set(stoa.keys) == {key}


def test_a_failed_reading_talks_of_no_key(client: Client, stoa: FakeStoa) -> None:
    stoa.will(*[httpx2.ConnectError("refused")] * 5)
    with pytest.raises(ConnectionFailed) as caught:
        client.partner()
    assert caught.value.idempotency_key is None
    assert str(caught.value) == "ConnectError: refused"


@pytest.mark.parametrize(("status", "kind"), [(500, ServerFailed), (503, Unavailable)])
def test_a_failed_server_hands_over_the_key_too(
    stoa: FakeStoa, status: int, kind: type[Problem]
) -> None:
    stoa.will(answer(status))
    with stoa.client(attempts=1) as client, pytest.raises(kind) as caught:
        client.void("hld_1", idempotency_key="till-7-1")
    assert caught.value.idempotency_key == "till-7-1"


def test_attempts_limits_how_often_a_request_is_sent(stoa: FakeStoa) -> None:
    stoa.will(answer(503), answer(503))
    with stoa.client(attempts=2) as client, pytest.raises(Unavailable):
        client.partner()
    assert len(stoa.requests) == 2


def test_a_done_deed_with_a_strange_answer_is_not_sent_again(
    client: Client, stoa: FakeStoa
) -> None:
    stoa.will(answer(201, {"redemption_id": "hld_1"}))
    with pytest.raises(AnswerUnreadable, match=r"HoldOutcome\.status") as caught:
        client.void("hld_1")
    assert caught.value.raw == {"redemption_id": "hld_1"}
    assert caught.value.idempotency_key == stoa.keys[0]
    assert len(stoa.requests) == 1


def test_the_wait_that_the_server_asks_for_is_kept(
    stoa: FakeStoa, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    stoa.will(answer(429, Retry_After="3"), answer(503, Retry_After="1"))
    with stamina.set_testing(False), stoa.client() as client:
        client.partner()
    assert 3 <= waits[0] < 4
    assert 1 <= waits[1] < 2


def test_a_wait_may_be_named_by_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)
    wait = problem_of(answer(503, Retry_After=later)).retry_after_s
    assert wait is not None
    assert 8 < wait <= 10
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=10), usegmt=True)
    assert problem_of(answer(503, Retry_After=past)).retry_after_s == 0
    assert problem_of(answer(503, Retry_After="soon")).retry_after_s is None


def test_a_long_wait_is_left_to_the_caller(client: Client, stoa: FakeStoa) -> None:
    stoa.will(answer(503, Retry_After="3600"))
    with pytest.raises(Unavailable) as caught:
        client.partner()
    assert caught.value.retry_after_s == 3600
    assert len(stoa.requests) == 1


def test_only_trouble_that_passes_is_waited_for() -> None:
    assert wait_before_retry(ConnectionFailed("cut off")) is True
    assert wait_before_retry(Conflict({"retryable": True}, status=409)) is True
    assert wait_before_retry(Conflict({}, status=409)) is False
    assert wait_before_retry(Invalid({"retryable": True}, status=422)) is False
    assert wait_before_retry(ValueError("a slip of the caller")) is False


def test_new_keys_are_version_7_and_grow_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    instants = iter([1_700_000_000_000_000_000, 1_700_000_000_001_000_000])
    monkeypatch.setattr("stoa_sdk.calls.time.time_ns", lambda: next(instants))
    earlier, later = new_key(), new_key()
    assert earlier < later
    assert uuid.UUID(earlier).version == 7
    assert uuid.UUID(earlier).variant == uuid.RFC_4122


def test_each_deed_gets_a_key_of_its_own(client: Client, stoa: FakeStoa) -> None:
    client.void("hld_1")
    client.void("hld_1")
    assert stoa.keys[0] != stoa.keys[1]


@pytest.mark.parametrize("key", ["", "x" * 256, "line\nbreak", "emoji🙂", "nul\0", " ", "padded "])
def test_a_key_that_the_server_would_refuse_is_not_sent(
    client: Client, stoa: FakeStoa, key: str
) -> None:
    with pytest.raises(ValueError, match="idempotency key"):
        client.void("hld_1", idempotency_key=key)
    assert stoa.requests == []
