"""Tokens at the doors: forged, stale, misused and oversized ones (reliability OAU-23 to OAU-34)."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from apiflask import APIFlask
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from stoa.config import Settings
from stoa.errors import TokenInvalidError
from stoa.oauth import verify
from stoa.oauth.doors import OAuth, open_oauth
from stoa.services import credentials
from stoa.work import Actor, Desk, Work
from tills import Till, refused, till_of
from world import Coalition, FixedClock

INVALID = 'Bearer realm="stoa", error="invalid_token"'

Forge = Callable[..., str]


@pytest.fixture
def oauth(settings: Settings, desk: Desk) -> OAuth:
    """Return the parts of OAuth on this test's database, with the same keys as the app."""
    return open_oauth(desk, settings)


@pytest.fixture
def forge(oauth: OAuth, grocery: Till, clock: FixedClock) -> Forge:
    """Return a forger who has our very key: everything but the change is right."""

    def make(header: dict[str, Any] | None = None, drop: str = "", **claims: Any) -> str:
        key = oauth.keys.signing()
        now = int(clock.now.timestamp())
        good = jwt.decode(grocery.token, key, algorithms=["ES256"]).claims
        body = good | {"iat": now, "exp": now + 600} | claims
        body.pop(drop, None)
        head = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid} | (header or {})
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None},
            body,
            key,
            algorithms=["ES256"],
            default_type=None,
        )

    return make


def raw(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(claims)}.{signature}"


def claims_of(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims


def test_the_forger_can_make_a_good_token(app: APIFlask, forge: Forge) -> None:
    assert Till(app, "", "", forge()).get("/partner").status_code == 200


def test_oau_25_26_30_forged_headers_are_refused(
    app: APIFlask, forge: Forge, subtests: pytest.Subtests
) -> None:
    evil = ECKey.generate_key("P-256", {"kid": "evil"})
    for header in (
        {"typ": "JWT"}, {"typ": "id_token"}, {"typ": "logout+jwt"}, {"typ": "AT+JWT"},
        {"typ": None}, {"typ": "application/at+jwt"},
        {"kid": "evil"}, {"kid": None}, {"kid": ""}, {"kid": 7}, {"kid": ["x"]}, {"kid": "../../k"},
        {"jwk": evil.as_dict(private=False)}, {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/c"}, {"x5c": ["MII"]}, {"x5t": "AAAA"},
        {"crit": ["exp"]}, {"crit": ["b64"], "b64": False}, {"zip": "DEF"}, {"cty": "JWT"},
    ):  # fmt: skip
        with subtests.test(str(header)):
            try:
                token = forge(header)
            except Exception:  # noqa: BLE001 - the library itself won't make such a one
                token = raw({"alg": "ES256", "typ": "at+jwt", "kid": "x"} | header, {}, "AAAA")
            refused(Till(app, "", "", token).get("/partner"), 401, "TOKEN_INVALID")


def test_oau_29_31_forged_claims_are_refused(
    app: APIFlask, forge: Forge, clock: FixedClock, subtests: pytest.Subtests
) -> None:
    now = int(clock.now.timestamp())
    odd: tuple[dict[str, Any], ...] = (
        {"drop": "exp"}, {"drop": "iss"}, {"drop": "aud"}, {"drop": "sub"}, {"drop": "iat"},
        {"drop": "client_id"}, {"drop": "scope"}, {"drop": "partner"},
        {"exp": str(now + 60)}, {"exp": True}, {"exp": 1e300}, {"exp": now + 60.5}, {"exp": None},
        {"exp": now}, {"exp": now - 1}, {"exp": now + 601}, {"exp": 2**63},
        {"iat": str(now)}, {"iat": True}, {"iat": now + 61, "exp": now + 120},
        {"iat": now - 1, "exp": now + 600}, {"nbf": now + 60}, {"nbf": "now"},
        {"iss": "https://evil.example"}, {"iss": ["http://localhost"]}, {"iss": "http://localhost/"},
        {"aud": "http://localhost"}, {"aud": ["http://localhost/v1"]}, {"aud": []},
        {"aud": ["http://localhost/v1", "https://other.example"]}, {"aud": ""},
        {"sub": "someone"}, {"sub": ""}, {"sub": 7},
        {"partner": "prt_x"}, {"partner": None}, {"partner": "prt_" + "0" * 26},
        {"client_id": "cli_" + "0" * 26, "sub": "cli_" + "0" * 26},
    )  # fmt: skip
    for claims in odd:
        with subtests.test(str(claims)):
            token = forge(**claims)
            answer = Till(app, "", "", token).get("/partner")
            refused(answer, 401, "TOKEN_INVALID")
            assert (
                answer.headers["WWW-Authenticate"] == 'Bearer realm="stoa", error="invalid_token"'
            )


def test_oau_23_24_unsigned_and_foreign_signatures_are_refused(
    app: APIFlask, grocery: Till, oauth: OAuth, subtests: pytest.Subtests
) -> None:
    kid = oauth.keys.signing().kid
    good = claims_of(grocery.token)
    head, body, signature = grocery.token.split(".")
    other = ECKey.generate_key("P-256", {"kid": str(kid)})
    public = json.dumps(oauth.keys.published()["keys"][0])
    pem = oauth.keys.signing().as_pem(private=False)
    tokens = {
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{grocery.token}.x",
        "five parts": f"{head}.x.{body}.{signature}.x",
        "another key": jwt.encode(
            {"alg": "ES256", "typ": "at+jwt", "kid": kid}, good, other, algorithms=["ES256"]
        ),
        "flipped signature": f"{head}.{body}.{signature[::-1]}",
        "another body": f"{head}.{raw({}, good | {'scope': 'x'}).split('.')[1]}.{signature}",
        "empty": "",
        "no token": "x",
        "dots": "..",
        "spaces": f"{head} .{body}.{signature}",
        "line end": f"{grocery.token}\n",
        "broken header": f"!!!.{body}.{signature}",
        "a list as header": f"{base64.urlsafe_b64encode(b'[]').decode()}.{body}.{signature}",
        "deep header": base64.urlsafe_b64encode(b"[" * 3000).decode() + f".{body}.{signature}",
    }
    for alg in ("none", "None", "nOnE", "NONE", "", "ES256K", "ES384", "RS256", "EdDSA", None):
        header = {"alg": alg, "typ": "at+jwt", "kid": kid}
        tokens[f"alg {alg}"] = raw(header, good)
        tokens[f"alg {alg}, signed"] = raw(header, good, signature)
    for name, secret in (("JWK", public.encode()), ("PEM", pem), ("nothing", b"")):
        unsigned = raw({"alg": "HS256", "typ": "at+jwt", "kid": kid}, good).rstrip(".")
        mac = hmac.new(secret, unsigned.encode(), "sha256").digest()
        signed = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        tokens[f"HS256 with the public {name}"] = f"{unsigned}.{signed}"
    rsa = RSAKey.generate_key(2048, {"kid": str(kid)})
    tokens["RS256"] = jwt.encode(
        {"typ": "at+jwt", "alg": "RS256", "kid": kid}, good, rsa, ["RS256"]
    )
    for name, token in tokens.items():
        with subtests.test(name):
            client = app.test_client()
            environ = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
            answer = client.get("/v1/partner", environ_overrides=environ)
            refused(answer, 401, "TOKEN_INVALID")


def test_oau_33_a_huge_token_is_refused_at_once(app: APIFlask, grocery: Till) -> None:
    head, body, signature = grocery.token.split(".")
    for token in (
        "a" * 1_000_000,
        f"{head}.{'a' * 1_000_000}.{signature}",
        f"{'a' * 8192}.{body}.{signature}",
        raw(
            {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "p2s": "AA"}, {}, "x.y.z"
        ),
        raw({"alg": "dir", "enc": "A128GCM", "zip": "DEF"}, {}, "x.y.z"),
    ):
        began = time.perf_counter()
        answer = app.test_client().get("/v1/partner", headers={"Authorization": f"Bearer {token}"})
        assert time.perf_counter() - began < 0.5
        refused(answer, 401, "TOKEN_INVALID")


HEADERS = [
    (None, "TOKEN_REQUIRED"),
    ("", "TOKEN_REQUIRED"),
    ("Basic Zm9vOmJhcg==", "TOKEN_REQUIRED"),
    ("Token {token}", "TOKEN_REQUIRED"),
    ("DPoP {token}", "TOKEN_INVALID"),
    ("{token}", "TOKEN_REQUIRED"),
    ("Bearer", "TOKEN_INVALID"),
    ("Bearer ", "TOKEN_INVALID"),
    ("Bearer  {token}", "TOKEN_INVALID"),
    ("Bearer {token}, Bearer {token}", "TOKEN_INVALID"),
    ("Bearer {token} x", "TOKEN_INVALID"),
]


def test_oau_34_the_header_carries_one_bearer_token(
    app: APIFlask, grocery: Till, subtests: pytest.Subtests
) -> None:
    for header, code in HEADERS:
        with subtests.test(str(header)):
            sent = (
                {} if header is None else {"HTTP_AUTHORIZATION": header.format(token=grocery.token)}
            )
            answer = app.test_client().get("/v1/partner", environ_overrides=sent)
            refused(answer, 401, code)
            challenge = INVALID if code == "TOKEN_INVALID" else 'Bearer realm="stoa"'
            assert answer.headers["WWW-Authenticate"] == challenge


def test_the_word_bearer_may_be_written_in_any_case(app: APIFlask, grocery: Till) -> None:
    for word in ("bearer", "BEARER"):
        headers = {"Authorization": f"{word} {grocery.token}"}
        assert app.test_client().get("/v1/partner", headers=headers).status_code == 200


def test_oau_34_a_token_comes_by_no_other_way(app: APIFlask, grocery: Till) -> None:
    client = app.test_client()
    answer = client.get("/v1/partner", query_string={"access_token": grocery.token})
    refused(answer, 401, "TOKEN_REQUIRED")
    answer = client.post(
        "/v1/members/resolve",
        data={"access_token": grocery.token},
        headers={"Idempotency-Key": "k"},
    )
    refused(answer, 401, "TOKEN_REQUIRED")
    client.set_cookie("access_token", grocery.token)
    refused(client.get("/v1/partner"), 401, "TOKEN_REQUIRED")
    both = grocery.get("/partner", access_token=grocery.token)
    refused(both, 422, "INVALID_BODY")


def test_a_token_ends_with_its_life(grocery: Till, clock: FixedClock) -> None:
    assert grocery.get("/partner").status_code == 200
    clock.move(seconds=599)
    assert grocery.get("/partner").status_code == 200
    clock.move(seconds=1)
    refused(grocery.get("/partner"), 401, "TOKEN_INVALID")


def test_a_revoked_clients_token_is_refused_within_a_minute(
    grocery: Till, cinema: Till, desk: Desk, clock: FixedClock
) -> None:
    assert grocery.get("/partner").status_code == 200
    with desk.work(Actor("cli")) as work:
        credentials.revoke_client(work, grocery.client_id)
    clock.move(seconds=60)
    refused(grocery.get("/partner"), 401, "TOKEN_INVALID")
    assert cinema.get("/partner").status_code == 200


def test_a_clock_that_goes_back_still_asks_for_the_client(
    grocery: Till, desk: Desk, clock: FixedClock
) -> None:
    assert grocery.get("/partner").status_code == 200
    with desk.work(Actor("cli")) as work:
        credentials.revoke_client(work, grocery.client_id)
    clock.move(seconds=-30)
    refused(grocery.get("/partner"), 401, "TOKEN_INVALID")


def test_a_known_token_costs_no_statement_and_no_signature(
    oauth: OAuth, grocery: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = f"Bearer {grocery.token}"
    actor = oauth.verifier.caller(header)
    assert actor.name == f"client:{grocery.client_id}"
    monkeypatch.setattr(Work, "rows", _not_again)
    monkeypatch.setattr(jwt, "decode", _not_again)
    assert oauth.verifier.caller(header) == actor


def test_only_so_many_tokens_are_remembered(
    app: APIFlask, oauth: OAuth, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_MOST_REMEMBERED", 3)
    till = till_of(app, coalition.desk, coalition.grocery)
    tills = [till, *(till.renewed() for _ in range(4))]
    for each in tills:
        oauth.verifier.caller(f"Bearer {each.token}")
    assert len(oauth.verifier._tokens) == 3
    oauth.verifier.caller(f"Bearer {till.token}")
    with pytest.raises(TokenInvalidError):
        oauth.verifier.caller(f"Bearer {till.token[:-4]}AAAA")
    assert len(oauth.verifier._tokens) == 3


def test_only_so_many_clients_are_remembered(
    app: APIFlask, oauth: OAuth, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_MOST_REMEMBERED", 1)
    for partner in (coalition.grocery, coalition.cinema):
        till = till_of(app, coalition.desk, partner)
        assert oauth.verifier.caller(f"Bearer {till.token}").partner_id == partner
    assert len(oauth.verifier._clients) == 1


def _not_again(*_: object, **__: object) -> None:
    raise AssertionError("this was known already")
