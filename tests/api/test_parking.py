"""The doors of car parks: what gates saw, stays, and plates of members."""

from typing import Any

import pytest

from tills import Till, refused

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
