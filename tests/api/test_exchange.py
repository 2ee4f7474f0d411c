"""Doors of exchange and of wallets by currency, and whose points a partner never hears of."""

import re
from typing import Any

import pytest

from currencies import a_market, issue_in
from stoa.services import exchange, members
from stoa.services.members import Token
from stoa.work import Actor
from tills import Till, refused, state
from world import Coalition

CANARIES = re.compile(r"CINE|\b7313\b|\b377\b")
"""Whole numbers: a random id may hold the same digits."""
"""What the grocery must never see: the cinema's currency, and what a member has of it."""


@pytest.fixture
def market(coalition: Coalition) -> Coalition:
    """Return the coalition with CINE of the cinema and MART of the grocery, and rates to STAR."""
    return a_market(coalition)


def _named(till: Till, member: dict[str, Any]) -> dict[str, Any]:
    return {"type": "member_ref", "value": till.ref_of(member)}


def test_points_are_quoted_and_exchanged(market: Coalition, cinema: Till) -> None:
    member = cinema.enrol()
    cinema.earn(member, "1000.00")
    rates = cinema.get("/exchange/rates").json["rates"]
    assert [(each["from_currency"], each["to_currency"]) for each in rates] == [
        ("CINE", "STAR"),
        ("STAR", "CINE"),
    ]
    assert rates[1]["least_points"] == 4
    wish = {"from": "STAR", "to": "CINE", "points": 1000}
    quoted = cinema.post("/exchanges/quote", wish)
    assert quoted.status_code == 200
    assert quoted.json["arithmetic"] == "1000 STAR at 3/10, rounded down = 300 CINE"
    key = "one-exchange"
    done = cinema.post("/exchanges", wish | {"member": _named(cinema, member)}, key=key)
    assert done.status_code == 201
    assert [(each["currency"], each["available"]) for each in done.json["balances"]] == [
        ("STAR", 0),
        ("CINE", 300),
    ]
    again = cinema.post("/exchanges", wish | {"member": _named(cinema, member)}, key=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == done.data
    assert market.cinema


def test_wallets_are_read_by_their_currency(market: Coalition, cinema: Till) -> None:
    member = cinema.enrol()
    cinema.earn(member, "100.00")
    ref = member["member_ref"]
    assert cinema.get(f"/members/{ref}/balance", currency="CINE").json["available"] == 0
    issue_in(market.desk, market.cinema, "CINE")
    cinema.earn(member, "40.00")
    assert cinema.get(f"/members/{ref}/balance").json["available"] == 100
    mine = cinema.get(f"/members/{ref}/balance", currency="CINE").json
    assert (mine["available"], mine["money_value"]["amount"]) == (40, "2.00")
    wallets = cinema.get(f"/members/{ref}/wallets").json["wallets"]
    assert [(each["currency"], each["available"]) for each in wallets] == [
        ("STAR", 100),
        ("CINE", 40),
    ]
    entries = cinema.get(f"/members/{ref}/entries", currency="CINE").json["entries"]
    assert [each["points"] for each in entries] == [40]
    hold = {"member": _named(cinema, member), "store": "main", "points": 10, "currency": "CINE"}
    held = cinema.post("/redemptions", hold)
    assert (held.status_code, held.json["balance"]["currency"]) == (201, "CINE")
    reward = {"member": hold["member"], "store": "main", "reward_id": "cinema:mug"}
    refused(cinema.post("/redemptions", reward | {"currency": "CINE"}), 422, "INVALID_BODY")


def test_another_partner_hears_nothing_of_a_partners_own_points(
    market: Coalition, cinema: Till, grocery: Till
) -> None:
    member = cinema.enrol()
    issue_in(market.desk, market.cinema, "CINE")
    cinema.earn(member, "7313.00")
    issue_in(market.desk, market.cinema, "STAR")
    cinema.earn(member, "1259.00")
    wish = {"from": "STAR", "to": "CINE", "points": 1259, "member": _named(cinema, member)}
    assert cinema.post("/exchanges", wish).json["received"] == 377
    grocery.earn(member, "5.00")
    found = grocery.post("/members/resolve", {"member": _named(grocery, member)})
    ref = found.json["member_ref"]
    told = [
        found,
        *(grocery.get(f"/members/{ref}/{part}") for part in ("balance", "wallets", "entries")),
        grocery.get("/exchange/rates"),
        grocery.get("/partner"),
    ]
    for answer in told:
        assert answer.status_code == 200
        assert not CANARIES.search(answer.text), answer.text
    kinds = [each["kind"] for each in told[3].json["entries"]]
    assert kinds == ["earn", "exchange", "earn"]
    assert told[3].json["entries"][1]["explanation"] is None


def test_a_foreign_currency_answers_like_a_missing_one(
    market: Coalition, cinema: Till, grocery: Till
) -> None:
    member = grocery.enrol()
    issue_in(market.desk, market.cinema, "CINE")
    cinema.earn(member, "50.00")
    named, ref = _named(grocery, member), member["member_ref"]
    before = state(market.desk)
    told: dict[str, list[Any]] = {}
    for code in ("CINE", "MOON"):
        hold = {"member": named, "store": "main", "points": 1, "currency": code}
        away, back = ({"from": "STAR", "to": code}, {"from": code, "to": "STAR"})
        answers = [
            grocery.get(f"/members/{ref}/balance", currency=code),
            grocery.get(f"/members/{ref}/entries", currency=code),
            grocery.post("/redemptions", hold),
            *(grocery.post("/exchanges/quote", way | {"points": 4}) for way in (away, back)),
            *(
                grocery.post("/exchanges", way | {"points": 4, "member": named})
                for way in (away, back)
            ),
        ]
        told[code] = [
            refused(each, 404, "CURRENCY_UNKNOWN") | {"request_id": 0} for each in answers
        ]
    assert told["CINE"] == told["MOON"]
    assert state(market.desk) == before


def test_a_refused_exchange_has_no_effect(market: Coalition, cinema: Till) -> None:
    member, frozen = cinema.enrol(), cinema.enrol()
    cinema.earn(member, "100.00")
    with market.desk.work(Actor("staff:test")) as work:
        found = members.find(work, Token("card", frozen["card"]))
        members.freeze(work, found.id, reason="test")
        exchange.end_rate(work, "CINE", "STAR")
    before = state(market.desk)
    wish = {"from": "STAR", "to": "CINE", "points": 10, "member": _named(cinema, member)}
    for changes, status, code in (
        ({"points": 3}, 422, "EXCHANGE_TOO_SMALL"),
        ({"points": 101}, 409, "INSUFFICIENT_POINTS"),
        ({"from": "CINE", "to": "STAR"}, 404, "EXCHANGE_UNKNOWN"),
        ({"to": "STAR"}, 404, "EXCHANGE_UNKNOWN"),
        ({"member": _named(cinema, frozen)}, 423, "MEMBER_FROZEN"),
        ({"member": {"type": "qr", "value": "7KQ2W9MR3XTE0A5CVB1DZ"}}, 404, "MEMBER_UNKNOWN"),
        ({"points": 0}, 422, "INVALID_AMOUNT"),
        ({"from": ""}, 422, "INVALID_BODY"),
    ):
        refused(cinema.post("/exchanges", wish | changes), status, code)
        assert state(market.desk) == before
