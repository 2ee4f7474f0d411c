"""Doors of returns by receipt, and of those that wait for their sale."""

from typing import Any

import pytest

from stoa.services import parked
from stoa.work import Desk
from stoa.worker import ACTOR
from tills import Till, refused


@pytest.fixture
def member(grocery: Till) -> dict[str, Any]:
    """Return a member."""
    return grocery.enrol()


def _asked(receipt_no: str, **changes: Any) -> dict[str, Any]:
    original = {
        "store": "main",
        "terminal": "t1",
        "receipt_no": receipt_no,
        "business_date": "2026-05-01",
    }
    return {"original": original, "receipt_no": f"RR-{receipt_no}"} | changes


def test_a_return_before_its_sale_waits_and_is_posted_when_it_comes(
    grocery: Till, desk: Desk, member: dict[str, Any]
) -> None:
    asked = _asked("R-1", amount="40.00")
    waiting = grocery.post("/returns", asked, key="early")
    assert (waiting.status_code, waiting.json["status"]) == (202, "awaiting_original")
    listed = grocery.get("/returns", status="awaiting").json
    assert listed == {"returns": [waiting.json], "next_cursor": None}
    grocery.earn(member, receipt_no="R-1")
    with desk.work(ACTOR) as work:
        assert parked.match(work) == 1
    found = grocery.get(f"/returns/{waiting.json['return_id']}").json
    assert (found["status"], found["refusal"]) == ("matched", None)
    assert found["transaction_id"].startswith("txn_")
    again = grocery.post("/returns", asked, key="early")
    assert (again.status_code, again.text) == (202, waiting.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    resolved = grocery.post(f"/returns/{waiting.json['return_id']}/drop")
    assert refused(resolved, 409, "RETURN_ALREADY_RESOLVED")["state"] == "matched"


def test_a_return_of_a_known_receipt_is_posted_at_once(
    grocery: Till, member: dict[str, Any]
) -> None:
    grocery.earn(member, receipt_no="R-2")
    done = grocery.post("/returns", _asked("R-2"))
    assert (done.status_code, done.json["status"], done.json["clawed_back"]) == (
        201, "returned", 100,
    )  # fmt: skip


def test_a_waiting_return_can_be_dropped(grocery: Till, cinema: Till) -> None:
    ids = [grocery.post("/returns", _asked(f"R-{no}")).json["return_id"] for no in (3, 4)]
    page = grocery.get("/returns", limit="1").json
    assert [each["return_id"] for each in page["returns"]] == ids[:1]
    rest = grocery.get("/returns", cursor=page["next_cursor"]).json["returns"]
    assert [each["return_id"] for each in rest] == ids[1:]
    refused(cinema.get(f"/returns/{ids[0]}"), 404, "RETURN_UNKNOWN")
    refused(cinema.post(f"/returns/{ids[0]}/drop"), 404, "RETURN_UNKNOWN")
    dropped = grocery.post(f"/returns/{ids[0]}/drop", {"reason": "never sold"})
    assert (dropped.status_code, dropped.json["status"]) == (201, "dropped")
    assert [each["return_id"] for each in grocery.get("/returns").json["returns"]] == ids[1:]
