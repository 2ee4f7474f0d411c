"""Orders at the doors: quoted, held, captured with codes, given back, listed, told again."""

from typing import Any

import pytest

import coupons as pools
from draws import WHEEL, a_draw
from shelves import put
from stoa.work import Desk
from tills import Till, refused
from world import Coalition


@pytest.fixture
def member(grocery: Till, coalition: Coalition) -> dict[str, Any]:
    """Return a member with 5,000 points who has met the cinema."""
    assert coalition
    joined = grocery.enrol()
    grocery.earn(joined, "5000.00")
    return joined


def hold_of(till: Till, member: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the body of a hold of a reward."""
    body = till.a_hold(member, 1) | {"reward_id": "grocery:voucher"} | changes
    del body["points"]
    return body


def a_voucher(desk: Desk, **changes: Any) -> None:
    """Offer vouchers of a pool."""
    pools.a_pool(desk)
    put(desk, "voucher", provider="grocery", kind="voucher", coupon="twenty", **changes)


def test_a_reward_is_quoted_held_captured_and_told_again(
    desk: Desk, grocery: Till, member: dict[str, Any]
) -> None:
    a_voucher(desk, money_minor=300, stock=5)
    wanted = hold_of(grocery, member)
    quote = {name: wanted[name] for name in ("member", "store", "reward_id")}
    told = grocery.post("/redemptions/quotes", quote).json
    assert (told["points"], told["money"]["amount"], told["left_units"]) == (500, "3.00", 5)
    put(desk, "voucher", provider="grocery", kind="voucher", coupon="twenty", points=900)
    held = grocery.post("/redemptions", wanted | {"quote": told["quote"]})
    assert held.status_code == 201
    assert (held.json["points"], held.json["order"]["money"]["amount"]) == (500, "3.00")
    assert held.json["order"]["coupons"] == []
    path = f"/redemptions/{held.json['redemption_id']}"
    first = grocery.post(f"{path}/capture", {}, key="k-1").json
    again = grocery.post(f"{path}/capture", {}, key="k-1")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json["order"] == first["order"]
    (coupon,) = first["order"]["coupons"]
    assert len(coupon["code"]) == 13
    standing = grocery.get(path).json["order"]
    assert (standing["status"], standing["coupons"]) == ("issued", [coupon])
    refused(grocery.post(f"{path}/refund", {"receipt_no": "RF", "points": 1}), 422, "REWARD_WHOLE")
    assert grocery.post(f"{path}/refund", {"receipt_no": "RF"}).json["points"] == 500
    assert grocery.get(path).json["order"]["status"] == "refunded"


def test_a_member_reads_rewards_page_by_page(
    desk: Desk, grocery: Till, member: dict[str, Any]
) -> None:
    a_voucher(desk)
    wanted = hold_of(grocery, member)
    held = [grocery.post("/redemptions", wanted).json for _ in range(3)]
    path = f"/members/{held[0]['member_ref']}/redemptions"
    page = grocery.get(path, limit="2").json
    rest = grocery.get(path, limit="2", cursor=page["next_cursor"]).json
    ids = [each["redemption_id"] for each in [*page["redemptions"], *rest["redemptions"]]]
    assert sorted(ids) == sorted(each["redemption_id"] for each in held)
    assert rest["next_cursor"] is None
    for odd in ("x", "AAAA", "äö"):
        refused(grocery.get(path, cursor=odd), 422, "INVALID_BODY")


def test_what_is_refused_at_the_door_has_its_code(
    desk: Desk, grocery: Till, member: dict[str, Any]
) -> None:
    a_voucher(desk, stock=1, per_member=1)
    wanted = hold_of(grocery, member)
    odd = wanted | {"quote": "no quote"}
    refused(grocery.post("/redemptions", odd), 422, "QUOTE_INVALID")
    early = wanted | {"slot": "2026-05-01T14:00:00+08:00"}
    refused(grocery.post("/redemptions", early), 422, "SLOT_UNKNOWN")
    assert grocery.post("/redemptions", wanted).status_code == 201
    problem = refused(grocery.post("/redemptions", wanted), 409, "REWARD_LIMIT")
    assert (problem["limit"], problem["left_units"]) == ("per_member", 0)


def test_a_ticket_reward_tells_its_tickets_and_why_not(
    desk: Desk, grocery: Till, member: dict[str, Any]
) -> None:
    a_draw(desk, WHEEL | {"per_member": 2})
    put(desk, "spin", provider="grocery", kind="ticket", draw="wheel", points=40, max_quantity=3)
    wanted = hold_of(grocery, member, reward_id="grocery:spin", quantity=2)
    held = grocery.post("/redemptions", wanted).json
    assert (held["order"]["draw"], held["order"]["tickets"]) == (None, [])
    path = f"/redemptions/{held['redemption_id']}"
    order = grocery.post(f"{path}/capture", {}).json["order"]
    assert (order["draw"], [each["number"] for each in order["tickets"]]) == ("wheel", [1, 2])
    assert (order["chance"], order["chances"], order["credited"]) == (None, [], None)
    told = refused(grocery.post("/redemptions", wanted), 409, "TICKET_LIMIT")
    assert (told["by"], told["most"]) == ("member", 2)
    quote = {name: wanted[name] for name in ("member", "store", "reward_id")}
    against = grocery.post("/redemptions/quotes", quote).json["against"]
    assert against == [{"reason": "draw"}]
    grocery.post(f"{path}/refund", {"receipt_no": "RF"})
    standing = grocery.get(path).json["order"]
    assert [each["state"] for each in standing["tickets"]] == ["refunded"] * 2
