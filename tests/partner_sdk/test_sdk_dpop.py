"""Bound tokens: each request signed anew, nonces taken as they are told, sync and async."""

import asyncio
import json
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from partner_sdk.fake_stoa import ANSWERS
from stoa_sdk import AsyncClient, AuthenticationFailed, Client, ConnectionFailed, Problem
from stoa_sdk.dpop import ProofKey


class Guard:
    """A server that checks what a proof says and wants its nonce, which it may change."""

    def __init__(self) -> None:
        self.nonce = "n1"
        self.proofs: list[dict[str, Any]] = []
        self.bearer = False
        self.deaf = False
        self.refusals = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        proof = jwt.decode(request.headers["DPoP"], self.key_of(request), algorithms=["ES256"])
        self.proofs.append(proof.claims)
        headers = {"DPoP-Nonce": self.nonce}
        at_token = request.url.path == "/oauth/token"
        if proof.claims.get("nonce") != self.nonce or self.deaf:
            if at_token:
                return httpx2.Response(400, headers=headers, json={"error": "use_dpop_nonce"})
            headers["WWW-Authenticate"] = 'DPoP error="use_dpop_nonce"'
            return httpx2.Response(401, headers=headers, json={"code": "DPOP_NONCE_REQUIRED"})
        if at_token:
            kind = "Bearer" if self.bearer else "DPoP"
            token = {"access_token": "t", "token_type": kind, "expires_in": 600}
            return httpx2.Response(200, headers=headers, json=token)
        assert request.headers["Authorization"] == "DPoP t"
        if self.refusals:
            self.refusals -= 1
            return httpx2.Response(401, headers=headers, json={"code": "TOKEN_INVALID"})
        return httpx2.Response(200, headers=headers, json=ANSWERS["GET /v1/partner"])

    @staticmethod
    def key_of(request: httpx2.Request) -> ECKey:
        """Return the key in the header of a proof."""
        header = request.headers["DPoP"].split(".")[0]
        told = json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        assert told["typ"] == "dpop+jwt"
        assert "d" not in told["jwk"]
        return ECKey.import_key(told["jwk"])


def client_of(guard: Guard) -> Client:
    return Client(
        "https://points.test", "till", "secret", dpop=True, attempts=1,
        transport=httpx2.MockTransport(guard),
    )  # fmt: skip


def test_each_request_has_a_proof_of_its_own() -> None:
    guard = Guard()
    with client_of(guard) as client:
        client.partner()
        client.partner()
    assert [(each["htm"], each["htu"]) for each in guard.proofs] == [
        ("POST", "https://points.test/oauth/token"),
        ("POST", "https://points.test/oauth/token"),
        ("GET", "https://points.test/v1/partner"),
        ("GET", "https://points.test/v1/partner"),
    ]
    assert len({each["jti"] for each in guard.proofs}) == 4
    assert ["ath" in each for each in guard.proofs] == [False, False, True, True]


def test_a_new_nonce_costs_one_more_request() -> None:
    guard = Guard()
    with client_of(guard) as client:
        client.partner()
        guard.nonce = "n2"
        client.partner()
        client.partner()
    assert [each.get("nonce") for each in guard.proofs[3:]] == ["n1", "n2", "n2"]


def test_a_refused_token_is_still_renewed_once() -> None:
    guard = Guard()
    with client_of(guard) as client:
        client.partner()
        guard.refusals = 1
        client.partner()
        guard.refusals = 2
        with pytest.raises(AuthenticationFailed):
            client.partner()


def test_a_server_that_never_hears_ends_in_an_error() -> None:
    guard = Guard()
    with client_of(guard) as client:
        client.partner()
        guard.deaf = True
        with pytest.raises(Problem, match="USE_DPOP_NONCE"):
            client.partner()
    assert len(guard.proofs) <= 6


def test_a_token_that_is_not_bound_is_not_used() -> None:
    guard = Guard()
    guard.bearer = True
    with client_of(guard) as client, pytest.raises(ConnectionFailed, match="not bound"):
        client.partner()


def test_tasks_sign_too() -> None:
    guard = Guard()

    async def do() -> None:
        async with AsyncClient(
            "https://points.test", "till", "secret", dpop=True, attempts=1,
            transport=httpx2.MockTransport(guard),
        ) as client:  # fmt: skip
            await client.partner()
            guard.nonce = "n2"
            await asyncio.gather(*(client.partner() for _ in range(4)))

    asyncio.run(do())
    assert len({each["jti"] for each in guard.proofs}) == len(guard.proofs)


def test_a_query_is_no_part_of_what_is_signed() -> None:
    key = ProofKey(clock=lambda: 1000.7)
    request = httpx2.Request("GET", "https://points.test/v1/partner?a=1#top")
    key.sign(request, "t")
    claims = jwt.decode(request.headers["DPoP"], Guard.key_of(request)).claims
    assert (claims["htu"], claims["iat"]) == ("https://points.test/v1/partner", 1000)
    assert Guard.key_of(request).thumbprint() == key.thumbprint


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stoa_sdk.dpop", None)
    with pytest.raises(ValueError, match=r"stoa-sdk\[dpop\]"):
        Client("https://points.test", "till", "secret", dpop=True)
    made: Callable[..., Client] = Client
    made("https://points.test", "till", "secret").close()
