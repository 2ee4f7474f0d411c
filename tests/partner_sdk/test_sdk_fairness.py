"""Results of draws that somebody made up: what does not hold together is found, and soon."""

import hashlib
import json
from typing import Any

import pytest

from stoa_sdk.fairness import Unfair, verify_draw
from stoa_sdk.merkle import leaf_hash, tree_root

TICKET = "tkt_00nv3r6hm1evzvdqkqd3kj5d8s"
OTHER = "tkt_00nv3r6hm1evzvdqkqd3kj5d8t"
SEED = bytes(range(32))


def _terms(mode: str, stock: int) -> dict[str, Any]:
    prize = {"code": "bike", "stock": stock, "odds_per_million": 1_000_000}
    return {"draw": "made", "mode": mode, "once": False, "consolation": None, "prizes": [prize]}


def _told(mode: str, stock: int, **changes: Any) -> dict[str, Any]:
    terms = _terms(mode, stock)
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    told = {
        "v": "stoa-draw/1", "draw": "made", "mode": mode, "state": "open", "terms": terms,
        "terms_hash": hashlib.sha256(text.encode()).hexdigest(),
    }  # fmt: skip
    return told | changes


def _raffle(stock: int = 1, tickets: list[Any] | None = None, **changes: Any) -> dict[str, Any]:
    listed = tickets or [[1, TICKET, "ff"]]
    root = tree_root(leaf_hash(f"{n} {ticket} {holder}".encode()) for n, ticket, holder in listed)
    told = {
        "sold": len(listed), "tickets": listed, "root": root.hex(), "seed": SEED.hex(),
        "commitment": hashlib.sha256(SEED).hexdigest(), "state": "revealed",
        "winners": [{"prize": "bike", "unit": 1, "number": 1, "ticket": listed[0][1]}],
    }  # fmt: skip
    return _told("raffle", stock, **(told | changes))


def _drawn(number: int, ticket: str, left: int) -> dict[str, Any]:
    return {
        "number": number, "ticket": ticket, "state": "won", "seed": SEED.hex(), "nonce": "mine",
        "commitment": hashlib.sha256(SEED).hexdigest(), "turn": number, "stock": [left],
        "roll": 401_501, "prize": "bike",
    }  # fmt: skip


def _wheel(tickets: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    return _told("instant", len(tickets), **({"sold": len(tickets), "tickets": tickets} | changes))


def test_what_holds_together_is_fair() -> None:
    assert verify_draw(_raffle()).winners == {"bike 1": TICKET}
    assert verify_draw(_wheel([_drawn(1, TICKET, 1)])).winners == {"bike 1": TICKET}


def test_a_ticket_wins_one_prize_under_any_number() -> None:
    with pytest.raises(Unfair, match="twice"):
        verify_draw(_wheel([_drawn(1, TICKET, 2), _drawn(2, TICKET, 1)]))


def test_a_ticket_has_one_name() -> None:
    for alias in (TICKET.replace("tkt_", "bet_"), TICKET.replace("tkt_", "tkt_0"), "1"):
        with pytest.raises(ValueError, match="no ticket"):
            verify_draw(_wheel([_drawn(1, TICKET, 2), _drawn(2, alias, 1)]))
        with pytest.raises(ValueError, match="no ticket"):
            verify_draw(_raffle(tickets=[[1, TICKET, "ff"], [2, alias, "ff"]]))


def test_a_number_is_a_whole_number() -> None:
    for number in (True, 1.0):
        with pytest.raises(Unfair, match="in order"):
            verify_draw(_raffle(tickets=[[number, TICKET, "ff"]]))


def test_a_raffle_is_not_revealed_without_its_list() -> None:
    for state in ("closed", "revealed"):
        with pytest.raises(Unfair, match="never published"):
            verify_draw(_raffle(root=None, seed=None, winners=[], state=state))


def test_huge_figures_are_read_at_once() -> None:
    assert verify_draw(_raffle(stock=10**15)).drawn == 1
    for told in (_raffle(sold=10**15), _wheel([_drawn(1, TICKET, 1)], sold=10**15)):
        with pytest.raises(Unfair, match="in order"):
            verify_draw(told)


def test_no_prize_is_told_of_a_ticket_that_was_not_drawn() -> None:
    open_ = _drawn(1, TICKET, 1) | {"turn": None, "state": "open"}
    with pytest.raises(Unfair, match="never drawn"):
        verify_draw(_wheel([open_]))


def test_a_ticket_kept_holds_its_result_and_its_holder() -> None:
    told = _raffle()
    kept = {
        "draw": "made", "terms_hash": told["terms_hash"], "ticket_id": TICKET, "number": 1,
        "commitment": told["commitment"], "holder": "ff",
    }  # fmt: skip
    assert verify_draw(told, kept=[kept]).kept == 1
    with pytest.raises(Unfair, match="another member"):
        verify_draw(told, kept=[kept | {"holder": "ee"}])
    wheel = _wheel([_drawn(1, TICKET, 1)])
    kept |= {"terms_hash": wheel["terms_hash"], "nonce": "mine", "turn": 1, "roll": 401_501}
    assert verify_draw(wheel, kept=[kept | {"prize": "bike"}]).kept == 1
    for fact in ({"prize": None}, {"prize": "bike", "turn": 2}, {"prize": "bike", "roll": 7}):
        with pytest.raises(Unfair, match="otherwise before"):
            verify_draw(wheel, kept=[kept | fact])


def test_tickets_that_were_sold_do_not_vanish() -> None:
    before = _raffle(tickets=[[1, TICKET, "ff"], [2, OTHER, "ee"]], root=None, state="open")
    before |= {"seed": None, "winners": []}
    told = _raffle()
    with pytest.raises(Unfair, match="no longer told of"):
        verify_draw(told, kept=[before])


@pytest.mark.parametrize("told", [None, [], "draw", 7, {"v": "stoa-draw/1"}])
def test_what_is_no_result_is_no_result(told: Any) -> None:
    with pytest.raises(ValueError, match="result of a draw"):
        verify_draw(told)
