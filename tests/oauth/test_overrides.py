"""Authlib's soft defaults made hard: each test here fails with the default (reliability §3.6).

The defaults of codes, refresh tokens and the answer of ``/oauth/authorize`` (1-4, 7, 14) stand
with the tests of those grants.
"""

import ast
import importlib.util
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from joserfc.jwk import ECKey

import stoa
from keyholders import KeyHolder, signed
from stoa.app import StartRefusedError, check
from stoa.config import Settings
from stoa.oauth.server import GRANTS
from stoa.services import credentials
from stoa.work import Actor, Desk
from tills import Till, refused
from world import FixedClock

CLI = Actor("cli")


def test_5_secrets_are_kept_as_slow_hashes(grocery: Till, desk: Desk) -> None:
    with desk.work(CLI) as work:
        rows = work.rows("SELECT c::text, s::text FROM clients c, client_secrets s")
    assert grocery.secret not in str(rows)
    assert "$argon2id$" in str(rows)


def test_6_a_long_token_fits_and_always_ends(grocery: Till, app: APIFlask) -> None:
    answer: Any = app.test_client().post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(grocery.client_id, grocery.secret),
    )
    assert len(answer.json["access_token"]) > 255
    assert 0 < answer.json["expires_in"] <= 600


def test_8_a_client_proves_itself_at_every_endpoint(app: APIFlask, grocery: Till) -> None:
    for door in ("token", "revoke", "introspect"):
        form = {"grant_type": "client_credentials", "client_id": grocery.client_id, "token": "x"}
        answer: Any = app.test_client().post(f"/oauth/{door}", data=form)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client"), door


def test_9_introspection_is_for_the_own_tenant(grocery: Till, cinema: Till) -> None:
    answer = grocery.client().post(
        "/oauth/introspect",
        data={"token": cinema.token},
        auth=(grocery.client_id, grocery.secret),
    )
    assert answer.json == {"active": False}


def test_10_an_unknown_scope_is_refused_and_not_dropped(app: APIFlask, grocery: Till) -> None:
    answer: Any = app.test_client().post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "scope": "earn:write everything"},
        auth=(grocery.client_id, grocery.secret),
    )
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")


def test_11_one_algorithm_verifies_and_a_revoked_jti_does_not(grocery: Till) -> None:
    head, body, signature = grocery.token.split(".")
    assert head
    for alg in ("ES256K", "HS256", "none"):
        header = json.dumps({"alg": alg, "typ": "at+jwt", "kid": "k"}).encode()
        forged = f"{urlsafe_b64encode(header).rstrip(b'=').decode()}.{body}.{signature}"
        refused(Till(grocery.app, "", "", forged).get("/partner"), 401, "TOKEN_INVALID")
    grocery.client().post(
        "/oauth/revoke", data={"token": grocery.token}, auth=(grocery.client_id, grocery.secret)
    )
    refused(grocery.get("/partner"), 401, "TOKEN_INVALID")


def test_12_a_client_assertion_counts_once(
    app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock
) -> None:
    holder = KeyHolder(clock.now)
    pem = holder.key.as_pem(private=False).decode()
    with desk.work(CLI) as work:
        credentials.add_keys(work, grocery.client_id, pem)
    form = {"grant_type": "client_credentials"} | holder.assertion(grocery.client_id)
    answers = [app.test_client().post("/oauth/token", data=form).status_code for _ in range(2)]
    assert answers == [200, 401]


def test_13_dpop_is_ours_for_authlib_has_none(app: APIFlask) -> None:
    assert importlib.util.find_spec("authlib.oauth2.rfc9449") is None
    answer: Any = app.test_client().get("/.well-known/oauth-authorization-server")
    assert answer.json["dpop_signing_alg_values_supported"]


def test_15_insecure_transport_refuses_to_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    public = replace(settings, public_url="https://stars.example")
    with pytest.raises(StartRefusedError, match="AUTHLIB_INSECURE_TRANSPORT"):
        check(public)


def test_16_no_soft_grant_is_registered() -> None:
    names = {grant.GRANT_TYPE for grant in GRANTS}
    assert names <= {"client_credentials", "authorization_code", "refresh_token"}


def test_17_nothing_of_ours_knows_the_old_jose() -> None:
    for path in Path(stoa.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("authlib.jose"), path
            if isinstance(node, ast.Import):
                assert not any(each.name.startswith("authlib.jose") for each in node.names), path


def test_oau_37_a_certificate_in_a_header_proves_nothing(
    app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock
) -> None:
    headers = {
        "X-SSL-Client-Cert": "-----BEGIN CERTIFICATE-----", "X-Forwarded-Client-Cert": "Hash=00",
        "X-Client-Cert": "MII", "SSL-Client-Verify": "SUCCESS", "Client-Cert": ":MII:",
    }  # fmt: skip
    client = app.test_client()
    refused(client.get("/v1/partner", headers=headers), 401, "TOKEN_REQUIRED")
    form = {"grant_type": "client_credentials", "client_id": grocery.client_id}
    answer: Any = client.post("/oauth/token", data=form, headers=headers)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    with desk.work(CLI) as work:
        (terms,) = credentials.signing_keys(work)
        mine = credentials.find_client(work, grocery.client_id)
    assert mine is not None
    now = int(clock.now.timestamp())
    told = grocery.client().post(
        "/oauth/introspect", data={"token": grocery.token}, auth=(mine.id, grocery.secret)
    ).json  # fmt: skip
    odd: tuple[Any, ...] = (
        {"x5t#S256": "AAAA"},
        {"jkt": "A", "x5t#S256": "A"},
        {},
        [],
        "x",
        {"jkt": 7},
        None,
    )
    for cnf in odd:
        body = {name: told[name] for name in ("iss", "aud", "sub", "client_id", "scope", "jti")}
        body |= {"iat": now, "exp": now + 60, "cnf": cnf, "partner": "prt_" + "0" * 26}
        header = {"alg": "ES256", "typ": "at+jwt", "kid": terms.kid}
        token = signed(header, body, ECKey.import_key(json.loads(terms.private_jwk)))
        refused(client.get("/v1/partner", headers=headers | {
            "Authorization": f"Bearer {token}"
        }), 401, "TOKEN_INVALID")  # fmt: skip
