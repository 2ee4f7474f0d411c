"""The token endpoint: client credentials, in the words of RFC 6749, and what it refuses."""

from dataclasses import replace
from typing import Any

import pytest
from apiflask import APIFlask
from joserfc import jwt
from joserfc.jwk import KeySet

from stoa.app import create_app
from stoa.config import Settings
from stoa.errors import InvalidBodyError
from stoa.services import credentials, identity
from stoa.services.credentials import SCOPES, TILL_SCOPES
from stoa.work import Actor, Desk
from tills import MORE, Till, till_of
from world import Coalition, FixedClock

GRANT = {"grant_type": "client_credentials"}

_ALLOWED = [scope for scope in SCOPES if scope in {*TILL_SCOPES, *MORE}]


def ask(app: APIFlask, form: dict[str, Any] | None = None, **how: Any) -> Any:
    return app.test_client().post("/oauth/token", data=GRANT | (form or {}), **how)


def refused(answer: Any, status: int, error: str) -> None:
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    description = answer.json.get("error_description", "")
    assert all(" " <= letter <= "~" and letter not in '"\\' for letter in description)


def test_a_client_gets_a_token_by_basic_and_by_form(app: APIFlask, grocery: Till) -> None:
    form = {"client_id": grocery.client_id, "client_secret": grocery.secret}
    for answer in (ask(app, auth=(grocery.client_id, grocery.secret)), ask(app, form)):
        assert answer.status_code == 200
        assert answer.json["token_type"] == "Bearer"
        assert answer.json["expires_in"] == 600
        assert answer.json["scope"].split() == _ALLOWED
        assert "refresh_token" not in answer.json
        assert answer.headers["Cache-Control"] == "no-store"
        assert Till(app, "", "", answer.json["access_token"]).get("/partner").status_code == 200


def test_a_token_is_what_rfc_9068_asks_for(
    app: APIFlask, grocery: Till, coalition: Coalition, clock: FixedClock
) -> None:
    published: Any = app.test_client().get("/.well-known/jwks.json").json
    keys = KeySet.import_key_set(published)
    token = jwt.decode(grocery.token, keys, algorithms=["ES256"])
    assert token.header == {"alg": "ES256", "typ": "at+jwt", "kid": token.header["kid"]}
    claims = token.claims
    now = int(clock.now.timestamp())
    assert len(claims.pop("jti")) >= 20
    assert claims.pop("partner").startswith("prt_")
    assert claims == {
        "iss": "http://localhost",
        "aud": "http://localhost/v1",
        "sub": grocery.client_id,
        "client_id": grocery.client_id,
        "scope": " ".join(_ALLOWED),
        "iat": now,
        "exp": now + 600,
    }


def test_two_tokens_are_never_the_same(grocery: Till) -> None:
    assert grocery.renewed().token != grocery.token


def test_the_secret_is_kept_as_a_hash_alone(grocery: Till, desk: Desk) -> None:
    with desk.work(Actor("test")) as work:
        (kept,) = work.rows("SELECT hash, client_secrets::text FROM client_secrets")
    assert kept[0].startswith("$argon2id$")
    assert grocery.secret[:17] in kept[1]
    assert grocery.secret[:18] not in kept[1]


def test_oau_14_a_scope_that_is_not_the_clients_is_refused(
    app: APIFlask, grocery: Till, subtests: pytest.Subtests
) -> None:
    pair = (grocery.client_id, grocery.secret)
    for scope in (
        "", " ", "earn:write ", "earn:write  redeem:write", "nothing", "earn:write nothing",
        "EARN:WRITE", "settlement:read", "*", "earn:write,redeem:write",
    ):  # fmt: skip
        with subtests.test(scope):
            refused(ask(app, {"scope": scope}, auth=pair), 400, "invalid_scope")


def test_a_client_never_gets_more_than_it_was_issued(
    app: APIFlask, desk: Desk, coalition: Coalition
) -> None:
    with desk.work(Actor("cli")) as work:
        pair = credentials.issue_client(work, coalition.grocery, "small", ["earn:write"])
    assert ask(app, auth=pair).json["scope"] == "earn:write"
    refused(ask(app, {"scope": "redeem:write"}, auth=pair), 400, "invalid_scope")
    refused(ask(app, {"scope": "earn:write redeem:write"}, auth=pair), 400, "invalid_scope")


def test_a_smaller_scope_may_be_asked_for(app: APIFlask, coalition: Coalition) -> None:
    till = till_of(app, coalition.desk, coalition.grocery, scope="earn:write earn:write")
    assert till.get("/partner").json["scopes"] == ["earn:write"]


def test_an_unknown_client_and_a_wrong_secret_answer_alike(app: APIFlask, grocery: Till) -> None:
    unknown = "cli_" + "0" * 26
    answers = [
        ask(app, auth=(grocery.client_id, "wrong")),
        ask(app, auth=(unknown, "wrong")),
        ask(app, auth=("nobody", "wrong")),
        ask(app, auth=("nul\0", "wrong")),
        ask(app, {"client_id": grocery.client_id, "client_secret": "wrong"}),
        ask(app, {"client_id": unknown, "client_secret": "wrong"}),
    ]
    for answer in answers:
        refused(answer, 401, "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert len({answer.data for answer in answers}) == 1


def test_an_unknown_client_costs_the_same_work(
    app: APIFlask, grocery: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []

    def spy(hashed: str, secret: str) -> bool:
        checked.append(hashed[:10])
        return real(hashed, secret)

    real = identity.secret_fits
    monkeypatch.setattr(identity, "secret_fits", spy)
    ask(app, auth=(grocery.client_id, "wrong"))
    ask(app, auth=("cli_" + "0" * 26, "wrong"))
    assert checked == ["$argon2id$"] * 2


MALFORMED: list[tuple[dict[str, Any], int, str]] = [
    ({"headers": {"Authorization": "Basic ???"}}, 401, "invalid_client"),
    ({"headers": {"Authorization": "Basic /////w=="}}, 401, "invalid_client"),
    ({"headers": {"Authorization": "Basic Zm9v"}}, 401, "invalid_client"),
    ({"headers": {"Authorization": "Bearer x"}}, 401, "invalid_client"),
    ({"headers": {"Authorization": "Basic"}}, 401, "invalid_client"),
    ({}, 401, "invalid_client"),
    ({"content_type": "application/json"}, 400, "invalid_request"),
    ({"query_string": {"grant_type": "client_credentials"}}, 400, "invalid_request"),
    ({"query_string": {"client_secret": "x"}}, 400, "invalid_request"),
]


def test_malformed_requests_are_refused(app: APIFlask, subtests: pytest.Subtests) -> None:
    for how, status, error in MALFORMED:
        with subtests.test(str(how)):
            data = "{}" if "content_type" in how else GRANT
            refused(app.test_client().post("/oauth/token", data=data, **how), status, error)


def test_oau_13_there_is_no_password_grant(
    app: APIFlask, grocery: Till, subtests: pytest.Subtests
) -> None:
    pair = (grocery.client_id, grocery.secret)
    for grant in (
        "password", "implicit", "", '"><script>', "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ):  # fmt: skip
        with subtests.test(grant):
            form = {"grant_type": grant}
            answer = app.test_client().post("/oauth/token", data=form, auth=pair)
            refused(answer, 400, "unsupported_grant_type")
            assert "<script" not in answer.text
    answer = app.test_client().post("/oauth/token", data={"scope": "earn:write"}, auth=pair)
    refused(answer, 400, "invalid_request")


def test_a_parameter_comes_once(app: APIFlask, grocery: Till) -> None:
    pair = (grocery.client_id, grocery.secret)
    for name in ("grant_type", "scope", "client_id"):
        data = {**GRANT, name: ["client_credentials", "client_credentials"]}
        answer = app.test_client().post("/oauth/token", data=data, auth=pair)
        refused(answer, 400, "invalid_request")


def test_a_client_proves_itself_in_one_way(app: APIFlask, grocery: Till) -> None:
    form = {"client_id": grocery.client_id, "client_secret": grocery.secret}
    refused(ask(app, form, auth=(grocery.client_id, grocery.secret)), 400, "invalid_request")


def test_a_revoked_client_gets_no_token(app: APIFlask, grocery: Till, desk: Desk) -> None:
    with desk.work(Actor("cli")) as work:
        credentials.revoke_client(work, grocery.client_id)
    refused(ask(app, auth=(grocery.client_id, grocery.secret)), 401, "invalid_client")


def test_a_rotated_secret_replaces_the_old_one_after_a_day(
    app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock
) -> None:
    with desk.work(Actor("cli")) as work:
        fresh = credentials.rotate_secret(work, grocery.client_id)
    both = (grocery.client_id, grocery.secret), (grocery.client_id, fresh)
    assert [ask(app, auth=pair).status_code for pair in both] == [200, 200]
    clock.move(hours=23, minutes=59)
    assert [ask(app, auth=pair).status_code for pair in both] == [200, 200]
    clock.move(minutes=1)
    refused(ask(app, auth=both[0]), 401, "invalid_client")
    assert ask(app, auth=both[1]).status_code == 200


def test_a_secret_that_leaked_is_ended_at_once(app: APIFlask, grocery: Till, desk: Desk) -> None:
    with desk.work(Actor("cli")) as work:
        (old,) = credentials.secrets_of(work, grocery.client_id)
        fresh = credentials.rotate_secret(work, grocery.client_id)
        credentials.end_secret(work, grocery.client_id, old.id)
    refused(ask(app, auth=(grocery.client_id, grocery.secret)), 401, "invalid_client")
    assert ask(app, auth=(grocery.client_id, fresh)).status_code == 200
    with desk.work(Actor("cli")) as work, pytest.raises(InvalidBodyError):
        credentials.end_secret(work, grocery.client_id, old.id)


def test_tokens_are_asked_for_by_post(app: APIFlask) -> None:
    answer = app.test_client().get("/oauth/token", query_string=GRANT)
    assert answer.status_code == 405


def test_a_huge_form_is_refused(app: APIFlask) -> None:
    answer = ask(app, {"scope": "a" * 300_000}, auth=("cli_" + "0" * 26, "x"))
    assert answer.status_code == 413


def test_a_token_over_plain_http_in_public_is_refused(
    settings: Settings, desk: Desk, coalition: Coalition
) -> None:
    public = create_app(replace(settings, public_url="http://stars.example"), desk=desk)
    with desk.work(Actor("cli")) as work:
        pair = credentials.issue_client(work, coalition.grocery, "till")
    refused(ask(public, auth=pair), 400, "insecure_transport")


def test_behind_a_proxy_the_public_address_counts(
    settings: Settings, desk: Desk, coalition: Coalition
) -> None:
    safe = create_app(replace(settings, public_url="https://stars.example"), desk=desk)
    with desk.work(Actor("cli")) as work:
        pair = credentials.issue_client(work, coalition.grocery, "till")
    answer = ask(safe, auth=pair, base_url="http://10.0.0.7:8600")
    assert answer.status_code == 200
    assert Till(safe, "", "", answer.json["access_token"]).get("/partner").status_code == 200


def test_a_life_may_be_shorter_and_never_longer(
    settings: Settings, desk: Desk, coalition: Coalition
) -> None:
    with desk.work(Actor("cli")) as work:
        pair = credentials.issue_client(work, coalition.grocery, "till")
    for asked, given in ((60, 60), (86_400, 600)):
        app = create_app(replace(settings, token_ttl_s=asked), desk=desk)
        assert ask(app, auth=pair).json["expires_in"] == given
