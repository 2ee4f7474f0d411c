"""``private_key_jwt``: a client signs in place of sending a secret (RFC 7523; OAU-22)."""

import hmac
import json
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from apiflask import APIFlask
from joserfc.jwk import ECKey, RSAKey

from keyholders import KeyHolder, holder_of
from stoa.services import credentials
from stoa.work import Actor, Desk
from tills import Till
from world import Coalition, FixedClock

GRANT = {"grant_type": "client_credentials"}
CLI = Actor("cli")


@pytest.fixture
def holder(grocery: Till, desk: Desk, clock: FixedClock) -> KeyHolder:
    """Return the holder of a key that the grocery's client has registered."""
    holder = KeyHolder(clock.now)
    with desk.work(CLI) as work:
        credentials.add_keys(work, grocery.client_id, json.dumps(holder.public | {"kid": "k1"}))
    return holder


def ask(app: APIFlask, form: dict[str, str], **how: Any) -> Any:
    return app.test_client().post("/oauth/token", data=GRANT | form, **how)


def mac_of(client_id: str, holder: KeyHolder, secret: bytes) -> str:
    """Return an assertion with a MAC under what everybody may know."""
    body = holder.assertion(client_id)["client_assertion"].split(".")[1]
    head = urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=").decode()
    unsigned = f"{head}.{body}"
    mac = hmac.digest(secret, unsigned.encode(), "sha256")
    return f"{unsigned}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def refused(answer: Any) -> None:
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client"), answer.text


@pytest.mark.parametrize("alg", ["ES256", "PS256", "RS256", "EdDSA"])
def test_a_client_gets_a_token_by_its_signature(
    app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock, alg: str
) -> None:
    holder = holder_of(alg, clock.now)
    with desk.work(CLI) as work:
        (key,) = credentials.add_keys(work, grocery.client_id, json.dumps(holder.public))
    assert key.kid == holder.key.thumbprint()
    for form in (
        holder.assertion(grocery.client_id),
        holder.assertion(grocery.client_id, header={"kid": key.kid, "typ": "JWT"}),
        holder.assertion(grocery.client_id, aud="http://localhost"),
        holder.assertion(grocery.client_id, aud=["http://localhost/oauth/token"]),
        holder.assertion(grocery.client_id) | {"client_id": grocery.client_id},
    ):
        answer = ask(app, form)
        assert answer.status_code == 200, answer.text
        assert Till(app, "", "", answer.json["access_token"]).get("/partner").status_code == 200


def test_a_pem_will_do(app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock) -> None:
    holder = KeyHolder(clock.now)
    with desk.work(CLI) as work:
        credentials.add_keys(work, grocery.client_id, holder.key.as_pem(private=False).decode())
    assert ask(app, holder.assertion(grocery.client_id)).status_code == 200


def test_oau_22_what_is_no_good_assertion_is_refused(
    app: APIFlask, grocery: Till, cinema: Till, holder: KeyHolder, subtests: pytest.Subtests
) -> None:
    mine, now = grocery.client_id, int(holder.now.timestamp())
    cases: dict[str, dict[str, Any]] = {
        "aud of another": {"aud": "https://evil.example/oauth/token"},
        "aud of the API": {"aud": "http://localhost/v1"},
        "aud with extras": {"aud": ["http://localhost/oauth/token", "https://evil.example"]},
        "aud doubled": {"aud": ["http://localhost", "http://localhost"]},
        "aud empty": {"aud": []},
        "no aud": {"drop": "aud"},
        "iss is not sub": {"iss": cinema.client_id},
        "sub is another": {"sub": cinema.client_id},
        "sub is nobody": {"sub": "cli_" + "0" * 26, "iss": "cli_" + "0" * 26},
        "sub is a number": {"sub": 7},
        "no iss": {"drop": "iss"},
        "no sub": {"drop": "sub"},
        "no jti": {"drop": "jti"},
        "jti empty": {"jti": ""},
        "jti is a number": {"jti": 7},
        "jti of a novel": {"jti": "x" * 257},
        "jti with a nul": {"jti": "a\0b"},
        "no exp": {"drop": "exp"},
        "exp in the past": {"exp": now},
        "exp in 301 s": {"exp": now + 301},
        "exp as text": {"exp": str(now + 60)},
        "exp as truth": {"exp": True},
        "exp as fraction": {"exp": now + 60.5},
        "exp without end": {"exp": 1e300},
        "iat ahead": {"iat": now + 61},
        "iat as text": {"iat": "now"},
        "nbf ahead": {"nbf": now + 61},
        "alg none": {"header": {"alg": "none"}, "key": None},
        "another key": {"key": ECKey.generate_key("P-256")},
        "another key of the name": {"key": ECKey.generate_key("P-256"), "header": {"kid": "k1"}},
        "an unknown kid": {"header": {"kid": "k2"}},
        "a kid that is a list": {"header": {"kid": ["k1"]}},
        "an access token's typ": {"header": {"typ": "at+jwt"}},
        "a key in the header": {"header": {"jwk": holder.public}},
        "an address of keys": {"header": {"jku": "https://evil.example/jwks"}},
        "crit": {"header": {"crit": ["exp"]}},
        "b64": {"header": {"b64": False, "crit": ["b64"]}},
    }
    for name, changes in cases.items():
        with subtests.test(name):
            key = changes.get("key", holder.key)
            if key is None:
                changes.pop("key")
                form = holder.assertion(mine)
                head, body, _ = form["client_assertion"].split(".")
                form["client_assertion"] = f"eyJhbGciOiJub25lIn0.{body}."
                assert head
            else:
                form = holder.assertion(mine, **changes)
            refused(ask(app, form))
    tokens = {f"HS256 with the public {name}": mac_of(mine, holder, key) for name, key in (
        ("PEM", holder.key.as_pem(private=False)), ("JWK", json.dumps(holder.public).encode()),
    )}  # fmt: skip
    for name, token in (
        *tokens.items(), ("empty", ""), ("no token", "x"), ("dots", ".."), ("huge", "a" * 9000),
        ("brackets", "W10.W10.AA"), ("deep", "Ww" * 3000 + ".e30.AA"),
        ("no letters", "\N{SNOWMAN}.\N{SNOWMAN}.x"),
    ):  # fmt: skip
        with subtests.test(name):
            refused(ask(app, holder.assertion(mine) | {"client_assertion": token}))
    with subtests.test("another type"):
        refused(ask(app, holder.assertion(mine) | {"client_assertion_type": "jwt"}))
    with subtests.test("of another client"):
        refused(ask(app, holder.assertion(mine) | {"client_id": cinema.client_id}))
    with subtests.test("all of it was the change"):
        assert ask(app, holder.assertion(mine)).status_code == 200


def test_oau_22_an_assertion_counts_once_among_all_servers(
    app: APIFlask, grocery: Till, holder: KeyHolder
) -> None:
    form = holder.assertion(grocery.client_id)
    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(lambda _: ask(app, form), range(24)))
    assert sorted(each.status_code for each in answers) == [200] + [401] * 23
    refused(ask(app, form))


def test_two_proofs_are_one_too_many(app: APIFlask, grocery: Till, holder: KeyHolder) -> None:
    form = holder.assertion(grocery.client_id)
    both = ask(app, form, auth=(grocery.client_id, grocery.secret))
    assert (both.status_code, both.json["error"]) == (400, "invalid_request")
    both = ask(app, form | {"client_id": grocery.client_id, "client_secret": grocery.secret})
    assert (both.status_code, both.json["error"]) == (400, "invalid_request")


def test_a_key_is_rotated_without_downtime(
    app: APIFlask, grocery: Till, holder: KeyHolder, desk: Desk
) -> None:
    fresh = KeyHolder(holder.now)
    with desk.work(CLI) as work:
        credentials.add_keys(work, grocery.client_id, json.dumps(fresh.public))
    for each in (holder, fresh):
        assert ask(app, each.assertion(grocery.client_id)).status_code == 200
    with desk.work(CLI) as work:
        credentials.end_key(work, grocery.client_id, "k1")
        assert [key.kid for key in credentials.keys_of(work, grocery.client_id)] == [
            fresh.key.thumbprint()
        ]
    refused(ask(app, holder.assertion(grocery.client_id)))
    assert ask(app, fresh.assertion(grocery.client_id)).status_code == 200


def test_a_key_of_one_client_proves_no_other(
    app: APIFlask, cinema: Till, holder: KeyHolder, coalition: Coalition
) -> None:
    refused(ask(app, holder.assertion(cinema.client_id)))
    assert coalition.grocery != coalition.cinema


def test_a_revoked_client_has_no_assertion_that_counts(
    app: APIFlask, grocery: Till, holder: KeyHolder, desk: Desk
) -> None:
    with desk.work(CLI) as work:
        credentials.revoke_client(work, grocery.client_id)
    refused(ask(app, holder.assertion(grocery.client_id)))


def test_an_rsa_key_signs_with_what_it_names(
    app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock
) -> None:
    key = RSAKey.generate_key(2048)
    jwk = dict(key.as_dict(private=False)) | {"alg": "PS256", "use": "sig", "kid": "rsa"}
    with desk.work(CLI) as work:
        credentials.add_keys(work, grocery.client_id, json.dumps({"keys": [jwk]}))
    assert (
        ask(app, KeyHolder(clock.now, key, "PS256").assertion(grocery.client_id)).status_code == 200
    )
    refused(ask(app, KeyHolder(clock.now, key, "RS256").assertion(grocery.client_id)))
