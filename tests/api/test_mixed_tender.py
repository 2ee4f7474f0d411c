"""The vectors of economics §3.8 on holds and mixed tenders, digit for digit, at the doors."""

from decimal import Decimal
from typing import Any

import pytest

from stoa.services import ledger
from stoa.work import Actor
from tills import Till, refused
from world import Coalition, FixedClock


@pytest.fixture
def member(grocery: Till) -> dict[str, Any]:
    """A member with 5,000 points of two months: 3,000 to April 2027, and 2,000 to June."""
    return grocery.enrol()


def _balance(till: Till, member: dict[str, Any]) -> tuple[int, int]:
    told = till.get(f"/members/{member['member_ref']}/balance").json
    return told["available"], told["held"]


def _expiring(till: Till, member: dict[str, Any]) -> list[tuple[int, str]]:
    told = till.get(f"/members/{member['member_ref']}/balance").json
    return [(each["points"], each["on"]) for each in told["expiring"]]


def test_of_five_thousand_three_are_held_and_two_thousand_four_hundred_taken(
    grocery: Till, member: dict[str, Any]
) -> None:
    grocery.earn(member, "5000.00")
    holds = [grocery.post("/redemptions", grocery.a_hold(member, 3000)).json]
    assert _balance(grocery, member) == (2000, 3000)
    path = f"/redemptions/{holds[0]['redemption_id']}"
    taken = grocery.post(f"{path}/capture", {"points": 2400}, key="one").json
    assert (taken["points"], taken["released"], taken["balance"]["available"]) == (2400, 600, 2600)
    assert grocery.post(f"{path}/capture", {"points": 2400}, key="one").json == taken
    refused(grocery.post(f"{path}/capture", {"points": 2400}), 409, "HOLD_ALREADY_RESOLVED")


def test_a_void_and_an_end_give_all_five_thousand_back(
    grocery: Till, member: dict[str, Any], clock: FixedClock, coalition: Coalition
) -> None:
    grocery.earn(member, "5000.00")
    hold = grocery.post("/redemptions", grocery.a_hold(member, 3000)).json["redemption_id"]
    assert grocery.post(f"/redemptions/{hold}/void").json["balance"]["available"] == 5000
    late = grocery.post("/redemptions", grocery.a_hold(member, 3000, ttl_s=60)).json
    clock.move(seconds=60)
    path = f"/redemptions/{late['redemption_id']}/capture"
    refused(grocery.post(path, {"points": 2400}), 409, "HOLD_EXPIRED")
    assert coalition.desk.clock() == clock()


def test_of_three_hundred_paid_mixed_sixty_come_back_as_they_came(
    grocery: Till, member: dict[str, Any], clock: FixedClock, coalition: Coalition
) -> None:
    """250.00 cash and 5,000 points: of 60.00, 50.00 and 1,000 points; 50 clawed back; -9.00."""
    grocery.earn(member, "3000.00")
    clock.move(days=40)
    grocery = grocery.renewed()
    moment = {"occurred_at": "2026-06-10T12:00:00+08:00"}
    grocery.earn(member, "4000.00", **moment)
    assert _expiring(grocery, member) == [(3000, "2027-05-31"), (4000, "2027-06-30")]
    hold = grocery.post("/redemptions", grocery.a_hold(member, 5000)).json["redemption_id"]
    assert grocery.post(f"/redemptions/{hold}/capture").json["worth"]["amount"] == "50.00"
    sale = grocery.earn(
        member,
        lines=[
            {"line_no": 1, "sku": "A", "quantity": "1", "net": "60.00"},
            {"line_no": 2, "sku": "B", "quantity": "1", "net": "240.00"},
        ],
        tenders=[
            {"kind": "cash", "amount": "250.00"},
            {"kind": "points", "amount": "50.00", "redemption_id": hold},
        ],
        **moment,
    )
    assert sale["points"] == 250
    assert _expiring(grocery, member) == [(2250, "2027-06-30")]
    goods = {"receipt_no": "RR-1", "lines": [{"line_no": 1, "quantity": "1"}]}
    back = grocery.post(f"/purchases/{sale['purchase_id']}/returns", goods).json
    assert back["tenders"] == [
        {"kind": "cash", "amount": "50.00"}, {"kind": "points", "amount": "10.00"},
    ]  # fmt: skip
    assert (back["restored"], back["clawed_back"], back["debt_booked"]) == (1000, 50, 0)
    assert _expiring(grocery, member) == [(3200, "2027-06-30")]
    with coalition.desk.work(Actor("test")) as work:
        paid = "SELECT sum(points * price) FROM postings WHERE account = 'burned' AND points > 0"
        assert -work.rows(paid)[0][0] == Decimal("-9.000000")
    grocery.post(f"/purchases/{sale['purchase_id']}/returns", {"receipt_no": "RR-2"})
    assert _expiring(grocery, member) == [(3000, "2027-05-31"), (4000, "2027-06-30")]


def test_points_restored_past_their_day_have_their_grace(
    grocery: Till, member: dict[str, Any], clock: FixedClock, coalition: Coalition
) -> None:
    """Thirty days by default, never silently lost."""
    grocery.earn(member, "100.00")
    clock.now = clock.now.replace(year=2027, day=30)
    grocery = grocery.renewed()
    hold = grocery.post("/redemptions", grocery.a_hold(member, 100)).json["redemption_id"]
    grocery.post(f"/redemptions/{hold}/capture")
    sale = grocery.earn(
        member, "1.00", occurred_at="2027-05-30T12:00:00+08:00",
        tenders=[{"kind": "points", "amount": "1.00", "redemption_id": hold}],
    )  # fmt: skip
    clock.move(days=5)
    grocery = grocery.renewed()
    path = f"/purchases/{sale['purchase_id']}/returns"
    assert grocery.post(path, {"receipt_no": "RR-1"}).json["restored"] == 100
    assert _expiring(grocery, member) == [(100, "2027-07-04")]
    with coalition.desk.work(coalition.as_grocery()) as work:
        shown = ledger.history(work, _id(coalition, member), "STAR")
    assert not [entry for entry in shown if entry.account == "expired"]


def _id(coalition: Coalition, member: dict[str, Any]) -> Any:
    with coalition.desk.work(Actor("test")) as work:
        return work.rows("SELECT member_id FROM identifiers WHERE value = %s", (member["card"],))[
            0
        ][0]
