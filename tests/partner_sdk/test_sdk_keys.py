"""A client proves itself by a signature: every kind of key, with and without bound tokens."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from stoa.services import credentials
from stoa.work import Actor, Desk
from stoa_sdk import AnswerUnreadable, AsyncClient, AuthenticationFailed, Client
from stoa_sdk.keys import PrivateKey
from tills import Till, app, grocery
from world import FixedClock

__all__ = ["app", "grocery"]

MADE: dict[str, Any] = {
    "ES256": ECKey.generate_key("P-256"),
    "EdDSA": OKPKey.generate_key("Ed25519"),
    "RS256": RSAKey.generate_key(2048),
}


def pem(algorithm: str) -> str:
    return bytes(MADE[algorithm].as_pem(private=True)).decode()


def connect(app: APIFlask, client_id: str, key: PrivateKey, **how: Any) -> Client:
    transport = httpx2.WSGITransport(app=app)
    return Client("http://localhost", client_id, key, attempts=1, transport=transport, **how)


@pytest.mark.parametrize("how", [(each, form) for each in MADE for form in ("pem", "jwk")])
def test_a_key_serves_in_place_of_the_secret(
    app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock, how: tuple[str, str]
) -> None:
    algorithm, form = how
    jwk = json.dumps(MADE[algorithm].as_dict(private=True) | {"kid": "till-1"})
    text = pem(algorithm) if form == "pem" else jwk
    key = PrivateKey(text, clock=clock.now.timestamp)
    assert (key.algorithm, key.kid) == (algorithm, "till-1" if form == "jwk" else None)
    with desk.work(Actor("cli")) as work:
        credentials.add_keys(work, grocery.client_id, json.dumps(key.public()))
    with connect(app, grocery.client_id, key) as client:
        assert client.partner().code == "grocery"


def test_a_key_goes_with_bound_tokens_and_signs_each_request_anew() -> None:
    key = PrivateKey(pem("ES256"))
    seen: list[httpx2.Request] = []

    def guard(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        nonce = {"DPoP-Nonce": "n"}
        if len(seen) == 1:
            return httpx2.Response(400, headers=nonce, json={"error": "use_dpop_nonce"})
        token = {"access_token": "t", "token_type": "DPoP", "expires_in": 600}
        return httpx2.Response(200, headers=nonce, json=token)

    http = httpx2.MockTransport(guard)
    with (
        Client("http://localhost", "cli_1", key, dpop=True, attempts=1, transport=http) as client,
        pytest.raises(AnswerUnreadable),
    ):
        client.partner()
    assert len(seen) == 3
    bodies = [dict(httpx2.QueryParams(each.content.decode())) for each in seen[:2]]
    assert all("DPoP" in each.headers for each in seen)
    assert "Authorization" not in seen[0].headers
    claims = [jwt.decode(each["client_assertion"], MADE["ES256"]).claims for each in bodies]
    assert claims[0]["jti"] != claims[1]["jti"]
    assert claims[0]["exp"] - claims[0]["iat"] == 60
    assert claims[0]["aud"] == "http://localhost/oauth/token"


def test_a_key_that_is_not_registered_is_refused(
    app: APIFlask, grocery: Till, clock: FixedClock
) -> None:
    key = PrivateKey(pem("ES256"), clock=clock.now.timestamp)
    with (
        connect(app, grocery.client_id, key) as client,
        pytest.raises(AuthenticationFailed, match="INVALID_CLIENT"),
    ):
        client.partner()


def test_tasks_use_a_key_too(app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock) -> None:
    key = PrivateKey(pem("EdDSA"), audience="http://localhost", clock=clock.now.timestamp)
    with desk.work(Actor("cli")) as work:
        credentials.add_keys(work, grocery.client_id, json.dumps(key.public()))
    inside = httpx2.WSGITransport(app=app)

    def pass_on(request: httpx2.Request) -> httpx2.Response:
        answer = inside.handle_request(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.read())

    async def do() -> str:
        transport = httpx2.MockTransport(pass_on)
        async with AsyncClient(
            "http://elsewhere", grocery.client_id, key, attempts=1, transport=transport
        ) as client:
            return (await client.partner()).code

    assert asyncio.run(do()) == "grocery"


@pytest.mark.parametrize("kind", ["none", "a list", "garbage", "public", "shared", "P-384"])
def test_what_is_no_private_key_of_ours_is_refused_unread(kind: str) -> None:
    text = {
        "none": "",
        "a list": "[]",
        "garbage": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "public": json.dumps(MADE["ES256"].as_dict(private=False)),
        "shared": json.dumps(OctKey.generate_key(256).as_dict(private=True)),
        "P-384": json.dumps(ECKey.generate_key("P-384").as_dict(private=True)),
    }[kind]
    with pytest.raises(ValueError, match="give a private key") as refused:
        PrivateKey(text)
    assert len(str(refused.value)) < 80


def test_a_key_signs_by_what_fits_it(tmp_path: Path) -> None:
    file = tmp_path / "till.pem"
    file.write_text(pem("RS256"))
    assert PrivateKey.of_file(file).algorithm == "RS256"
    assert PrivateKey(pem("RS256"), algorithm="PS256").algorithm == "PS256"
    with pytest.raises(ValueError, match="signs with ES256"):
        PrivateKey(pem("ES256"), algorithm="RS256")
    assert "d" not in PrivateKey.of_file(file).public()
    assert "PRIVATE" not in repr(PrivateKey.of_file(file))
