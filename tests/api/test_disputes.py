"""Doors of disputes: opened, read, taken back; credit notes as they were frozen."""

import hashlib
import json
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from apiflask import APIFlask

from settlements import a_statement
from stoa.services import credentials, disputes
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk
from stoa_sdk import Client
from tills import Till, app, cinema, grocery, refused
from world import Coalition

__all__ = ["app", "cinema", "grocery"]

WISH: dict[str, Any] = {
    "line": "burned", "points": 500, "reason": "points", "text": "Not at our tills.",
    "reference": "ticket 4711",
}  # fmt: skip


@pytest.fixture
def statement(database: str, coalition: Coalition) -> str:
    """Return a statement of the grocery."""
    return a_statement(database, coalition.grocery, "OWN")


def decide(desk: Desk, dispute: str, outcome: str) -> None:
    found = uuid_of("dsp", dispute)
    assert found is not None
    with desk.work(Actor("staff:ann")) as work:
        disputes.resolve(work, found, outcome, note="looked at")


def test_a_partner_disputes_reads_and_takes_back(
    grocery: Till, cinema: Till, statement: str
) -> None:
    opened = grocery.post(f"/statements/{statement}/disputes", WISH)
    assert opened.status_code == 201
    told = opened.json
    assert (told["amount"], told["held"], told["state"]) == ("4.50", "4.50", "open")
    path = f"/disputes/{told['dispute_id']}"
    assert grocery.get(path).json == told
    assert grocery.get("/disputes", state="open").json["disputes"] == [told]
    assert cinema.get("/disputes").json["disputes"] == []
    refused(cinema.get(path), 404, "DISPUTE_UNKNOWN")
    refused(cinema.post(f"/statements/{statement}/disputes", WISH), 404, "STATEMENT_UNKNOWN")
    back = grocery.post(f"{path}/withdraw", {}).json
    assert (back["state"], back["held"], back["opened_by"]) == ("withdrawn", "0.00", "partner")
    refused(grocery.post(f"{path}/withdraw", {}), 409, "DISPUTE_CLOSED")


def test_with_the_same_key_it_is_opened_once(grocery: Till, statement: str) -> None:
    path = f"/statements/{statement}/disputes"
    first = grocery.post(path, WISH, key="once")
    again = grocery.post(path, WISH, key="once")
    assert again.json == first.json
    assert len(grocery.get("/disputes").json["disputes"]) == 1


@pytest.mark.parametrize(
    "change",
    [{"points": None, "amount": "0.001"}, {"amount": "1.00"}, {"points": 1_000_001},
     {"line": "payments"}, {"cursor": "x"}],
)  # fmt: skip
def test_what_can_t_be_disputed_is_refused(
    grocery: Till, statement: str, change: dict[str, Any]
) -> None:
    wish = {name: each for name, each in (WISH | change).items() if each is not None}
    refused(grocery.post(f"/statements/{statement}/disputes", wish), 422, "INVALID_BODY")
    refused(grocery.get("/disputes", cursor="x"), 422, "INVALID_BODY")


def test_evidence_is_kept_as_it_came_and_refused_where_it_is_none(
    grocery: Till, cinema: Till, desk: Desk, statement: str
) -> None:
    dispute = grocery.post(f"/statements/{statement}/disputes", WISH).json["dispute_id"]

    def hand_in(
        data: bytes, kind: str, till: Till = grocery, name: str = "a.pdf", key: str = ""
    ) -> Any:
        return till.client().post(
            f"/v1/disputes/{dispute}/evidence", query_string={"name": name}, data=data,
            content_type=kind,
            headers={
                "Authorization": f"Bearer {till.token}", "Idempotency-Key": key or str(uuid4()),
            },
        )  # fmt: skip

    pdf = b"%PDF-1.7 receipts"
    first = hand_in(pdf, "application/pdf", key="once")
    assert first.status_code == 201
    assert first.json["sha256"] == hashlib.sha256(pdf).hexdigest()
    assert (first.json["n"], first.json["media_type"]) == (1, "application/pdf")
    assert hand_in(pdf, "application/pdf", key="once").json == first.json
    assert hand_in(pdf, "application/pdf").json == first.json
    refused(hand_in(b"PK\x03\x04", "application/pdf"), 422, "INVALID_BODY")
    refused(hand_in(pdf, "application/zip"), 415, "EVIDENCE_TYPE_REQUIRED")
    refused(hand_in(b"%PDF" + b"0" * 5_000_000, "application/pdf"), 413, "BODY_TOO_LARGE")
    refused(hand_in(pdf, "application/pdf", name=""), 422, "INVALID_BODY")
    refused(hand_in(pdf, "application/pdf", till=cinema), 404, "DISPUTE_UNKNOWN")
    found = uuid_of("dsp", dispute)
    assert found is not None
    with desk.work(Actor("staff:ann")) as work:
        assert [each.n for each in disputes.given(work, found)] == [1]
        assert disputes.evidence_of(work, found, 1).content == pdf
    decide(desk, dispute, "upheld")
    refused(hand_in(b"late", "text/plain"), 409, "DISPUTE_CLOSED")


def test_credit_notes_are_read_as_they_were_frozen(
    grocery: Till, desk: Desk, statement: str
) -> None:
    for points in (500, 100):
        told = grocery.post(f"/statements/{statement}/disputes", WISH | {"points": points}).json
        decide(desk, told["dispute_id"], "credited")
    page = grocery.get("/credit-notes", limit="1").json
    (second,) = page["credit_notes"]
    (first,) = grocery.get("/credit-notes", cursor=page["next_cursor"]).json["credit_notes"]
    assert [(each["no"], each["amount"]) for each in (first, second)] == [
        ("CN-2026-000001", "-4.50"), ("CN-2026-000002", "-0.90"),
    ]  # fmt: skip
    text = json.dumps(first["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == first["sha256"]


def test_the_sdk_disputes_and_reads_credit_notes(
    app: APIFlask, desk: Desk, coalition: Coalition, statement: str
) -> None:
    scopes = ["statements:read", "disputes:write"]
    with desk.work(Actor("cli")) as work:
        pair = credentials.issue_client(work, coalition.grocery, "office", scopes)
    claim: dict[str, Any] = {"line": "burned", "reason": "points", "text": "Not ours."}
    with Client("http://localhost", *pair, transport=httpx2.WSGITransport(app)) as client:
        opened = client.disputes.open(statement, points=500, **claim)
        assert client.disputes.find(opened.dispute_id) == opened
        kept = client.disputes.add_evidence(opened.dispute_id, "receipts.csv", b"receipt_no\nR-1\n")
        assert (kept.n, kept.media_type, kept.size) == (1, "text/csv", 15)
        assert client.disputes.withdraw(opened.dispute_id).state == "withdrawn"
        other = client.disputes.open(statement, amount="1.00", **claim)
        decide(desk, other.dispute_id, "credited")
        assert [each.state for each in client.disputes.all()] == ["credited", "withdrawn"]
        (note,) = client.disputes.credit_notes().credit_notes
        assert (str(note.amount), note.document["net"]) == ("-1.00", "-1.00")
        assert client.disputes.list(state="open").disputes == ()
