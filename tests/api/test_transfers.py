"""The door of transfers: what it answers, to whom, and what a partner never learns there."""

from typing import Any

from apiflask import APIFlask

from tills import Till, refused, state, till_of
from world import Coalition


def a_gift(giver: dict[str, Any], to: dict[str, Any], points: Any = 40, **changes: Any) -> Any:
    return {
        "from": {"type": "member_ref", "value": giver["member_ref"]},
        "to": {"type": "card", "value": to["card"]},
        "points": points,
        "store": "main",
    } | changes


def test_a_gift_changes_both_balances_and_both_histories(grocery: Till) -> None:
    ada, bob = grocery.enrol(), grocery.enrol("Bob")
    grocery.earn(ada, "100.00")
    told = grocery.post("/transfers", a_gift(ada, bob)).json
    assert (told["from_ref"], told["to_ref"]) == (ada["member_ref"], bob["member_ref"])
    assert (told["balance"]["available"], told["to_balance"]["available"]) == (60, 40)
    for member, points, kind in ((ada, -40, "transfer_out"), (bob, 40, "transfer_in")):
        entry = grocery.get(f"/members/{member['member_ref']}/entries").json["entries"][0]
        assert (entry["points"], entry["kind"]) == (points, kind)
        assert entry["account"] == "transferred"
        assert (bob if member is ada else ada)["card"] not in entry["explanation"]


def test_the_same_key_gives_the_same_answer(grocery: Till) -> None:
    ada, bob = grocery.enrol(), grocery.enrol("Bob")
    grocery.earn(ada, "100.00")
    body = a_gift(ada, bob)
    first = grocery.post("/transfers", body, key="gift")
    grocery.earn(bob, "7.00")
    again = grocery.post("/transfers", body, key="gift")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.text == first.text
    refused(
        grocery.post("/transfers", a_gift(ada, bob, 1), key="gift"), 422, "IDEMPOTENCY_MISMATCH"
    )


def test_a_token_that_may_not_read_balances_is_not_told_the_receivers(
    app: APIFlask, coalition: Coalition, grocery: Till
) -> None:
    ada, bob = grocery.enrol(), grocery.enrol("Bob")
    grocery.earn(ada, "100.00")
    till = till_of(app, coalition.desk, coalition.grocery, scope="transfer:write redeem:refs")
    told = till.post("/transfers", a_gift(ada, bob)).json
    assert told["to_balance"] is None
    assert told["balance"]["available"] == 60


def test_a_token_without_the_scope_gives_nothing(
    app: APIFlask, coalition: Coalition, grocery: Till
) -> None:
    ada, bob = grocery.enrol(), grocery.enrol("Bob")
    till = till_of(app, coalition.desk, coalition.grocery, scope="redeem:write")
    refused(till.post("/transfers", a_gift(ada, bob)), 403, "SCOPE_REQUIRED")


def test_another_partner_learns_of_a_gift_its_points_and_nothing_else(
    grocery: Till, cinema: Till
) -> None:
    ada, bob = grocery.enrol(), grocery.enrol("Bob")
    grocery.earn(ada, "100.00")
    gift = grocery.post("/transfers", a_gift(ada, bob, reference="birthday")).json
    told = []
    for member in (ada, bob):
        token = {"member": {"type": "card", "value": member["card"]}}
        ref = cinema.post("/members/resolve", token).json["member_ref"]
        entry = cinema.get(f"/members/{ref}/entries").json["entries"][0]
        assert entry["partner"] is entry["store"] is entry["reference"] is None
        assert entry["explanation"] is None
        told.append(entry)
    assert told[0]["transaction_id"] != told[1]["transaction_id"]
    seen = "".join(str(entry) for entry in told)
    for secret in (gift["from_ref"], gift["to_ref"], "birthday", "Main store", ada["card"]):
        assert secret not in seen
    known = {"type": "member_ref", "value": cinema.ref_of(ada)}
    foreign = a_gift(ada, bob, **{"from": known}) | {
        "to": {"type": "member_ref", "value": bob["member_ref"]}
    }
    refused(cinema.post("/transfers", foreign), 404, "MEMBER_UNKNOWN")


def test_what_makes_no_sense_is_refused_without_effect(grocery: Till) -> None:
    ada, bob = grocery.enrol(), grocery.enrol("Bob")
    grocery.earn(ada, "100.00")
    before = state(grocery.app.extensions["stoa"])
    nobody = {"card": "9900000000000002", "member_ref": f"mbr_{'a' * 26}"}
    post = grocery.post
    refused(post("/transfers", a_gift(ada, ada)), 422, "SAME_WALLET")
    short = refused(post("/transfers", a_gift(ada, bob, 101)), 409, "INSUFFICIENT_POINTS")
    assert (short["available_points"], short["short_by_points"]) == (100, 1)
    limit = refused(post("/transfers", a_gift(ada, bob, 10**12)), 409, "INSUFFICIENT_POINTS")
    assert limit["available_points"] == 100
    refused(post("/transfers", a_gift(ada, nobody)), 404, "MEMBER_UNKNOWN")
    refused(post("/transfers", a_gift(nobody, ada)), 404, "MEMBER_UNKNOWN")
    refused(post("/transfers", a_gift(ada, bob, store="moon")), 404, "STORE_UNKNOWN")
    refused(post("/transfers", a_gift(ada, bob, 0)), 422, "INVALID_AMOUNT")
    refused(post("/transfers", a_gift(ada, bob, surprise=1)), 422, "INVALID_BODY")
    for field in ("from", "to", "points", "store"):
        body = a_gift(ada, bob)
        del body[field]
        told = refused(post("/transfers", body), 422, "INVALID_BODY")
        assert field in told["errors"]
    assert state(grocery.app.extensions["stoa"]) == before
