"""Benefits at their doors: listed, claimed, given back."""

from typing import Any

import pytest

from tills import Till, refused


@pytest.fixture
def member(grocery: Till) -> dict[str, Any]:
    return grocery.enrol()


def a_claim(member: dict[str, Any], **changes: Any) -> dict[str, Any]:
    card = {"type": "card", "value": member["card"]}
    return {"member": card, "store": "main", "benefit": "tea"} | changes


def test_a_member_sees_what_can_be_enjoyed(grocery: Till, member: dict[str, Any]) -> None:
    answer = grocery.get(f"/members/{member['member_ref']}/benefits")
    assert answer.json == {
        "benefits": [
            {
                "benefit": "tea",
                "title": "A cup of tea",
                "unit": "ea",
                "available": "1",
                "reason": "basic tier: one a day",
            }
        ]
    }


def test_a_claim_is_metered_and_given_back(grocery: Till, member: dict[str, Any]) -> None:
    answer = grocery.post("/benefits/claims", a_claim(member))
    assert answer.status_code == 201
    claim_id = answer.json["claim_id"]
    assert answer.json == {
        "claim_id": claim_id,
        "benefit": "tea",
        "status": "used",
        "quantity": "1",
        "unit": "ea",
        "worth": {"amount": "8.00", "currency": "CNY"},
        "due": {"amount": "0.00", "currency": "CNY"},
        "points_option": None,
        "reason": "one cup of 8.00",
        "held_until": None,
        "slot": None,
        "points": 0,
        "offers": [],
    }
    problem = refused(grocery.post("/benefits/claims", a_claim(member)), 422, "CLAIM_REFUSED")
    assert problem["reason"] == "used_up"
    assert problem["detail"] == "One cup a day."
    assert grocery.get(f"/benefits/claims/{claim_id}").json["status"] == "used"
    released = grocery.post(f"/benefits/claims/{claim_id}/release")
    assert released.status_code == 201
    assert released.json["status"] == "released"
    refused(grocery.post(f"/benefits/claims/{claim_id}/release"), 409, "CLAIM_CLOSED")
    assert grocery.post("/benefits/claims", a_claim(member)).status_code == 201


def test_an_unknown_benefit_is_no_claim(grocery: Till, member: dict[str, Any]) -> None:
    body = a_claim(member, benefit="caviar")
    refused(grocery.post("/benefits/claims", body), 404, "BENEFIT_UNKNOWN")


def test_a_price_is_read_in_the_stores_currency(grocery: Till, member: dict[str, Any]) -> None:
    body = a_claim(member, quantity="2.5", unit_price="8.005")
    problem = refused(grocery.post("/benefits/claims", body), 422, "INVALID_BODY")
    assert problem["errors"] == {"unit_price": ["CNY has 2 decimals."]}
    body = a_claim(member, unit_price="8", store="nowhere")
    refused(grocery.post("/benefits/claims", body), 404, "STORE_UNKNOWN")
    body = a_claim(member, quantity="2.5", unit_price="8.00")
    assert grocery.post("/benefits/claims", body).status_code == 201


def test_a_stay_starts_before_it_ends(grocery: Till, member: dict[str, Any]) -> None:
    body = a_claim(member, since="2026-05-01T12:00:01+08:00", at="2026-05-01T12:00:00+08:00")
    refused(grocery.post("/benefits/claims", body), 422, "INVALID_BODY")
