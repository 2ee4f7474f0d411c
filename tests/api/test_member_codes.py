"""The doors of the alliance's own app, and what a till is told of a member who wants to spend."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from apiflask import APIFlask

from stoa.services import credentials, currencies
from stoa.values.tenders import Spending
from stoa.work import Actor
from tills import Till, refused, state
from world import Coalition, FixedClock


@pytest.fixture
def phone(app: APIFlask, coalition: Coalition) -> Till:
    """The alliance's own app: a client of the grocery's with ``codes:write``."""
    with coalition.desk.work(Actor("cli")) as work:
        client = credentials.issue_client(
            work, coalition.grocery, "app", ["codes:write", "members:read", "redeem:write"]
        )
    return Till(app, *client, "").renewed()


def _spend(coalition: Coalition, **rules: Any) -> None:
    with coalition.desk.work(Actor("cli")) as work:
        currencies.change(work, "STAR", spending=Spending(**rules))


def _shown(phone: Till, member: dict[str, Any], **body: Any) -> Any:
    answer = phone.post(f"/members/{member['member_ref']}/code", body)
    assert answer.status_code == 200, answer.text
    return answer.json


def _qr(code: str) -> dict[str, Any]:
    return {"member": {"type": "qr", "value": code}}


def test_a_tills_token_shows_no_codes_and_sets_no_pins(grocery: Till) -> None:
    member = grocery.enrol()
    ref = member["member_ref"]
    assert refused(grocery.post(f"/members/{ref}/code"), 403, "SCOPE_REQUIRED")
    refused(grocery.post(f"/members/{ref}/pin", {"pin": "4719"}), 403, "SCOPE_REQUIRED")


def test_the_code_of_the_app_pays_once_at_any_partner(
    phone: Till, grocery: Till, cinema: Till, clock: FixedClock
) -> None:
    member = grocery.enrol()
    grocery.earn(member, "100.00")
    shown = _shown(phone, member)
    assert shown["renews_at"] == "2026-05-01T04:00:30+00:00"
    assert shown["expires_at"] == "2026-05-01T04:01:00+00:00"
    assert shown["confirmation"] is None
    body = cinema.a_hold(member) | _qr(shown["code"])
    assert cinema.post("/redemptions", body, key="first").status_code == 201
    refused(grocery.post("/redemptions", grocery.a_hold(member) | body), 409, "CODE_USED")
    again = cinema.post("/redemptions", body, key="first")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    clock.move(seconds=61)
    body = cinema.a_hold(member) | _qr(shown["code"])
    refused(cinema.renewed().post("/redemptions", body), 410, "CODE_EXPIRED")


def test_one_code_at_ten_terminals_pays_at_one(phone: Till, grocery: Till, cinema: Till) -> None:
    """RAC-08, over HTTP: ten tills of two partners at one instant."""
    member = grocery.enrol()
    grocery.earn(member, "1000.00")
    code, start = _shown(phone, member)["code"], Barrier(10)
    bodies = [(till, till.a_hold(member) | _qr(code)) for till in (grocery, cinema)]

    def pay(number: int) -> tuple[int, str]:
        till, body = bodies[number % 2]
        start.wait()
        answer = till.post("/redemptions", body)
        return answer.status_code, answer.json.get("code", "held")

    with ThreadPoolExecutor(10) as terminals:
        answers = sorted(terminals.map(pay, range(10)))
    assert answers == [(201, "held")] + [(409, "CODE_USED")] * 9


def test_a_large_hold_asks_for_what_the_member_has(
    phone: Till, grocery: Till, cinema: Till, coalition: Coalition
) -> None:
    member = grocery.enrol()
    grocery.earn(member, "5000.00")
    _spend(coalition, step_up_points=2000)
    hold = cinema.a_hold(member, 2500)
    told = refused(cinema.post("/redemptions", hold), 401, "STEP_UP_REQUIRED")
    assert told["ways"] == ["confirmation"]
    ref = member["member_ref"]
    assert phone.post(f"/members/{ref}/pin", {"pin": "4719"}).json["pin_set"]
    told = refused(cinema.post("/redemptions", hold), 401, "STEP_UP_REQUIRED")
    assert told["ways"] == ["confirmation", "pin"]
    wrong = hold | {"step_up": {"pin": "8036"}}
    assert refused(cinema.post("/redemptions", wrong, key="k"), 403, "PIN_WRONG")["left_tries"] == 4
    right = hold | {"step_up": {"pin": "4719"}}
    assert cinema.post("/redemptions", right, key="k").status_code == 201
    again = cinema.post("/redemptions", hold, key="k")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    shown = _shown(phone, member, points=2400)
    confirmed = cinema.a_hold(member, 2400) | {"step_up": {"confirmation": shown["confirmation"]}}
    assert cinema.post("/redemptions", confirmed).status_code == 201
    refused(cinema.post("/redemptions", confirmed), 409, "CODE_USED")


def test_five_wrong_pins_lock_it(
    phone: Till, grocery: Till, cinema: Till, coalition: Coalition
) -> None:
    member = grocery.enrol()
    grocery.earn(member, "100.00")
    _spend(coalition, step_up_points=0)
    phone.post(f"/members/{member['member_ref']}/pin", {"pin": "4719"})
    hold = cinema.a_hold(member) | {"step_up": {"pin": "8036"}}
    for _ in range(5):
        refused(cinema.post("/redemptions", hold), 403, "PIN_WRONG")
    right = hold | {"step_up": {"pin": "4719"}}
    assert refused(cinema.post("/redemptions", right), 423, "PIN_LOCKED")["retry_after_s"] == 900


def test_points_pay_a_share_of_the_ticket(
    grocery: Till, cinema: Till, coalition: Coalition
) -> None:
    member = grocery.enrol()
    grocery.earn(member, "5000.00")
    _spend(coalition, min_points=200, step=100, max_share_percent=50)
    ticket = {"ticket": {"amount": "79.99", "currency": "CNY"}}
    hold = cinema.a_hold(member, 4000) | ticket
    before = state(coalition.desk)
    told = refused(cinema.post("/redemptions", hold), 422, "TENDER_REFUSED")
    facts = {name: told[name] for name in ("reason", "least_points", "step_points", "most_points")}
    assert facts == {
        "reason": "share", "least_points": 200, "step_points": 100, "most_points": 3900,
    }  # fmt: skip
    for odd in ({"amount": "1.001", "currency": "CNY"}, {"amount": "1.00"}, {}, "79.99"):
        refused(cinema.post("/redemptions", hold | {"ticket": odd}), 422, "INVALID_BODY")
    proofs: list[dict[str, Any]] = [{"pin": "1", "confirmation": "2"}, {}, {"pin": 4719}]
    for proof in proofs:
        refused(cinema.post("/redemptions", hold | {"step_up": proof}), 422, "INVALID_BODY")
    assert state(coalition.desk) == before
    assert cinema.post("/redemptions", hold | {"points": 3900}).status_code == 201


def test_a_lookup_tells_what_spending_needs(
    phone: Till, grocery: Till, coalition: Coalition
) -> None:
    member = grocery.enrol()
    card = {"member": {"type": "card", "value": member["card"]}}
    told = grocery.post("/members/resolve", card).json
    assert told["can_redeem"]
    assert told["redeem_requires"] == {
        "token_types": ["qr", "member_ref"], "min_points": 1, "step": 1, "max_share_percent": 100,
        "step_up_above_points": None, "step_up_ways": [],
    }  # fmt: skip
    _spend(coalition, min_points=200, step=100, max_share_percent=50, step_up_points=2000)
    phone.post(f"/members/{member['member_ref']}/pin", {"pin": "4719"})
    shown = grocery.post("/members/resolve", _qr(_shown(phone, member)["code"])).json
    assert shown["redeem_requires"] == {
        "token_types": [], "min_points": 200, "step": 100, "max_share_percent": 50,
        "step_up_above_points": 2000, "step_up_ways": ["confirmation", "pin"],
    }  # fmt: skip


def test_a_pin_that_anybody_would_guess_is_refused(phone: Till, grocery: Till) -> None:
    ref = grocery.enrol()["member_ref"]
    for odd in ("1234", "0000", "12", "four"):
        told = refused(phone.post(f"/members/{ref}/pin", {"pin": odd}), 422, "INVALID_BODY")
        assert "pin" in told["errors"]
    refused(phone.post("/members/mbr_none/pin", {"pin": "4719"}), 404, "MEMBER_UNKNOWN")
    refused(phone.post("/members/mbr_none/code"), 404, "MEMBER_UNKNOWN")
    unknown = phone.post(f"/members/{ref}/code", {"points": 5, "currency": "MOON"})
    refused(unknown, 404, "CURRENCY_UNKNOWN")
