"""The token is fetched once, renewed before it ends and once when it is refused."""

import asyncio
from base64 import b64decode
from urllib.parse import parse_qs

import httpx2
import pytest

from partner_sdk.fake_stoa import FakeStoa, answer, refusal
from stoa_sdk import AuthenticationFailed, BadRequest, Client, ConnectionFailed
from stoa_sdk.tokens import ClientCredentials


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_token_serves_many_requests(client: Client, stoa: FakeStoa) -> None:
    client.partner()
    client.partner()
    assert len(stoa.token_requests) == 1
    assert stoa.bearers == ["Bearer token-1", "Bearer token-1"]


def test_a_token_is_asked_for_with_basic_and_the_scopes(stoa: FakeStoa) -> None:
    with stoa.client(scopes=["earn:write", "balance:read"]) as client:
        client.partner()
    asked = stoa.token_requests[0]
    assert str(asked.url) == "https://points.test/oauth/token"
    assert b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"till:secret"
    assert parse_qs(asked.content.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["earn:write balance:read"],
    }


def test_scopes_may_be_one_text_or_left_out(stoa: FakeStoa) -> None:
    with stoa.client(scopes="earn:write balance:read") as client:
        client.partner()
    with stoa.client() as client:
        client.partner()
    scopes = [parse_qs(asked.content.decode()).get("scope") for asked in stoa.token_requests]
    assert scopes == [["earn:write balance:read"], None]


@pytest.mark.parametrize(("life_s", "lasts_s"), [(3600, 3570), (100, 90)])
def test_a_token_is_renewed_before_it_ends(stoa: FakeStoa, life_s: int, lasts_s: int) -> None:
    clock = Clock()
    stoa.token_life_s = life_s
    auth = ClientCredentials(
        "https://points.test/oauth/token", client_id="till", client_secret="secret", clock=clock
    )
    with httpx2.Client(auth=auth, transport=httpx2.MockTransport(stoa)) as http:
        http.get("https://points.test/v1/partner")
        clock.now += lasts_s - 1
        http.get("https://points.test/v1/partner")
        clock.now += 1
        http.get("https://points.test/v1/partner")
    assert stoa.bearers == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_a_refused_token_is_renewed_once_and_the_request_keeps_its_key(
    client: Client, stoa: FakeStoa
) -> None:
    stoa.will(refusal(401, "TOKEN_INVALID"))
    client.void("hld_1")
    assert stoa.bearers == ["Bearer token-1", "Bearer token-2"]
    assert stoa.keys[0] == stoa.keys[1]
    assert stoa.requests[0].content == stoa.requests[1].content


def test_a_token_refused_twice_is_an_error(client: Client, stoa: FakeStoa) -> None:
    stoa.will(refusal(401, "TOKEN_INVALID"), refusal(401, "TOKEN_INVALID"))
    with pytest.raises(AuthenticationFailed, match="TOKEN_INVALID"):
        client.partner()
    assert len(stoa.requests) == 2


def test_an_awaited_request_renews_a_refused_token_once(stoa: FakeStoa) -> None:
    stoa.will(*[refusal(401, "TOKEN_INVALID")] * 2)

    async def do() -> None:
        async with stoa.async_client() as client:
            await client.partner()

    with pytest.raises(AuthenticationFailed):
        asyncio.run(do())
    assert stoa.bearers == ["Bearer token-1", "Bearer token-2"]


def test_tasks_that_start_together_share_one_token(stoa: FakeStoa) -> None:
    async def slowly(request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(0)
        return stoa(request)

    async def do() -> None:
        auth = ClientCredentials(
            "https://points.test/oauth/token", client_id="till", client_secret="secret"
        )
        transport = httpx2.MockTransport(slowly)
        async with httpx2.AsyncClient(auth=auth, transport=transport) as http:
            await asyncio.gather(*(http.get("https://points.test/v1/partner") for _ in range(8)))

    asyncio.run(do())
    assert len(stoa.requests) == 8
    assert len(stoa.token_requests) == 1


def test_a_wrong_secret_says_so(client: Client, stoa: FakeStoa) -> None:
    error = {"error": "invalid_client", "error_description": "Unknown client or wrong secret"}
    stoa.token_scripted.append(answer(401, error))
    with pytest.raises(AuthenticationFailed, match=r"INVALID_CLIENT.*wrong secret") as caught:
        client.void("hld_1")
    assert stoa.requests == []
    assert caught.value.idempotency_key is not None


def test_a_scope_that_the_partner_lacks_says_so(client: Client, stoa: FakeStoa) -> None:
    stoa.token_scripted.append(answer(400, {"error": "invalid_scope"}))
    with pytest.raises(BadRequest, match="INVALID_SCOPE"):
        client.partner()


def test_a_token_door_that_is_busy_is_tried_again(client: Client, stoa: FakeStoa) -> None:
    stoa.token_scripted.extend([answer(503), httpx2.ConnectError("down")])
    client.partner()
    assert len(stoa.token_requests) == 3


@pytest.mark.parametrize("body", [{}, [], {"access_token": 1, "expires_in": 3600}])
def test_a_token_door_that_gives_no_token_was_not_ours(stoa: FakeStoa, body: object) -> None:
    stoa.token_scripted.append(answer(200, body))
    with stoa.client(attempts=1) as client, pytest.raises(ConnectionFailed, match="no token"):
        client.partner()


def test_the_secret_shows_in_no_text(client: Client) -> None:
    assert "secret" not in repr(client)
