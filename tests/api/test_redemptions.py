"""Redemptions at their doors: held, captured, voided, read."""

from typing import Any

import pytest

from stoa.work import Actor, Desk
from tills import Till, refused, state
from world import FixedClock


@pytest.fixture
def member(grocery: Till) -> dict[str, Any]:
    member = grocery.enrol()
    grocery.earn(member, "3000.00")
    return member


def test_held_points_can_not_be_spent_twice(grocery: Till, member: dict[str, Any]) -> None:
    answer = grocery.post("/redemptions", grocery.a_hold(member, 2000, ttl_s=60))
    assert answer.status_code == 201
    assert answer.json["status"] == "held"
    assert answer.json["member_ref"] == member["member_ref"]
    assert answer.json["worth"] == {"amount": "20.00", "currency": "CNY"}
    assert answer.json["reward_id"] is None
    assert answer.json["expires_at"] == "2026-05-01T04:01:00+00:00"
    assert answer.json["balance"]["available"] == 1000
    assert answer.json["balance"]["held"] == 2000
    problem = refused(
        grocery.post("/redemptions", grocery.a_hold(member, 1001)), 409, "INSUFFICIENT_POINTS"
    )
    assert (problem["available_points"], problem["short_by_points"]) == (1000, 1)


def test_a_capture_takes_part_and_releases_the_rest(grocery: Till, member: dict[str, Any]) -> None:
    hold_id = grocery.post("/redemptions", grocery.a_hold(member, 3000)).json["redemption_id"]
    body = {"points": 2400, "receipt_no": "R-77"}
    answer = grocery.post(f"/redemptions/{hold_id}/capture", body)
    assert answer.status_code == 201
    assert answer.json["status"] == "captured"
    assert answer.json["points"] == 2400
    assert answer.json["released"] == 600
    assert answer.json["worth"] == {"amount": "24.00", "currency": "CNY"}
    assert answer.json["transaction_id"].startswith("txn_")
    assert answer.json["balance"]["available"] == 600
    assert grocery.get(f"/redemptions/{hold_id}").json == {
        "redemption_id": hold_id,
        "status": "captured",
        "points": 3000,
        "captured": 2400,
        "refunded": 0,
        "refundable": 2400,
        "extended": False,
        "worth": {"amount": "24.00", "currency": "CNY"},
        "purpose": "tender",
        "reward_id": None,
        "order": None,
        "store": "main",
        "receipt_no": "R-77",
        "created_at": "2026-05-01T04:00:00+00:00",
        "expires_at": "2026-05-01T04:05:00+00:00",
        "resolved_at": "2026-05-01T04:00:00+00:00",
    }


def test_a_capture_without_points_takes_all(grocery: Till, member: dict[str, Any]) -> None:
    hold_id = grocery.post("/redemptions", grocery.a_hold(member, 3000)).json["redemption_id"]
    answer = grocery.post(f"/redemptions/{hold_id}/capture").json
    assert (answer["points"], answer["released"]) == (3000, 0)


def test_a_void_gives_all_back(grocery: Till, member: dict[str, Any]) -> None:
    hold_id = grocery.post("/redemptions", grocery.a_hold(member, 3000)).json["redemption_id"]
    answer = grocery.post(f"/redemptions/{hold_id}/void", {"reason": "customer left"})
    assert answer.status_code == 201
    assert answer.json["status"] == "voided"
    assert answer.json["points"] == 0
    assert answer.json["released"] == 3000
    assert answer.json["transaction_id"] is None
    assert answer.json["balance"]["available"] == 3000


def test_points_earned_here_are_spent_there(cinema: Till, member: dict[str, Any]) -> None:
    hold_id = cinema.post("/redemptions", cinema.a_hold(member, 3000)).json["redemption_id"]
    assert cinema.post(f"/redemptions/{hold_id}/capture").json["status"] == "captured"


def test_a_reward_has_its_own_price(grocery: Till, member: dict[str, Any]) -> None:
    body = grocery.a_hold(member) | {"reward_id": "grocery:mug", "quantity": 3}
    del body["points"]
    answer = grocery.post("/redemptions", body)
    assert answer.json["points"] == 1200
    assert answer.json["worth"] == {"amount": "75.00", "currency": "CNY"}
    assert answer.json["reward_id"] == "grocery:mug"
    hold_id = answer.json["redemption_id"]
    assert grocery.get(f"/redemptions/{hold_id}").json["purpose"] == "reward"
    assert grocery.post(f"/redemptions/{hold_id}/capture").json["worth"]["amount"] == "75.00"


def test_a_hold_ends_once(grocery: Till, member: dict[str, Any]) -> None:
    hold_id = grocery.post("/redemptions", grocery.a_hold(member, 100)).json["redemption_id"]
    grocery.post(f"/redemptions/{hold_id}/capture")
    for way in ("capture", "void"):
        problem = refused(
            grocery.post(f"/redemptions/{hold_id}/{way}"), 409, "HOLD_ALREADY_RESOLVED"
        )
        assert problem["state"] == "captured"


def test_a_hold_that_ran_out_is_not_captured(
    grocery: Till, member: dict[str, Any], clock: FixedClock
) -> None:
    body = grocery.a_hold(member, 100, ttl_s=10)
    hold_id = grocery.post("/redemptions", body).json["redemption_id"]
    clock.move(seconds=10)
    refused(grocery.post(f"/redemptions/{hold_id}/capture"), 409, "HOLD_EXPIRED")


def test_points_are_whole_or_nothing(
    grocery: Till, member: dict[str, Any], desk: Desk, subtests: pytest.Subtests
) -> None:
    hold_id = grocery.post("/redemptions", grocery.a_hold(member, 100)).json["redemption_id"]
    before = state(desk)
    odd: tuple[Any, ...] = (
        0, -1, 1.5, "10", True, False, None, 1e2, 10**12 + 1, 2**63, "１２", [], {},
    )  # fmt: skip
    for points in odd:
        with subtests.test(repr(points)):
            held = grocery.post("/redemptions", grocery.a_hold(member, points))
            assert refused(held, 422, "INVALID_AMOUNT")["field"] == "points"
            taken = grocery.post(f"/redemptions/{hold_id}/capture", {"points": points})
            refused(taken, 422, "INVALID_AMOUNT")
    assert state(desk) == before


def test_a_reward_says_where_it_goes_and_points_do_not(
    grocery: Till, member: dict[str, Any], desk: Desk
) -> None:
    body = grocery.a_hold(member, 1)
    del body["points"]
    body |= {"reward_id": "grocery:mug", "deliver_to": {"card": "3104 7788"}}
    assert grocery.post("/redemptions", body).status_code == 201
    with desk.work(Actor("test")) as work:
        assert work.rows("SELECT terms -> 'deliver_to' FROM orders")[0][0] == {"card": "3104 7788"}
    for wrong in (
        grocery.a_hold(member, 1) | {"deliver_to": {"card": "1"}},
        body | {"deliver_to": {"card": ""}},
        body | {"deliver_to": {"card": 7}},
        body | {"deliver_to": {"n" * 65: "1"}},
        body | {"deliver_to": {str(n): "1" for n in range(9)}},
    ):
        refused(grocery.post("/redemptions", wrong), 422, "INVALID_BODY")
