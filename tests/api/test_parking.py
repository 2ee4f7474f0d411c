"""The doors of car parks: what gates saw, stays, what is due for them, and plates of members."""

from typing import Any

import pytest
from apiflask import APIFlask

from garages import a_garage
from stoa.services import currencies, step_up
from stoa.values.tenders import Spending
from stoa.work import Actor
from tills import Till, refused, till_of
from world import Coalition, FixedClock

IN = {"plate": "滬a·12345", "state": "IN", "at": "2026-05-01T11:20:00+08:00", "carpark": "main"}
OUT = IN | {"state": "OUT", "at": "2026-05-01T12:00:00+08:00"}


def plates_of(till: Till, member: dict[str, Any]) -> list[str]:
    answer = till.get(f"/members/{member['member_ref']}/plates").json
    return [each["plate"] for each in answer["plates"]]


def test_a_gate_tells_who_came_and_who_left(cinema: Till) -> None:
    came = cinema.post("/parking/events", IN)
    assert came.status_code == 201
    assert came.json["status"] == "noted"
    stay = came.json["stay"]
    assert (stay["plate"], stay["state"], stay["stay_minutes"]) == ("沪A12345", "inside", 40)
    again = cinema.post("/parking/events", IN)
    assert (again.json["status"], again.json["stay"]) == ("repeated", stay)
    left = cinema.post("/parking/events", OUT).json["stay"]
    assert (left["stay_id"], left["state"], left["stay_minutes"]) == (stay["stay_id"], "left", 40)
    assert cinema.get(f"/parking/stays/{stay['stay_id']}").json == left
    assert left["own_cost"] == {"amount": "0.00", "currency": "CNY"}


def test_a_batch_tells_of_each_event_what_became_of_it(cinema: Till) -> None:
    rows = [OUT, IN, IN, IN | {"plate": "??"}, IN | {"carpark": "moon"}]
    answer = cinema.post("/parking/events/batch", {"events": rows})
    told = [(each["status"], each["code"]) for each in answer.json["events"]]
    assert told == [
        ("noted", None), ("noted", None), ("repeated", None), ("refused", "INVALID_BODY"),
        ("refused", "STORE_UNKNOWN"),
    ]  # fmt: skip
    assert "plate" in answer.json["events"][3]["detail"]
    assert answer.json["events"][1]["stay"]["state"] == "left"


def test_stays_come_page_by_page_and_are_nobody_elses(cinema: Till, grocery: Till) -> None:
    for number in range(3):
        cinema.post("/parking/events", IN | {"plate": f"AB 1{number}"})
    first = cinema.get("/parking/stays", state="inside", limit="2").json
    then = cinema.get("/parking/stays", limit="2", cursor=first["next_cursor"]).json
    assert [len(each["stays"]) for each in (first, then)] == [2, 1]
    assert then["next_cursor"] is None
    assert grocery.get("/parking/stays").json == {"stays": [], "next_cursor": None}
    foreign = f"/parking/stays/{then['stays'][0]['stay_id']}"
    for path in (foreign, "/parking/stays/sty_" + "0" * 26, "/parking/stays/x"):
        assert refused(grocery.get(path), 404, "STAY_UNKNOWN")


def test_a_member_earns_and_is_found_by_a_plate(cinema: Till, grocery: Till) -> None:
    member = cinema.enrol()
    path = f"/members/{member['member_ref']}/plates"
    bound = cinema.post(path, {"plate": "滬a·12345"}, key="bind-1")
    assert bound.status_code == 201
    assert cinema.post(path, {"plate": "滬a·12345"}, key="bind-1").json == bound.json
    assert plates_of(cinema, member) == ["沪A12345"]
    token = {"type": "plate", "value": "沪A 12345"}
    found = grocery.post("/members/resolve", {"member": token}).json
    bought = grocery.a_purchase(member) | {"member": token}
    earned = grocery.post("/purchases", bought).json
    assert earned["member_ref"] == found["member_ref"]
    assert plates_of(grocery, found) == []  # what another bound is not told
    theirs = grocery.post(f"/members/{found['member_ref']}/plates/unbind", {"plate": "沪A12345"})
    assert refused(theirs, 404, "PLATE_UNKNOWN")
    assert cinema.post(f"{path}/unbind", {"plate": "沪A12345"}).json == {"plates": []}
    gone = grocery.post("/members/resolve", {"member": token})
    assert refused(gone, 404, "MEMBER_UNKNOWN")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"carpark": "moon"}, 404, "STORE_UNKNOWN"),
        ({"plate": "??"}, 422, "INVALID_BODY"),
        ({"state": "AWAY"}, 422, "INVALID_BODY"),
        ({"at": "2026-05-01T12:05:01+08:00"}, 422, "INVALID_BODY"),
        ({"let_go_minutes": 60}, 422, "INVALID_BODY"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(
    cinema: Till, changes: dict[str, Any], status: int, code: str
) -> None:
    assert refused(cinema.post("/parking/events", IN | changes), status, code)
    assert cinema.get("/parking/stays").json["stays"] == []


def test_an_event_id_is_of_one_event(cinema: Till) -> None:
    cinema.post("/parking/events", IN | {"event_id": "E-1"})
    other = cinema.post("/parking/events", OUT | {"event_id": "E-1"})
    assert refused(other, 409, "GATE_EVENT_TAKEN")


def test_plates_have_their_limits(cinema: Till) -> None:
    members = [cinema.enrol() for _ in range(3)]
    paths = [f"/members/{each['member_ref']}/plates" for each in members]
    for path in paths[:2]:
        assert cinema.post(path, {"plate": "AB 1"}).status_code == 201
    assert refused(cinema.post(paths[2], {"plate": "AB 1"}), 409, "PLATE_TAKEN")
    for number in range(5):
        cinema.post(paths[2], {"plate": f"AB 2{number}"})
    assert refused(cinema.post(paths[2], {"plate": "AB 3"}), 409, "PLATE_LIMIT")


@pytest.fixture
def gate(app: APIFlask, coalition: Coalition, clock: FixedClock) -> Till:
    """Return the till of a car park at the mall."""
    garage = a_garage(coalition, clock)
    return till_of(app, coalition.desk, garage.id)


def a_visit(gate: Till, grocery: Till, clock: FixedClock) -> dict[str, Any]:
    """Let a member with 2,000 points come in, buy for 500.00, and stay 4 h 10 min."""
    member = gate.enrol()
    grocery.earn(member, "2000.00", occurred_at="2026-04-30T12:00:00+08:00")
    gate.post(f"/members/{member['member_ref']}/plates", {"plate": "沪A12345"})
    gate.post("/parking/events", IN | {"carpark": "garage", "at": "2026-05-01T11:59:00+08:00"})
    grocery.earn(member, "500.00")
    clock.move(hours=4, minutes=9)
    return member


def test_a_stay_is_quoted_held_with_points_and_taken(
    gate: Till, grocery: Till, clock: FixedClock
) -> None:
    member = a_visit(gate, grocery, clock)
    gate, plate = gate.renewed(), {"plate": "沪A·12345"}
    quoted = gate.post("/parking/quotes", plate, key="quote-1")
    assert quoted.status_code == 201
    assert gate.post("/parking/quotes", plate, key="quote-1").json == quoted.json
    quote = quoted.json
    assert quote["member_ref"] == member["member_ref"]
    assert (quote["fee"]["amount"], quote["due"]["amount"]) == ("50.00", "30.00")
    assert (quote["stay_minutes"], quote["points_option"]) == (250, 1500)
    assert quote["entitlements"] == [
        {"source": "hours_by_spend", "minutes": 120, "payer": "shared"}
    ]
    path = f"/parking/quotes/{quote['quote_id']}"
    assert refused(gate.post(f"{path}/apply", {"pay": "points"}), 403, "STATIC_TOKEN")
    who = {"type": "member_ref", "value": member["member_ref"]}
    held = gate.post(f"{path}/apply", {"pay": "points", "member": who})
    assert (held.status_code, held.json["status"], held.json["pay"]) == (201, "held", "points")
    again = gate.post(f"{path}/apply", {"pay": "money"})
    assert refused(again, 409, "PARKING_QUOTE_CLOSED")["state"] == "held"
    other = gate.post("/parking/quotes", plate).json["quote_id"]
    second = gate.post(f"/parking/quotes/{other}/apply", {"pay": "money"})
    assert refused(second, 409, "STAY_HELD")
    assert gate.post(f"{path}/capture", {}).json["status"] == "paid"
    assert gate.get(path).json["status"] == "paid"
    balance = gate.get(f"/members/{member['member_ref']}/balance").json
    assert balance["available"] == 1000
    assert gate.post(f"{path}/release", {}).json["status"] == "released"


def test_a_fee_of_many_points_takes_the_pin_and_counts_the_wrong_ones(
    gate: Till, grocery: Till, clock: FixedClock, coalition: Coalition
) -> None:
    member = a_visit(gate, grocery, clock)
    with coalition.desk.work(Actor("staff:stf_1")) as work:
        currencies.change(work, "STAR", spending=Spending(step_up_points=1499))
        known = work.rows("SELECT member_id FROM identifiers WHERE value = %s", (member["card"],))
        step_up.set_pin(work, known[0][0], "4719")
    gate = gate.renewed()
    quote = gate.post("/parking/quotes", {"plate": "沪A12345"}).json
    path = f"/parking/quotes/{quote['quote_id']}/apply"
    who = {"type": "member_ref", "value": member["member_ref"]}
    body = {"pay": "points", "member": who}
    told = refused(gate.post(path, body, key="k"), 401, "STEP_UP_REQUIRED")
    assert (told["points"], told["ways"]) == (1500, ["confirmation", "pin"])
    for left in (4, 3):
        wrong = gate.post(path, body | {"step_up": {"pin": "8036"}}, key="k")
        assert refused(wrong, 403, "PIN_WRONG")["left_tries"] == left
    right = body | {"step_up": {"pin": "4719"}}
    held = gate.post(path, right, key="k")
    assert (held.status_code, held.json["status"]) == (201, "held")
    again = gate.post(path, body | {"step_up": {"pin": "8036"}}, key="k")  # it is looked at no more
    assert (again.json, again.headers["Idempotent-Replayed"]) == (held.json, "true")
    refused(gate.post(path, right), 409, "PARKING_QUOTE_CLOSED")
    assert gate.post(path.replace("apply", "capture"), {}).json["status"] == "paid"


def test_a_gate_without_a_line_has_a_list(gate: Till, grocery: Till, clock: FixedClock) -> None:
    a_visit(gate, grocery, clock)
    gate = gate.renewed()
    told = gate.get("/parking/offline", carpark="garage").json
    assert [(each["free_minutes"], each["paid"]) for each in told["cars"]] == [(120, False)]
    assert refused(gate.get("/parking/offline", carpark="moon"), 404, "STORE_UNKNOWN")


def test_quotes_that_cannot_be_are_refused(gate: Till, grocery: Till, clock: FixedClock) -> None:
    a_visit(gate, grocery, clock)
    gate, grocery = gate.renewed(), grocery.renewed()
    quote = gate.post("/parking/quotes", {"plate": "沪A12345"}).json
    path = f"/parking/quotes/{quote['quote_id']}"
    for body in ({}, {"plate": "AB 1", "stay": quote["stay_id"]}):
        assert refused(gate.post("/parking/quotes", body), 422, "INVALID_BODY")
    for body in ({"plate": "AB 1"}, {"stay": "sty_x"}):
        assert refused(gate.post("/parking/quotes", body), 404, "STAY_UNKNOWN")
    assert refused(grocery.post("/parking/quotes", {"stay": quote["stay_id"]}), 404, "STAY_UNKNOWN")
    for way, body in (("/apply", {"pay": "money"}), ("/capture", {}), ("/release", {})):
        assert refused(grocery.post(path + way, body), 404, "PARKING_QUOTE_UNKNOWN")
        odd = gate.post(f"/parking/quotes/pkq_x{way}", body)
        assert refused(odd, 404, "PARKING_QUOTE_UNKNOWN")
    assert refused(grocery.get(path), 404, "PARKING_QUOTE_UNKNOWN")
    odd = gate.post("/parking/events", OUT | {"carpark": "garage", "plate": "AB 7"}).json["stay"]
    told = gate.post("/parking/quotes", {"stay": odd["stay_id"]})
    assert refused(told, 409, "STAY_ODD")["odd"] == "no_in"
    clock.move(minutes=15)
    late = gate.renewed().post(f"{path}/apply", {"pay": "money"})
    assert refused(late, 409, "PARKING_QUOTE_EXPIRED")
