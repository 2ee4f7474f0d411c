"""A hold that was not captured is voided, whatever leaves the block."""

import asyncio
from typing import NoReturn

import httpx2
import pytest

from partner_sdk.fake_stoa import FakeStoa, answer, refusal
from stoa_sdk import Client, ConnectionFailed, Hold, HoldExpired, RedemptionStatus, card

HOLD = "POST /v1/redemptions"
CAPTURE = "POST /v1/redemptions/hld_1/capture"
VOID = "POST /v1/redemptions/hld_1/void"


class TillJammedError(Exception):
    """Something goes wrong at the till."""


def a_hold(client: Client) -> Hold:
    return client.hold(member=card("99"), store="pump-1", points=500)


def jam() -> NoReturn:
    raise TillJammedError


def test_a_captured_hold_is_left_alone(client: Client, stoa: FakeStoa) -> None:
    with a_hold(client) as hold:
        outcome = hold.capture(points=400, receipt_no="F-1")
    assert outcome is hold.outcome
    assert outcome.status is RedemptionStatus.CAPTURED
    assert stoa.asked == [HOLD, CAPTURE]
    assert stoa.last_body == {"points": 400, "receipt_no": "F-1"}


def test_a_hold_tells_what_was_reserved(client: Client) -> None:
    hold = a_hold(client)
    assert (hold.redemption_id, hold.points, str(hold.worth)) == ("hld_1", 500, "8.80 CNY")
    assert hold.expires_at == hold.held.expires_at


def test_an_error_in_the_block_voids_the_hold_and_goes_on(client: Client, stoa: FakeStoa) -> None:
    with pytest.raises(TillJammedError), a_hold(client):
        jam()
    assert stoa.asked == [HOLD, VOID]


def test_a_hold_that_was_not_captured_is_voided(client: Client, stoa: FakeStoa) -> None:
    with a_hold(client) as hold:
        pass
    assert stoa.asked == [HOLD, VOID]
    assert hold.outcome is not None
    assert hold.outcome.status is RedemptionStatus.VOIDED


def test_a_hold_voided_by_hand_is_not_voided_again(client: Client, stoa: FakeStoa) -> None:
    with a_hold(client) as hold:
        hold.void(reason="paid by card instead")
    assert stoa.asked == [HOLD, VOID]


def test_an_error_after_the_capture_does_not_void(client: Client, stoa: FakeStoa) -> None:
    def sell() -> None:
        with a_hold(client) as hold:
            hold.capture()
            jam()

    with pytest.raises(TillJammedError):
        sell()
    assert stoa.asked == [HOLD, CAPTURE]


def test_a_void_that_fails_does_not_hide_the_error(client: Client, stoa: FakeStoa) -> None:
    def sell() -> None:
        with a_hold(client):
            stoa.will(*[httpx2.ConnectError("down")] * 5)
            jam()

    with pytest.raises(TillJammedError) as caught:
        sell()
    assert "hld_1 could not be voided" in caught.value.__notes__[0]


def test_a_void_that_fails_after_nothing_else_is_an_error(client: Client, stoa: FakeStoa) -> None:
    with pytest.raises(ConnectionFailed), a_hold(client):
        stoa.will(*[httpx2.ConnectError("down")] * 5)


def test_a_hold_that_ended_by_itself_needs_no_void(client: Client, stoa: FakeStoa) -> None:
    with a_hold(client):
        stoa.will(refusal(409, "HOLD_EXPIRED"))
    assert stoa.asked == [HOLD, VOID]


def test_a_refused_capture_is_raised_and_the_points_are_let_go(
    client: Client, stoa: FakeStoa
) -> None:
    hold = a_hold(client)
    stoa.will(refusal(409, "HOLD_EXPIRED"), refusal(409, "HOLD_EXPIRED"))
    with pytest.raises(HoldExpired) as caught, hold:
        hold.capture()
    assert stoa.asked == [HOLD, CAPTURE, VOID]
    assert caught.value.__notes__


def test_a_refused_hold_leaves_nothing_to_void(client: Client, stoa: FakeStoa) -> None:
    stoa.will(refusal(423, "MEMBER_FROZEN"))
    with pytest.raises(Exception, match="MEMBER_FROZEN"), a_hold(client):
        pytest.fail("the block is not entered")
    assert stoa.asked == [HOLD]


def test_an_awaited_hold_is_captured_or_voided_too(stoa: FakeStoa) -> None:
    async def captured() -> None:
        async with (
            stoa.async_client() as client,
            client.hold(member=card("99"), store="pump-1", points=500) as hold,
        ):
            assert hold.points == 500
            await hold.capture(receipt_no="F-1")

    async def jammed() -> None:
        async with (
            stoa.async_client() as client,
            client.hold(member=card("99"), store="pump-1", points=500),
        ):
            jam()

    asyncio.run(captured())
    assert stoa.asked == [HOLD, CAPTURE]
    with pytest.raises(TillJammedError):
        asyncio.run(jammed())
    assert stoa.asked[2:] == [HOLD, VOID]


def test_an_awaited_void_that_fails_does_not_hide_the_error(stoa: FakeStoa) -> None:
    async def do() -> None:
        async with stoa.async_client() as client, client.hold(member="mbr_1", store="n", points=5):
            stoa.will(answer(500))
            jam()

    with pytest.raises(TillJammedError) as caught:
        asyncio.run(do())
    assert "could not be voided" in caught.value.__notes__[0]


def test_a_hold_that_nobody_awaited_says_so(stoa: FakeStoa) -> None:
    hold = stoa.async_client().hold(member="mbr_1", store="north", points=5)
    with pytest.raises(RuntimeError, match="await the hold"):
        _ = hold.points


def test_a_hold_may_be_awaited_without_a_block(stoa: FakeStoa) -> None:
    async def do() -> int:
        async with stoa.async_client() as client:
            hold = await client.hold(member="mbr_1", store="north", points=5)
            await hold.void()
            return hold.points

    assert asyncio.run(do()) == 500
    assert stoa.asked == [HOLD, VOID]
