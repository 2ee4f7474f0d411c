"""The log of requests: what was asked, for the partner alone, without secrets and people."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask
from hypothesis import given
from hypothesis import strategies as st

from stoa.api.journal import Journal
from stoa.api.masking import MASK, MOST_LETTERS, excerpt, key_shown, path_shown
from stoa.app import create_app
from stoa.config import Settings
from stoa.services import credentials, requests
from stoa.services.requests import Kept, Wanted
from stoa.work import Actor, Desk
from stoa_sdk import Client
from tills import Till, cinema, grocery, refused, spec
from world import Coalition

__all__ = ["cinema", "grocery"]

CARD, PHONE, MAIL = "9912345678901234", "+86 138 1234 5678", "ada.chen@example.com"
CODE, COUPON, PIN = "7KQ2W9MR3XTE0A5CVB1DZ", "7KQ2W9MRA3XTE", "4071"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjbGkifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4"
SECRET = "stoa_sk_live_9f8e7d6c5b4a39281706f5e4d3c2b1a0"
SHAPED = (CARD, PHONE, MAIL, CODE, COUPON, JWT, SECRET)
"""What is found by its looks, wherever it stands; a name is masked by where it stands."""
CANARIES = (*SHAPED, "Ada Chen")
SECRETS = (
    "client_secret", "client_assertion", "code", "refresh_token", "access_token", "pin", "PIN",
    "card", "email", "phone", "value", "password", "confirmation", "display_name", "plate",
)  # fmt: skip


@pytest.fixture
def app(settings: Settings, desk: Desk, coalition: Coalition) -> APIFlask:
    """Return an app that keeps what partners ask."""
    assert coalition.desk is desk
    return create_app(replace(settings, request_log_days=7), desk=desk)


@pytest.fixture
def journal(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """Return its journal, which writes when the test says so."""
    monkeypatch.setattr(Journal, "_begin", lambda _self: None)
    found: Journal = app.extensions["stoa.journal"]
    return found


def kept(journal: Journal, till: Till, **query: str) -> list[Any]:
    """Write what waits, and return what a till reads of it."""
    journal.flush()
    named = {name.rstrip("_"): value for name, value in query.items()}
    headers = {"Authorization": f"Bearer {till.token}"}
    told = till.client().get("/v1/requests", query_string=named, headers=headers).json
    assert told is not None
    found: list[Any] = told["requests"]
    return found


def whole(desk: Desk) -> str:
    """Return everything that stands in the table, as one text."""
    with desk.work(Actor("test")) as work:
        return str(work.rows("SELECT l::text FROM request_log l"))


def test_a_partner_reads_its_own_requests_and_nobody_elses(
    journal: Journal, grocery: Till, cinema: Till
) -> None:
    member = grocery.enrol()
    refused(grocery.post("/members/resolve", {"member": {"type": "card", "value": CARD}}),
            404, "MEMBER_UNKNOWN")  # fmt: skip
    cinema.get("/partner")
    ours = kept(journal, grocery)
    assert [(row["method"], row["door"], row["status"], row["code"]) for row in ours] == [
        ("POST", "/v1/members/resolve", 404, "MEMBER_UNKNOWN"),
        ("POST", "/v1/members", 201, None),
    ]
    assert ours[0]["duration_us"] > 0
    assert ours[0]["client_id"].startswith("cli_")
    assert json.loads(ours[1]["answer"])["member_ref"] == member["member_ref"]
    assert json.loads(ours[0]["body"]) == {"member": {"type": "card", "value": MASK}}
    assert [row["door"] for row in kept(journal, cinema)] == ["/v1/partner"]


def test_the_log_is_searched_page_by_page(journal: Journal, grocery: Till) -> None:
    member = grocery.enrol()["member_ref"]
    for _ in range(3):
        grocery.get(f"/members/{member}/balance")
    grocery.get("/members/mbr_nobody/balance")
    assert len(kept(journal, grocery, status="4xx")) == 1
    assert len(kept(journal, grocery, status="200", method="GET")) == 3
    assert len(kept(journal, grocery, path_="/v1/members/mbr_")) == 4
    assert kept(journal, grocery, since="2199-01-01T00:00:00Z") == []
    seen: list[str] = []
    place: dict[str, str] = {}
    for _ in range(3):
        page: Any = grocery.get("/requests", limit="2", **place).json
        seen += [row["request_id"] for row in page["requests"]]
        place = {"cursor": str(page["next_cursor"])}
    assert place == {"cursor": "None"}
    assert len(seen) == len(set(seen)) == 5
    for wrong in ("status=600", "status=4x", "method=PUT", "limit=0", "since=monday"):
        name, _, value = wrong.partition("=")
        refused(grocery.get("/requests", **{name: value}), 422, "INVALID_BODY")


def test_the_sdk_gives_them_all(journal: Journal, app: APIFlask, coalition: Coalition) -> None:
    with coalition.desk.work(Actor("cli")) as work:
        client_id, secret = credentials.issue_client(
            work, coalition.grocery, "developer", ["members:read", "requests:read"]
        )
    transport = httpx2.WSGITransport(app)
    with Client("http://localhost", client_id, secret, transport=transport) as client:
        client.partner()
        journal.flush()
        (only,) = client.requests.all()
        assert (only.door, only.status, only.code) == ("/v1/partner", 200, None)
        assert client.requests.list(status="4xx").requests == ()


def bodies(app: APIFlask) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give each door that takes JSON, with a body of canaries in all of its fields."""
    told = spec(app)
    for path, ways in told["paths"].items():
        for way, door in ways.items():
            content = door.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                yield way, path, filled(content["schema"], told["components"]["schemas"], 0)


def filled(schema: Any, known: Any, depth: int) -> Any:
    """Return something of a schema's shape that is nothing but secrets and people."""
    schema = known.get(schema.get("$ref", "").rpartition("/")[2], schema)
    kind = schema.get("type", "object")
    if kind == "object":
        inner = {
            name: filled(told, known, depth + 1)
            for name, told in schema.get("properties", {}).items()
        }
        return inner | {"client_secret": SECRET, "note": "Ada Chen", MAIL: CARD, "card": int(CARD)}
    if kind == "array":
        return [filled(schema["items"], known, depth + 1)] if depth < 6 else []
    return [CARD, PHONE, MAIL, CODE, COUPON, JWT, SECRET][depth % 7]


def test_no_door_lets_a_secret_or_a_person_into_the_log(
    journal: Journal, app: APIFlask, desk: Desk, grocery: Till
) -> None:
    count = 0
    journal.rows_per_s = 1000
    headers = {"DPoP": JWT, "X-Api-Key": SECRET, "Idempotency-Key": f"sale-{MAIL}"}
    sent = headers | {"Authorization": f"Bearer {grocery.token}"}
    for _, path, body in bodies(app):
        for turned in (body, {**body, "points": int(CARD)}):
            place = path.removeprefix("/v1")
            for name in ("code", "member_ref", "purchase_id"):
                place = place.replace(f"{{{name}}}", COUPON if name == "code" else CARD)
            while "{" in place:
                place = place[: place.index("{")] + CODE + place[place.index("}") + 1 :]
            asked = f"{place}?plate={PHONE.replace(' ', '%20')}"
            grocery.client().post(f"/v1{asked}", json=turned, headers=sent)
            grocery.post(place, turned, headers=headers)
            count += 1
        journal.flush()
    assert count > 100
    table = whole(desk)
    assert table.count("req_") > 50
    for canary in (*CANARIES, grocery.token):
        assert canary not in table


def test_what_a_till_really_sends_leaves_only_what_helps(
    journal: Journal, app: APIFlask, desk: Desk, coalition: Coalition, grocery: Till
) -> None:
    member = grocery.enrol()
    bought = grocery.earn(member, "836.00")
    with desk.work(Actor("cli")) as work:
        made = credentials.issue_client(work, coalition.grocery, "app", ["codes:write"])
    app_till = Till(app, *made, "").renewed()
    ref = member["member_ref"]
    code = app_till.post(f"/members/{ref}/code", {}).json["code"]
    app_till.post(f"/members/{ref}/pin", {"pin": PIN})
    grocery.get(f"/coupons/{COUPON}")
    hold = grocery.a_hold(member, 5) | {"member": {"type": "qr", "value": code}}
    grocery.post("/redemptions", hold)
    rows = kept(journal, grocery)
    table = whole(desk)
    for secret in (code, f'"{PIN}"', COUPON, grocery.token):
        assert secret not in table
    sale = next(row for row in rows if row["door"] == "/v1/purchases")
    assert json.loads(sale["answer"])["purchase_id"] == bought["purchase_id"]
    assert json.loads(sale["body"])["lines"][0]["net"] == "836.00"
    assert f"/v1/coupons/{MASK}" in {row["path"] for row in rows}


leaves = st.one_of(st.sampled_from(SHAPED), st.integers(10**9, 10**18), st.none())
names = st.one_of(st.sampled_from(SECRETS), st.sampled_from(["store", "sku", "detail", "at", "x"]))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(names, leaves.map(str)), inner)
    ),
    max_leaves=12,
)


@given(trees)
def test_a_canary_never_sings(tree: Any) -> None:
    shown = excerpt({"body": tree})
    assert not [canary for canary in SHAPED if canary in shown]


@given(st.sampled_from(SECRETS), st.text(min_size=1) | st.integers(0, 9999))
def test_nothing_is_shown_under_a_name_of_secrets(name: str, told: str | int) -> None:
    shown = json.loads(excerpt({"body": {name: told}}))
    assert list(shown["body"].values()) == [MASK]


def test_masks_leave_what_is_known_to_be_harmless() -> None:
    told = {"store": "bund", "net": "836.00", "points": 836, "purchase_id": "pur_" + "0d9k" * 6,
            "occurred_at": "2026-05-01T12:00:00+08:00",
            "errors": {"lines.0.net": ["Write a plain decimal as text."]}}  # fmt: skip
    assert json.loads(excerpt(told)) == told
    assert len(excerpt({"lines": [{"store": "a shop " * 20}] * 99})) == MOST_LETTERS
    key = "01970f3e-8d2a-7c31-9b1e-1f2d3c4b5a69"
    assert (key_shown(f'"{key}"'), key_shown(CARD), key_shown("till-7:81")) == (
        key, MASK, "till-7:81",
    )  # fmt: skip
    shown = path_shown("/v1/coupons/<code>", "/v1/coupons/X%41", "status=open&plate=A1")
    assert shown == f"/v1/coupons/{MASK}?status=open&plate={MASK}"


def test_too_much_is_dropped_and_counted_and_refusals_are_there(
    journal: Journal, app: APIFlask, grocery: Till
) -> None:
    journal.rows_per_s = 3
    journal._second = -1
    for _ in range(9):
        grocery.get("/partner")
    grocery.get("/nothing-like-it")
    refused(grocery.get("/partner", x="1"), 422, "INVALID_BODY")
    rows = kept(journal, grocery)
    assert 3 <= len([row for row in rows if row["status"] == 200]) <= 6  # two seconds at most
    assert [row["code"] for row in rows if row["status"] == 422] == ["INVALID_BODY"]
    page = app.test_client().get("/metrics").text
    assert 'stoa_request_log_rows_total{outcome="dropped"}' in page
    assert 'stoa_request_log_rows_total{outcome="written"}' in page


def test_a_lost_database_loses_rows_and_no_request(
    journal: Journal, app: APIFlask, grocery: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    grocery.get("/partner")
    monkeypatch.setattr(requests, "_WRITE", "SELECT 1 FROM no_such_table WHERE %s = ''")
    assert journal.flush() == 0
    assert grocery.get("/partner").status_code == 200
    assert 'outcome="failed"' in app.test_client().get("/metrics").text


def test_what_waits_is_written_when_the_server_stops(
    app: APIFlask, desk: Desk, grocery: Till
) -> None:
    journal: Journal = app.extensions["stoa.journal"]
    grocery.get("/partner")
    assert journal._thread is not None
    journal.close()
    assert not journal._thread.is_alive()
    assert "/v1/partner" in whole(desk)


def test_requests_are_forgotten_after_the_days_that_are_set(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(Actor("worker")) as work:
        row = Kept(
            coalition.grocery, work.now(), "GET", "/v1/partner", "/v1/partner", 200, "", 900,
            "req_1", "", "cli_1", "", "",
        )  # fmt: skip
        old = replace(row, at=row.at - timedelta(days=8), request_id="req_0")
        assert requests.write(work, [row, old]) == 2
        assert requests.forget(work) == 1
        assert requests.find(work, coalition.grocery, "req_0") is None
        assert requests.find(work, coalition.cinema, "req_1") is None
        assert [each.request_id for each in requests.page(
            work, coalition.grocery, Wanted(), limit=9)] == ["req_1"]  # fmt: skip
