"""The doors of clearing: a partner reads its statements, what is behind them, and its position."""

from datetime import UTC, datetime

import pytest

from clearings import WORKER
from stoa.services import clearing, journal
from stoa.work import Desk
from tills import Till, app, cinema, grocery, refused
from world import FixedClock

__all__ = ["app", "cinema", "grocery"]


@pytest.fixture
def closed(grocery: Till, cinema: Till, desk: Desk, clock: FixedClock) -> str:
    """Sell at both, redeem at the cinema, close May; return the purchase at the grocery."""
    ada = grocery.enrol()
    bought: str = grocery.earn(ada, "10000.00")["purchase_id"]
    clock.move(minutes=1)
    cinema.earn(ada, "500.00")
    hold = cinema.post("/redemptions", cinema.a_hold(ada, 2000)).json["redemption_id"]
    cinema.post(f"/redemptions/{hold}/capture", {"receipt_no": "C-1"})
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    with desk.work(WORKER) as work:
        clearing.close(work, "2026-05")
    return bought


def test_a_partner_reads_its_statements_and_no_others(
    closed: str, grocery: Till, cinema: Till
) -> None:
    grocery, cinema = grocery.renewed(), cinema.renewed()
    listed = grocery.get("/statements").json
    assert [
        (each["period"], each["opening"], each["closing"]) for each in listed["statements"]
    ] == [("2026-05", "0.00", "120.00")]
    own = listed["statements"][0]
    shown = grocery.get(f"/statements/{own['statement_id']}").json
    assert shown["sha256"] == own["sha256"]
    assert shown["document"]["lines"][0]["amount"] == "120.0000"
    theirs = cinema.get("/statements", period="2026-05").json["statements"][0]
    assert theirs["closing"] == "-12.00"
    refused(grocery.get(f"/statements/{theirs['statement_id']}"), 404, "STATEMENT_UNKNOWN")
    assert grocery.get("/statements", cursor="2026-05").json["statements"] == []


def test_a_line_leads_to_its_entries_and_to_the_callers_own_deeds(
    closed: str, grocery: Till, cinema: Till
) -> None:
    grocery, cinema = grocery.renewed(), cinema.renewed()
    mine = grocery.get("/statements").json["statements"][0]["statement_id"]
    entries = grocery.get(f"/statements/{mine}/entries", line="issued", counterparty="").json
    assert [
        (each["points"], each["amount"], each["subject"], each["place"])
        for each in entries["entries"]
    ] == [(10_000, "120.0000", closed, 0)]
    theirs = cinema.get("/statements").json["statements"][0]["statement_id"]
    page = cinema.get(f"/statements/{theirs}/entries", limit="1").json
    assert page["entries"][0]["line"] == "issued"
    page = cinema.get(f"/statements/{theirs}/entries", cursor=page["next_cursor"]).json
    assert [(each["line"], each["amount"]) for each in page["entries"]] == [("burned", "-18.0000")]
    assert page["entries"][0]["subject"].startswith("hld_")
    assert grocery.get(f"/statements/{mine}/entries", counterparty="nobody").json["entries"] == []


def test_a_position_is_what_is_owed_by_now(closed: str, grocery: Till, desk: Desk) -> None:
    grocery = grocery.renewed()
    told = grocery.get("/positions").json
    assert (told["opening"], told["net"], told["lines"]) == ("120.0000", "120.0000", [])
    now = "2026-06-01T12:00:00+08:00"
    grocery.earn(grocery.enrol("Bob"), "100.00", occurred_at=now)
    with desk.work(WORKER) as work:
        clearing.catch_up(work)
        journal.book(work)
    told = grocery.get("/positions").json
    assert (told["net"], told["lines"][0]["rounded"]) == ("121.2000", "1.20")
    assert told["points"]["closing"] == 8_100
