"""The doors of draws: a ticket for a key, a draw for a key, and what anybody may check."""

import json
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from draws import WHEEL, a_draw
from stoa.services import outbox
from stoa.work import Actor, Desk
from stoa.worker import follow
from stoa_sdk.cli import main
from stoa_sdk.fairness import verify_draw
from tills import Till, refused
from world import Coalition


@pytest.fixture(autouse=True)
def rules(desk: Desk, coalition: Coalition) -> None:
    """Let a draw hold."""
    sweet = {"name": {"en": "A sweet"}, "worth_minor": 10}
    a_draw(desk, WHEEL | {"consolation": sweet, "about": {"en": "Turn it."}})


@pytest.fixture
def ref(grocery: Till, desk: Desk) -> str:
    """Return the reference of a member with 100 points at the grocery."""
    member = grocery.enrol()
    grocery.earn(member, "100.00")
    with desk.work(Actor("worker")) as work:
        outbox.tell(work, follow)
    return str(member["member_ref"])


def buy(till: Till, ref: str, key: str | None = None) -> Any:
    """Buy a ticket of the wheel."""
    body = {"member": {"type": "member_ref", "value": ref}}
    return till.post("/draws/wheel/tickets", body, key=key) if key else till.post(
        "/draws/wheel/tickets", body
    )  # fmt: skip


def test_odds_prizes_and_hashes_are_told_before_anybody_buys(grocery: Till) -> None:
    told = grocery.get("/draws").json["draws"][0]
    assert told == grocery.get("/draws/wheel").json
    assert (told["state"], told["points"], told["sold"]) == ("open", 10, 0)
    assert [(each["prize"], each["odds_per_million"], each["left"]) for each in told["prizes"]] == [
        ("bear", 200_000, 2), ("fifty", 300_000, 3),
    ]  # fmt: skip
    assert told["consolation"]["name"]["en"] == "A sweet"
    assert len(told["terms_hash"]) == 64
    refused(grocery.get("/draws/none"), 404, "DRAW_UNKNOWN")


def test_a_key_buys_one_ticket_and_draws_it_once(grocery: Till, ref: str) -> None:
    bought = buy(grocery, ref, "one")
    assert bought.status_code == 201
    assert bought.json["balance"]["available"] == 90
    again = buy(grocery, ref, "one")
    assert again.json == bought.json
    path = f"/draws/tickets/{bought.json['ticket_id']}/draw"
    drawn = grocery.post(path, {"nonce": "seven swans"}, key="two")
    assert drawn.json["state"] == "won"
    assert grocery.post(path, {"nonce": "seven swans"}, key="two").json == drawn.json
    assert refused(grocery.post(path, {"nonce": "more"}), 409, "TICKET_CLOSED")["state"] == "won"
    listed = grocery.get(f"/members/{ref}/tickets").json["tickets"]
    assert [each["ticket_id"] for each in listed] == [bought.json["ticket_id"]]
    entries = grocery.get(f"/members/{ref}/entries").json["entries"]
    assert "ticket" in [each["kind"] for each in entries]


def test_whoever_kept_the_ticket_checks_the_draw_without_us(
    grocery: Till, ref: str, app: APIFlask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = [grocery.get("/draws/wheel").json]
    for turn in range(8):
        bought = buy(grocery, ref).json
        kept.append(bought)
        if turn:
            path = f"/draws/tickets/{bought['ticket_id']}/draw"
            kept.append(grocery.post(path, {"nonce": f"text {turn}"}).json)
    told = app.test_client().get("/v1/draws/wheel/result").json
    assert told is not None
    fair = verify_draw(told, kept=kept)
    assert (fair.tickets, fair.drawn, fair.kept) == (8, 7, 16)
    assert ref not in json.dumps(told)
    files = []
    for number, each in enumerate((told, kept[1])):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps(each), "utf-8")
    arguments = ["draw", "verify", str(files[0]), "--kept", str(files[1])]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "PROVEN: the instant draw wheel is what was promised (open)" in out
    assert "agrees with 1 kept from before" in out
    told["tickets"][3]["roll"] += 1
    files[0].write_text(json.dumps(told), "utf-8")
    assert main(arguments) == 1
    assert "NOT PROVEN: ticket tkt_" in capsys.readouterr().out


def test_a_prize_is_handed_over_once(grocery: Till, cinema: Till, ref: str) -> None:
    claimed = None
    for _ in range(10):
        ticket = buy(grocery, ref).json["ticket_id"]
        drawn = grocery.post(f"/draws/tickets/{ticket}/draw", {"nonce": "n"}).json
        path = f"/draws/tickets/{ticket}/claim"
        if drawn["prize_state"] == "waiting":
            claimed = grocery.post(path, {"store": "main"}).json
            assert claimed["state"] == "claimed"
            told = refused(cinema.post(path, {"store": "main"}), 409, "PRIZE_CLOSED")
            assert told["state"] == "claimed"
            break
    assert claimed is not None
    refused(grocery.post("/draws/tickets/tkt_1/claim", {"store": "main"}), 404, "TICKET_UNKNOWN")


def test_refusals_take_no_points(grocery: Till, ref: str) -> None:
    body = {"member": {"type": "member_ref", "value": ref}}
    refused(grocery.post("/draws/none/tickets", body), 404, "DRAW_UNKNOWN")
    refused(grocery.post("/draws/tickets/x/draw", {"nonce": "n"}), 404, "TICKET_UNKNOWN")
    assert grocery.get(f"/members/{ref}/balance").json["available"] == 100
