"""Coupons at their doors: issued, looked at, reserved, redeemed, given back."""

from typing import Any

import pytest

from coupons import a_pool, issued
from stoa.values.codes import new_code
from stoa.values.identifiers import new_uuid, public_id
from tills import Till, refused
from world import Coalition

TICKET = {"store": "main", "amount": "120.00"}


@pytest.fixture
def member(grocery: Till, coalition: Coalition) -> dict[str, Any]:
    a_pool(
        coalition.desk, issuers=["grocery"], valid_days=30, per_member=2,
        about={"en": "Once a dinner."}, min_spend_minor=10000,
    )  # fmt: skip
    return grocery.enrol()


def the_code(grocery: Till, member: dict[str, Any]) -> str:
    body = {"pool": "twenty", "member": {"type": "card", "value": member["card"]}}
    answer = grocery.post("/coupons/issue", body)
    assert answer.status_code == 201
    return str(answer.json["coupons"][0]["code"])


def test_a_coupon_issued_at_one_partner_is_redeemed_at_another(
    grocery: Till, cinema: Till, member: dict[str, Any]
) -> None:
    code = the_code(grocery, member)
    told = cinema.get(f"/coupons/{code}").json
    assert told | {"coupon_id": ""} == {
        "coupon_id": "", "last4": code[-4:], "pool": "twenty", "name": "20 off",
        "about": "Once a dinner.",
        "worth": {
            "kind": "amount", "amount": {"amount": "20.00", "currency": "CNY"},
            "basis_points": None, "most": None, "sku": None, "text": None,
        },
        "min_spend": {"amount": "100.00", "currency": "CNY"}, "status": "issued",
        "valid_from": "2026-05-01", "valid_until": "2026-05-31", "uses": 1, "uses_left": 1,
        "stacks": "alone",
    }  # fmt: skip
    valid = cinema.post(f"/coupons/{code}/validate", TICKET).json
    assert (valid["valid"], valid["discount"]["amount"]) == (True, "20.00")
    small = cinema.post(f"/coupons/{code}/validate", TICKET | {"amount": "99.99"}).json
    assert (small["valid"], small["reason"], small["discount"]) == (False, "below_minimum", None)
    done = cinema.post(f"/coupons/{code}/redeem", TICKET | {"receipt_no": "R-1"})
    assert done.status_code == 201
    assert done.json | {"use_id": "", "coupon_id": ""} == {
        "use_id": "", "coupon_id": "", "last4": code[-4:], "pool": "twenty",
        "status": "redeemed", "discount": {"amount": "20.00", "currency": "CNY"},
        "receipt_no": "R-1", "reserved_until": None,
    }  # fmt: skip
    problem = refused(
        grocery.post(f"/coupons/{code}/redeem", TICKET | {"receipt_no": "R-1"}),
        409, "COUPON_REFUSED",
    )  # fmt: skip
    assert problem["reason"] == "spent"


def test_a_repeated_redemption_is_the_first_answer(
    grocery: Till, cinema: Till, member: dict[str, Any]
) -> None:
    code, sale = the_code(grocery, member), TICKET | {"receipt_no": "R-1"}
    first = cinema.post(f"/coupons/{code}/redeem", sale, key="once")
    again = cinema.post(f"/coupons/{code}/redeem", sale, key="once")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")


def test_a_reservation_is_redeemed_and_rolled_back_by_its_receipt(
    grocery: Till, cinema: Till, member: dict[str, Any]
) -> None:
    code = the_code(grocery, member)
    held = cinema.post(f"/coupons/{code}/reserve", TICKET | {"ttl_seconds": 60}).json
    assert (held["status"], held["reserved_until"]) == ("reserved", "2026-05-01T04:01:00+00:00")
    use = {"use": held["use_id"]}
    assert cinema.post(f"/coupons/{code}/release", use).json["status"] == "released"
    refused(cinema.post(f"/coupons/{code}/release", use), 409, "COUPON_CLOSED")
    use = {"use": cinema.post(f"/coupons/{code}/reserve", TICKET).json["use_id"]}
    sale = TICKET | {"receipt_no": "R-1"}
    done = cinema.post(f"/coupons/{code}/redeem", sale | use).json
    assert {"use": done["use_id"]} == use
    receipt = {"receipt_no": "R-1"}
    refused(grocery.post(f"/coupons/{code}/rollback", receipt), 404, "COUPON_UNKNOWN")
    back = cinema.post(f"/coupons/{code}/rollback", receipt)
    assert (back.status_code, back.json["status"]) == (201, "rolled_back")
    refused(cinema.post(f"/coupons/{code}/rollback", receipt), 409, "COUPON_CLOSED")
    refused(cinema.post(f"/coupons/{code}/rollback", use), 409, "COUPON_CLOSED")
    refused(cinema.post(f"/coupons/{code}/rollback", {}), 422, "INVALID_BODY")
    odd = {"use": public_id("cpu", new_uuid())}
    refused(cinema.post(f"/coupons/{code}/rollback", odd), 404, "COUPON_UNKNOWN")
    refused(cinema.post(f"/coupons/{code}/release", {"use": "odd"}), 404, "COUPON_UNKNOWN")
    assert cinema.post(f"/coupons/{code}/redeem", sale).status_code == 201


def test_a_member_sees_the_coupons_that_the_partner_takes(
    grocery: Till, cinema: Till, coalition: Coalition, member: dict[str, Any]
) -> None:
    code = the_code(grocery, member)
    ref = member["member_ref"]
    only = {"partners": ["cinema"], "stores": ["cinema/main"]}
    a_pool(coalition.desk, "film", accepted_at=only, issuers=["grocery"], about=None)
    card = {"type": "card", "value": member["card"]}
    assert grocery.post("/coupons/issue", {"pool": "film", "member": card}).status_code == 201
    assert [each["code"] for each in grocery.get(f"/members/{ref}/coupons").json["coupons"]] == [
        code
    ]
    theirs = cinema.post("/members/resolve", {"member": card}).json["member_ref"]
    listed = cinema.get(f"/members/{theirs}/coupons").json["coupons"]
    assert {each["pool"] for each in listed} == {"twenty", "film"}


def test_only_issuers_issue(grocery: Till, cinema: Till, member: dict[str, Any]) -> None:
    refused(
        cinema.post("/coupons/issue", {"pool": "twenty"}), 404, "COUPON_POOL_UNKNOWN"
    )  # fmt: skip
    refused(grocery.post("/coupons/issue", {"pool": "none"}), 404, "COUPON_POOL_UNKNOWN")
    made = grocery.post("/coupons/batch", {"pool": "twenty", "count": 1000}).json
    assert len({each["code"] for each in made["coupons"]}) == 1000
    assert made["member_ref"] is None


def test_a_pool_that_is_sold_out_says_so(grocery: Till, coalition: Coalition) -> None:
    a_pool(coalition.desk, supply=3, issuers=["grocery"])
    problem = refused(
        grocery.post("/coupons/batch", {"pool": "twenty", "count": 4}), 409, "COUPON_SOLD_OUT"
    )
    assert problem["left"] == 3


def test_the_eleventh_guess_is_not_looked_at(grocery: Till, coalition: Coalition) -> None:
    """FRD-08."""
    a_pool(coalition.desk)
    code = issued(coalition.desk)[0].code
    for _ in range(10):
        refused(grocery.post(f"/coupons/{new_code()}/validate", TICKET), 404, "COUPON_UNKNOWN")
    answer = grocery.post(f"/coupons/{code}/validate", TICKET)
    refused(answer, 429, "TOO_MANY_GUESSES")
    assert answer.headers["Retry-After"] == "300"


def test_other_codes_of_a_ticket_are_named_and_guessed_at_no_cheaper(
    grocery: Till, coalition: Coalition
) -> None:
    a_pool(coalition.desk)
    a_pool(coalition.desk, "ten", stacks="others", worth={"kind": "percent", "basis_points": 1000})
    alone, ten = issued(coalition.desk)[0].code, issued(coalition.desk, "ten")[0].code
    told = grocery.post(f"/coupons/{ten}/validate", TICKET | {"with": [alone]}).json
    assert (told["valid"], told["reason"]) == (False, "not_with_others")
    for _ in range(10):
        answer = grocery.post(f"/coupons/{ten}/validate", TICKET | {"with": [new_code()]})
        refused(answer, 404, "COUPON_UNKNOWN")
    refused(grocery.post(f"/coupons/{ten}/validate", TICKET), 429, "TOO_MANY_GUESSES")


def test_an_article_is_taken_off_once_from_the_lines_of_the_ticket(
    grocery: Till, coalition: Coalition
) -> None:
    a_pool(coalition.desk, worth={"kind": "article", "sku": "tea"})
    code = issued(coalition.desk)[0].code
    lines = [
        {"sku": "tea", "amount": "30.00", "quantity": "3"}, {"sku": "cake", "amount": "25.00"},
    ]  # fmt: skip
    told = grocery.post(f"/coupons/{code}/validate", {"store": "main", "lines": lines}).json
    assert told["discount"]["amount"] == "10.00"
    sale = {"store": "main", "lines": lines[1:]}
    told = grocery.post(f"/coupons/{code}/validate", sale).json
    assert told["reason"] == "article_missing"
    refused(grocery.post(f"/coupons/{code}/validate", {"store": "main"}), 422, "INVALID_BODY")
    odd = grocery.post(f"/coupons/{code}/validate", TICKET | {"amount": "1.001"})
    refused(odd, 422, "INVALID_BODY")
    refused(grocery.post(f"/coupons/{code}/validate", TICKET | {"with": [1]}), 422, "INVALID_BODY")
