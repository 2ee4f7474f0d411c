"""Doors of refunds, of more time, and of what a receipt number finds."""

from decimal import Decimal
from typing import Any

import pytest

from stoa.services import partners
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk
from tills import Till, refused


@pytest.fixture
def member(grocery: Till) -> dict[str, Any]:
    """Return a member with 1,000 points."""
    member = grocery.enrol()
    grocery.earn(member, "1000.00", receipt_no="R-0")
    return member


def _redeem(till: Till, member: dict[str, Any], points: int, receipt_no: str) -> str:
    hold: str = till.post("/redemptions", till.a_hold(member, points)).json["redemption_id"]
    till.post(f"/redemptions/{hold}/capture", {"receipt_no": receipt_no})
    return hold


def test_a_redemption_is_refunded_in_parts(grocery: Till, member: dict[str, Any]) -> None:
    hold = _redeem(grocery, member, 500, "R-1")
    path = f"/redemptions/{hold}/refund"
    first = grocery.post(path, {"points": 200, "receipt_no": "RF-1"}, key="refund-1")
    assert first.status_code == 201
    told = {name: first.json[name] for name in ("status", "points", "refunded", "refundable")}
    assert told == {"status": "captured", "points": 200, "refunded": 200, "refundable": 300}
    assert first.json["worth"] == {"amount": "2.00", "currency": "CNY"}
    rest = grocery.post(path, {"receipt_no": "RF-2", "reason": "cold"}).json
    assert (rest["status"], rest["points"], rest["balance"]["available"]) == ("refunded", 300, 1000)
    again = grocery.post(path, {"points": 200, "receipt_no": "RF-1"}, key="refund-1")
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    found = grocery.get(f"/redemptions/{hold}").json
    assert (found["status"], found["refunded"], found["refundable"]) == ("refunded", 500, 0)


def test_a_history_tells_of_refunds(grocery: Till, member: dict[str, Any]) -> None:
    hold = _redeem(grocery, member, 500, "R-1")
    grocery.post(f"/redemptions/{hold}/refund", {"points": 200, "receipt_no": "RF-1"})
    newest = grocery.get(f"/members/{member['member_ref']}/entries").json["entries"][0]
    told = {name: newest[name] for name in ("kind", "points", "account", "reference")}
    assert told == {"kind": "refund", "points": 200, "account": "burned", "reference": "RF-1"}


def test_a_balance_is_net_of_what_is_owed_where_the_policy_says_so(
    grocery: Till, desk: Desk
) -> None:
    with desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star points", rule=ExpiryRule.MONTH_END, months=12, face_value=Decimal("0.01"),
            debt_policy="negative",
        )  # fmt: skip
        work.memo.clear()
    member = grocery.enrol()
    sold = grocery.earn(member, "50.00")
    _redeem(grocery, member, 20, "R-1")
    back = grocery.post(f"/purchases/{sold['purchase_id']}/returns", {"receipt_no": "RR-1"}).json
    assert (back["balance"]["available"], back["balance"]["debt"]) == (-20, 0)
    shown = grocery.get(f"/members/{member['member_ref']}/balance").json
    assert (shown["available"], shown["debt"]) == (-20, 0)
    assert shown["money_value"] == {"amount": "-0.20", "currency": "CNY"}
    refusal = refused(
        grocery.post("/redemptions", grocery.a_hold(member, 1)), 409, "INSUFFICIENT_POINTS"
    )
    assert (refusal["available_points"], refusal["short_by_points"]) == (-20, 21)


def test_a_hold_gets_more_time_once(grocery: Till, member: dict[str, Any]) -> None:
    hold = grocery.post("/redemptions", grocery.a_hold(member, 10, ttl_s=60)).json
    path = f"/redemptions/{hold['redemption_id']}/extend"
    longer = grocery.post(path, {"ttl_s": 600})
    assert (longer.status_code, longer.json["status"]) == (201, "held")
    assert longer.json["expires_at"] > hold["expires_at"]
    refused(grocery.post(path, {"ttl_s": 600}), 409, "HOLD_ALREADY_EXTENDED")
    assert grocery.get(f"/redemptions/{hold['redemption_id']}").json["extended"]


def test_a_receipt_finds_what_its_lost_answer_said(
    grocery: Till, cinema: Till, member: dict[str, Any]
) -> None:
    hold = _redeem(grocery, member, 100, "R-7")
    sold = grocery.earn(member, receipt_no="R-7")
    asked = {"store": "main", "receipt_no": "R-7"}
    purchases = grocery.get("/purchases", **asked, terminal="t1").json["purchases"]
    assert [each["purchase_id"] for each in purchases] == [sold["purchase_id"]]
    assert purchases[0] == grocery.get(f"/purchases/{sold['purchase_id']}").json
    redemptions = grocery.get("/redemptions", **asked).json["redemptions"]
    assert redemptions == [grocery.get(f"/redemptions/{hold}").json]
    for other in ({"terminal": "t2"}, {"terminal": "t1", "business_date": "2026-04-30"}, {}):
        assert grocery.get("/purchases", **asked, **other).json == {"purchases": []}
    assert cinema.get("/purchases", **asked, terminal="t1").json == {"purchases": []}
    assert cinema.get("/redemptions", **asked).json == {"redemptions": []}


def test_a_return_gives_points_back_with_the_money(grocery: Till, member: dict[str, Any]) -> None:
    hold = _redeem(grocery, member, 500, "R-8")
    tenders = [
        {"kind": "cash", "amount": "25.00"},
        {"kind": "points", "amount": "5.00", "redemption_id": hold},
    ]
    sold = grocery.earn(member, "30.00", tenders=tenders)
    path = f"/purchases/{sold['purchase_id']}/returns"
    back = grocery.post(path, {"receipt_no": "RR-1", "amount": "6.00"}).json
    told = {name: back[name] for name in ("clawed_back", "restored", "uncollected", "unmatched")}
    assert told == {"clawed_back": 5, "restored": 100, "uncollected": 0, "unmatched": "0.00"}
    assert back["tenders"] == [
        {"kind": "cash", "amount": "5.00"},
        {"kind": "points", "amount": "1.00"},
    ]
    found = grocery.get(f"/purchases/{sold['purchase_id']}").json
    assert [each["returned"] for each in found["tenders"]] == ["5.00", "1.00"]
    assert found["lines"][0]["refunded"] == "6.00"
    assert found["tenders"][1]["redemption_id"] == hold
