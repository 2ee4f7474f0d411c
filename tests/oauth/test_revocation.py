"""Revocation and introspection: a client ends its own tokens, its partner's servers ask of them."""

import json
from typing import Any

import pytest
from apiflask import APIFlask

from keyholders import KeyHolder
from stoa.app import create_app
from stoa.config import Settings
from stoa.oauth.keys import KeyRing
from stoa.services import credentials
from stoa.work import Actor, Desk
from tills import Till, refused, till_of
from world import Coalition, FixedClock

CLI = Actor("cli")
INACTIVE = {"active": False}


def send(till: Till, door: str, token: str, **form: str) -> Any:
    answer = till.client().post(
        f"/oauth/{door}", data={"token": token} | form, auth=(till.client_id, till.secret)
    )
    assert answer.headers["Cache-Control"] == "no-store"
    return answer


def test_oau_39_a_client_ends_its_own_token_here_at_once(grocery: Till) -> None:
    other = grocery.renewed()
    assert grocery.get("/partner").status_code == 200
    for hint in ("access_token", "refresh_token", "something"):
        assert send(grocery, "revoke", grocery.token, token_type_hint=hint).status_code == 200
    refused(grocery.get("/partner"), 401, "TOKEN_INVALID")
    assert other.get("/partner").status_code == 200


def test_oau_39_a_revoked_token_is_refused_everywhere_within_a_minute(
    grocery: Till, settings: Settings, desk: Desk, clock: FixedClock
) -> None:
    elsewhere = Till(create_app(settings, desk=desk), "", "", grocery.token)
    assert elsewhere.get("/partner").status_code == 200
    send(grocery, "revoke", grocery.token)
    clock.move(seconds=60)
    refused(elsewhere.get("/partner"), 401, "TOKEN_INVALID")
    fresh = Till(create_app(settings, desk=desk), "", "", grocery.token)
    refused(fresh.get("/partner"), 401, "TOKEN_INVALID")


def test_oau_39_anothers_token_and_an_unknown_one_answer_alike(
    grocery: Till, cinema: Till, app: APIFlask, coalition: Coalition
) -> None:
    sibling = till_of(app, coalition.desk, coalition.grocery)
    answers = [
        send(grocery, "revoke", token)
        for token in (cinema.token, sibling.token, "unknown", "a.b.c", f"{grocery.token}x", "\0")
    ]
    assert {(each.status_code, each.data) for each in answers} == {(200, b"{}")}
    for till in (cinema, sibling, grocery):
        assert till.get("/partner").status_code == 200


def test_introspection_tells_of_the_partners_own_tokens_alone(
    grocery: Till, cinema: Till, app: APIFlask, coalition: Coalition, clock: FixedClock
) -> None:
    sibling = till_of(app, coalition.desk, coalition.grocery)
    told = send(grocery, "introspect", sibling.token).json
    now = int(clock.now.timestamp())
    assert len(told.pop("jti")) >= 20
    assert told == {
        "active": True,
        "iss": "http://localhost",
        "aud": "http://localhost/v1",
        "sub": sibling.client_id,
        "client_id": sibling.client_id,
        "scope": told["scope"],
        "iat": now,
        "exp": now + 600,
        "token_type": "Bearer",
    }
    for token in (cinema.token, "unknown", f"{grocery.token}x", "a" * 20_000):
        answer = send(grocery, "introspect", token)
        assert (answer.status_code, answer.json) == (200, INACTIVE)


def test_a_token_that_is_worth_nothing_tells_nothing(
    grocery: Till, app: APIFlask, coalition: Coalition, clock: FixedClock
) -> None:
    asked, gone = (till_of(app, coalition.desk, coalition.grocery) for _ in range(2))
    send(asked, "revoke", asked.token)
    assert send(grocery, "introspect", asked.token).json == INACTIVE
    with coalition.desk.work(CLI) as work:
        credentials.revoke_client(work, gone.client_id)
    assert send(grocery, "introspect", gone.token).json == INACTIVE
    clock.move(seconds=600)
    assert send(grocery, "introspect", grocery.token).json == INACTIVE


def test_a_bound_token_tells_its_key(app: APIFlask, grocery: Till, clock: FixedClock) -> None:
    holder = KeyHolder(clock.now)
    answer: Any = None
    for _ in range(2):
        answer = app.test_client().post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"DPoP": holder.proof("POST", "http://localhost/oauth/token")},
            auth=(grocery.client_id, grocery.secret),
        )
        holder.nonce = answer.headers["DPoP-Nonce"]
    told = send(grocery, "introspect", answer.json["access_token"]).json
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": holder.key.thumbprint()})


@pytest.mark.parametrize("door", ["revoke", "introspect"])
def test_these_doors_ask_who_comes(app: APIFlask, grocery: Till, door: str, desk: Desk) -> None:
    client, path = app.test_client(), f"/oauth/{door}"
    token = {"token": grocery.token}
    wrong: list[dict[str, Any]] = [
        {"data": token},
        {"data": token, "auth": (grocery.client_id, "wrong")},
        {"data": token | {"client_id": grocery.client_id}},
        {"data": token, "headers": {"Authorization": f"Bearer {grocery.token}"}},
    ]
    for how in wrong:
        answer: Any = client.post(path, **how)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    pair = (grocery.client_id, grocery.secret)
    malformed: list[dict[str, Any]] = [
        {"data": {}},
        {"data": {"token": ""}},
        {"data": {"token": ["a", "b"]}},
        {"data": token, "query_string": token},
        {"json": token},
    ]
    for how in malformed:
        answer = client.post(path, auth=pair, **how)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request"), how
    assert grocery.get("/partner").status_code == 200
    holder = KeyHolder(desk.clock())
    with desk.work(CLI) as work:
        credentials.add_keys(work, grocery.client_id, json.dumps(holder.public))
    assert client.post(path, data=token | holder.assertion(grocery.client_id)).status_code == 200


def test_what_has_ended_is_forgotten(
    grocery: Till, desk: Desk, clock: FixedClock, app: APIFlask
) -> None:
    holder = KeyHolder(clock.now)
    with desk.work(CLI) as work:
        credentials.add_keys(work, grocery.client_id, json.dumps(holder.public))
    form = {"grant_type": "client_credentials"} | holder.assertion(grocery.client_id)
    assert app.test_client().post("/oauth/token", data=form).status_code == 200
    send(grocery, "revoke", grocery.token)
    with desk.work(CLI) as work:
        credentials.take_proof(work, "jkt", "jti", ends_at=clock.now)
        assert credentials.forget_ended(work) == 0
    clock.move(minutes=21)
    with desk.work(CLI) as work:
        assert credentials.forget_ended(work) == 3
        assert credentials.forget_ended(work) == 0


def test_a_removed_signing_keys_tokens_are_refused_within_a_minute(
    grocery: Till, desk: Desk, clock: FixedClock
) -> None:
    assert grocery.get("/partner").status_code == 200
    with desk.work(CLI) as work:
        (key,) = credentials.signing_keys(work)
        credentials.remove_signing_key(work, key.kid)
    clock.move(seconds=60)
    refused(grocery.get("/partner"), 401, "TOKEN_INVALID")
    assert grocery.renewed().get("/partner").status_code == 200


def test_a_key_that_another_server_made_is_looked_for(
    grocery: Till, desk: Desk, clock: FixedClock
) -> None:
    ring, other = KeyRing(desk), KeyRing(desk)
    ring.signing()
    with desk.work(CLI) as work:
        (key,) = credentials.signing_keys(work)
        credentials.remove_signing_key(work, key.kid)
    fresh = other.signing().kid
    assert ring.verifying(fresh) is None
    clock.move(seconds=5)
    assert ring.verifying(fresh) is not None
    assert grocery.client_id
