"""Benefits at their doors: listed, claimed, given back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from stoa.services import partners
from stoa.values.facts import Benefit, Standing
from stoa.work import Actor, Desk
from tills import Till, refused
from world import Coalition, PlainPlugin


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
                "partner": "grocery",
                "partner_name": "Harbour Grocery",
                "own": True,
            },
            {
                "benefit": "tea",
                "title": "A cup of tea",
                "unit": "ea",
                "available": "1",
                "reason": "",
                "partner": "cinema",
                "partner_name": "Star Cinema",
                "own": False,
            },
        ]
    }
    own = grocery.get(f"/members/{member['member_ref']}/benefits", partner="own").json
    assert own == {"benefits": answer.json["benefits"][:1]}
    refused(
        grocery.get(f"/members/{member['member_ref']}/benefits", partner="cinema"),
        422, "INVALID_BODY",
    )  # fmt: skip


def configured(desk: Desk, partner_id: UUID, points: int) -> None:
    with desk.work(Actor("cli")) as work:
        partners.configure(work, partner_id, "plain", {"points_per_unit": points})


def fail_at_two(standing: Standing, settings: Mapping[str, Any]) -> list[Benefit]:
    if settings["points_per_unit"] == 2:
        raise RuntimeError("down")
    return [Benefit("tea", "A cup of tea", "ea", 1000, f"spent {standing.spent_today_minor} today")]


def test_a_partner_whose_plugin_fails_is_missing_and_no_other_one(
    grocery: Till, cinema: Till, desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.told = fail_at_two
    configured(desk, coalition.cinema, 2)
    ref = grocery.enrol()["member_ref"]
    listed = grocery.get(f"/members/{ref}/benefits").json["benefits"]
    assert [each["partner"] for each in listed] == ["grocery"]
    ref = cinema.enrol("Bob")["member_ref"]
    listed = cinema.get(f"/members/{ref}/benefits").json["benefits"]
    assert [each["partner"] for each in listed] == ["grocery"]


def test_what_was_spent_is_told_to_no_other_partner(
    grocery: Till, cinema: Till, plain: PlainPlugin
) -> None:
    plain.told = fail_at_two
    member = grocery.enrol()
    grocery.earn(member, "123.00")
    listed = cinema.get(f"/members/{cinema.ref_of(member)}/benefits").json["benefits"]
    assert [(each["partner"], each["reason"]) for each in listed] == [
        ("cinema", "spent 12300 today"), ("grocery", ""),
    ]  # fmt: skip
    plain.told = lambda *_: [Benefit("tea", "A cup of tea", "ea", 0, "used up")]
    listed = cinema.get(f"/members/{cinema.ref_of(member)}/benefits").json["benefits"]
    assert [each["partner"] for each in listed] == ["cinema"]  # nothing is left at the other


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
