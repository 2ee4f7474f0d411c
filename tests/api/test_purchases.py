"""Purchases at their doors: estimated, reported, read, returned, voided."""

from typing import Any

import pytest

from stoa.services import members, partners, tiers
from stoa.services.members import Token
from stoa.work import Actor, Desk
from tills import Till, refused, state
from world import Coalition, FixedClock, PlainPlugin


@pytest.fixture
def member(grocery: Till) -> dict[str, Any]:
    return grocery.enrol()


def test_a_purchase_earns(grocery: Till, member: dict[str, Any]) -> None:
    answer = grocery.post("/purchases", grocery.a_purchase(member, "836.00"))
    assert answer.status_code == 201
    assert answer.json["status"] == "posted"
    assert answer.json["points"] == 836
    assert answer.json["member_ref"] == member["member_ref"]
    assert answer.json["balance"]["available"] == 836
    assert answer.json["lines"] == [
        {
            "reason": "base",
            "points": 836,
            "payer": "partner",
            "arithmetic": "836.00 at 1 per 1.00",
            "expires_on": "2027-05-31",
            "line_nos": [1],
            "rule": "partner:grocery",
            "rule_version": 2,
        }
    ]
    same = answer.json["purchase_id"].removeprefix("pur_")
    assert answer.json["transaction_id"] == f"txn_{same}"


def test_a_tier_adds_its_own_line_with_its_own_payer(
    grocery: Till, member: dict[str, Any], desk: Desk
) -> None:
    with desk.work(Actor("staff:test")) as work:
        tiers.assign(
            work, members.find(work, Token("card", member["card"])).id, "gold", reason="test"
        )
    lines = grocery.earn(member, "100.00")["lines"]
    assert [(line["reason"], line["payer"], line["points"]) for line in lines] == [
        ("base", "partner", 100),
        ("tier_uplift:gold", "operator", 100),
    ]
    assert [line["rule"] for line in lines] == ["partner:grocery", "ladder:main"]
    assert all(line["rule_version"] >= 1 for line in lines)


def test_an_estimate_tells_the_same_and_writes_nothing(
    grocery: Till, member: dict[str, Any], desk: Desk
) -> None:
    body = grocery.a_purchase(member, "100.00")
    before = state(desk)
    estimate = grocery.post("/estimates", body).json
    assert state(desk) == before
    assert estimate["points"] == {"base": 100, "uplift": 0, "campaign": 0, "total": 100}
    assert estimate["balance"]["available"] == 0
    assert estimate["lines"] == grocery.post("/purchases", body).json["lines"]


def test_an_estimate_needs_no_receipt(grocery: Till, member: dict[str, Any]) -> None:
    body = grocery.a_purchase(member)
    del body["receipt_no"]
    assert grocery.post("/estimates", body).status_code == 200


def test_what_points_paid_earns_nothing(grocery: Till, member: dict[str, Any]) -> None:
    tenders = [{"kind": "card", "amount": "60.00"}, {"kind": "points", "amount": "40.00"}]
    assert grocery.earn(member, "100.00", tenders=tenders)["points"] == 60


def test_a_purchase_is_read_as_it_was_reported(grocery: Till, member: dict[str, Any]) -> None:
    lines = [
        {"line_no": 1, "sku": "A", "category": "grocery", "quantity": "2", "net": "10.00"},
        {"line_no": 2, "sku": "95", "quantity": "37.8", "unit": "L", "net": "300.5", "earn": False},
    ]
    earned = grocery.earn(member, lines=lines, receipt_no="R-5", terminal="t9")
    answer = grocery.get(f"/purchases/{earned['purchase_id']}")
    assert answer.json == {
        "purchase_id": earned["purchase_id"],
        "status": "posted",
        "store": "main",
        "terminal": "t9",
        "receipt_no": "R-5",
        "occurred_at": "2026-05-01T04:00:00+00:00",
        "business_date": "2026-05-01",
        "currency": "CNY",
        "total": "310.50",
        "lines": [
            {
                "line_no": 1,
                "sku": "A",
                "category": "grocery",
                "quantity": "2",
                "unit": "ea",
                "net": "10.00",
                "returned": "0",
                "refunded": "0.00",
            },
            {
                "line_no": 2,
                "sku": "95",
                "category": "",
                "quantity": "37.8",
                "unit": "L",
                "net": "300.50",
                "returned": "0",
                "refunded": "0.00",
            },
        ],
        "tenders": [
            {"kind": "other", "amount": "310.50", "redemption_id": None, "returned": "0.00"}
        ],
        "earned": earned["lines"],
    }


def test_a_store_may_be_named_by_its_id(grocery: Till, member: dict[str, Any]) -> None:
    store_id = grocery.get("/partner").json["stores"][0]["store_id"]
    assert grocery.earn(member, store=store_id)["status"] == "posted"


def test_a_plugin_that_fails_never_loses_the_sale(
    grocery: Till, member: dict[str, Any], plain: PlainPlugin
) -> None:
    plain.wrong = lambda: 1 / 0
    answer = grocery.earn(member, "100.00")
    assert answer["status"] == "pending"
    assert answer["points"] == 0
    assert answer["transaction_id"] is None
    assert grocery.get(f"/purchases/{answer['purchase_id']}").json["status"] == "pending"


def test_yen_have_no_decimals_and_dinars_three(grocery: Till, member: dict[str, Any]) -> None:
    problem = refused(
        grocery.post("/purchases", grocery.a_purchase(member, "10.5", currency="JPY")),
        422,
        "INVALID_BODY",
    )
    assert problem["errors"] == {"lines.0.net": ["JPY has 0 decimals."]}
    assert grocery.earn(member, "10.125", currency="KWD")["status"] == "posted"


def test_a_line_comes_back_with_its_points(grocery: Till, member: dict[str, Any]) -> None:
    lines = [
        {"line_no": 1, "sku": "A", "quantity": "3", "net": "30.00"},
        {"line_no": 2, "sku": "B", "quantity": "1", "net": "70.00"},
    ]
    purchase_id = grocery.earn(member, lines=lines)["purchase_id"]
    body = {"receipt_no": "RR-1", "lines": [{"line_no": 1, "quantity": "1"}]}
    answer = grocery.post(f"/purchases/{purchase_id}/returns", body)
    assert answer.status_code == 201
    assert answer.json["return_id"].startswith("txn_")
    assert answer.json["purchase_id"] == purchase_id
    assert answer.json["status"] == "posted"
    assert answer.json["clawed_back"] == 10
    assert answer.json["debt_booked"] == 0
    assert answer.json["balance"]["available"] == 90
    lines = grocery.get(f"/purchases/{purchase_id}").json["lines"]
    assert [line["returned"] for line in lines] == ["1", "0"]


def test_a_return_without_lines_takes_all_that_is_left(
    grocery: Till, member: dict[str, Any]
) -> None:
    purchase_id = grocery.earn(member)["purchase_id"]
    answer = grocery.post(f"/purchases/{purchase_id}/returns", {"receipt_no": "RR-1"})
    assert answer.json["status"] == "returned"
    assert answer.json["balance"]["available"] == 0
    again = grocery.post(f"/purchases/{purchase_id}/returns", {"receipt_no": "RR-2"})
    refused(again, 409, "ALREADY_RETURNED")


def test_points_already_spent_become_debt(grocery: Till, member: dict[str, Any]) -> None:
    purchase_id = grocery.earn(member, "100.00")["purchase_id"]
    held = grocery.post("/redemptions", grocery.a_hold(member, 80)).json
    grocery.post(f"/redemptions/{held['redemption_id']}/capture")
    answer = grocery.post(f"/purchases/{purchase_id}/returns", {"receipt_no": "RR"}).json
    assert answer["clawed_back"] == 100
    assert answer["debt_booked"] == 80
    assert answer["balance"]["debt"] == 80


def test_a_void_undoes_a_purchase_of_the_day(
    grocery: Till, member: dict[str, Any], clock: FixedClock
) -> None:
    first = grocery.earn(member)["purchase_id"]
    second = grocery.earn(member)["purchase_id"]
    answer = grocery.post(f"/purchases/{first}/void", {"reason": "wrong card"})
    assert answer.status_code == 201
    assert answer.json["status"] == "voided"
    assert answer.json["balance"]["available"] == 100
    refused(grocery.post(f"/purchases/{first}/void"), 409, "PURCHASE_CLOSED")
    clock.move(days=1)
    refused(grocery.renewed().post(f"/purchases/{second}/void"), 409, "PURCHASE_CLOSED")


def test_a_suspended_partner_issues_nothing_and_members_still_redeem(
    grocery: Till, member: dict[str, Any], desk: Desk, coalition: Coalition
) -> None:
    grocery.earn(member)
    with desk.work(Actor("staff:test")) as work:
        partners.suspend(work, coalition.grocery)
    refused(grocery.post("/purchases", grocery.a_purchase(member)), 403, "PARTNER_SUSPENDED")
    assert grocery.post("/redemptions", grocery.a_hold(member, 10)).status_code == 201
