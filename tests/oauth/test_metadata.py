"""What the authorization server says of itself is what it does (RFC 8414; OAU-40)."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from apiflask import APIFlask
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata  # type: ignore[import-untyped]

from stoa.app import create_app
from stoa.config import Settings
from stoa.oauth.client_auth import METHODS
from stoa.services.credentials import MEMBER_SCOPES, SCOPES
from stoa.work import Desk
from tills import Till

AUTH = {
    "token": "token_endpoint_auth_methods_supported",
    "revocation": "revocation_endpoint_auth_methods_supported",
    "introspection": "introspection_endpoint_auth_methods_supported",
}


def told(app: APIFlask) -> dict[str, Any]:
    answer: Any = app.test_client().get("/.well-known/oauth-authorization-server")
    return dict(answer.json)


def test_oau_40_every_endpoint_it_names_is_served(app: APIFlask) -> None:
    rules = {rule.rule: rule.methods or set() for rule in app.url_map.iter_rules()}
    named = {name: url for name, url in told(app).items() if name.endswith(("_endpoint", "_uri"))}
    assert {"token_endpoint", "revocation_endpoint", "introspection_endpoint", "jwks_uri"} <= set(
        named
    )
    for name, url in named.items():
        assert urlsplit(url).path in rules, name
    served = {rule for rule in rules if rule.startswith(("/oauth/", "/.well-known/jwks"))}
    pages = {"/oauth/authorize", "/oauth/logout", "/oauth/userinfo"}
    assert {urlsplit(url).path for url in named.values()} | pages >= {
        rule for rule in served if "<" not in rule and rule.count("/") == 2
    }


def test_oau_40_it_names_what_is_so_and_nothing_soft(app: APIFlask) -> None:
    document = told(app)
    AuthorizationServerMetadata(document).validate_issuer()
    assert document["issuer"] == "http://localhost"
    assert document["scopes_supported"] == [*MEMBER_SCOPES, *SCOPES]
    assert document["dpop_signing_alg_values_supported"] == ["ES256", "PS256", "RS256", "EdDSA"]
    for name, algorithms in document.items():
        if name.endswith("_alg_values_supported"):
            assert not {"none", "HS256"} & set(algorithms), name
    assert not {"implicit", "password"} & set(document["grant_types_supported"])
    assert "registration_endpoint" not in document


def test_oau_40_the_grants_it_names_are_the_grants_there_are(app: APIFlask, grocery: Till) -> None:
    every = [
        "authorization_code", "client_credentials", "implicit", "password", "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ]  # fmt: skip
    there = []
    for grant in every:
        answer: Any = app.test_client().post(
            "/oauth/token", data={"grant_type": grant}, auth=(grocery.client_id, grocery.secret)
        )
        if answer.json.get("error") != "unsupported_grant_type":
            there.append(grant)
    assert set(there) == set(told(app)["grant_types_supported"])


def test_oau_40_the_ways_of_proof_it_names_are_those_it_takes(app: APIFlask) -> None:
    for endpoint, name in AUTH.items():
        taken = {
            way for (_, where), ways in METHODS.items() if where == endpoint for way in ways
        } - {"none"}
        assert set(told(app)[name]) - {"none"} == taken


@pytest.mark.parametrize("public", ["https://stars.example", "https://stars.example/club"])
def test_oau_40_its_addresses_are_the_public_ones(
    settings: Settings, desk: Desk, public: str
) -> None:
    document = told(create_app(replace(settings, public_url=public), desk=desk))
    assert document["issuer"] == public
    for name, url in document.items():
        if name.endswith(("_endpoint", "_uri")):
            assert url.startswith(f"{public}/"), name


def test_oau_44_nobody_registers_a_client_by_himself(app: APIFlask) -> None:
    for path in ("/oauth/register", "/register", "/oauth/clients"):
        assert app.test_client().post(path, json={}).status_code in (404, 405)
