"""The doors of households: what each member's till is told, and what no partner learns."""

from typing import Any

from tills import Till, refused


def card(member: dict[str, Any]) -> dict[str, str]:
    return {"type": "card", "value": member["card"]}


def met(member: dict[str, Any]) -> dict[str, str]:
    return {"type": "member_ref", "value": member["member_ref"]}


def a_household(till: Till) -> tuple[dict[str, Any], dict[str, Any]]:
    """Found a household of an owner, who gave 60 of 100 points, and a contributor."""
    owner, kid = till.enrol(), till.enrol("Kid")
    till.earn(owner, "100.00")
    till.post("/households", {"owner": card(owner), "name": "Lovelace"})
    joining = {"owner": met(owner), "member": card(kid), "role": "contributor"}
    assert till.post("/households/members", joining).json["members"] == 2
    gift = {"member": met(owner), "points": 60, "store": "main"}
    assert till.post("/households/contributions", gift).json["own_balance"]["available"] == 40
    return owner, kid


def test_a_household_spends_from_its_pool(grocery: Till, cinema: Till) -> None:
    owner, kid = a_household(grocery)
    hold = cinema.a_hold(owner, 50) | {"from": "household"}
    held = cinema.post("/redemptions", hold).json
    assert held["balance"]["available"] == 10
    token = {"type": "member_ref", "value": held["member_ref"]}
    assert cinema.post("/members/resolve", {"member": token}).json["balance"]["available"] == 40
    done = cinema.post(f"/redemptions/{held['redemption_id']}/capture", {"points": 20}).json
    assert done["balance"]["available"] == 40
    hold = cinema.a_hold(kid, 1) | {"from": "household"}
    told = refused(cinema.post("/redemptions", hold), 403, "HOUSEHOLD_ROLE")
    assert told["role"] == "contributor"
    hold = cinema.a_hold(owner, 1) | {"from": "neighbours"}
    assert "from" in refused(cinema.post("/redemptions", hold), 422, "INVALID_BODY")["errors"]
    own = cinema.post("/redemptions", cinema.a_hold(owner, 1) | {"from": "member"}).json
    assert own["balance"]["available"] == 39


def test_every_door_answers_alike_for_the_same_key(grocery: Till) -> None:
    owner, kid = grocery.enrol(), grocery.enrol("Kid")
    grocery.earn(owner, "100.00")
    for path, body in (
        ("/households", {"owner": card(owner), "name": "Lovelace"}),
        ("/households/members", {"owner": met(owner), "member": card(kid), "role": "spender"}),
        ("/households/contributions", {"member": met(owner), "points": 60, "store": "main"}),
        ("/households/leave", {"member": met(owner)}),
    ):
        first = grocery.post(path, body, key=f"key of {path}")
        again = grocery.post(path, body, key=f"key of {path}")
        assert (first.status_code, again.text) == (201, first.text)
        assert again.headers["Idempotent-Replayed"] == "true"
    balance = grocery.get(f"/members/{owner['member_ref']}/balance").json
    assert balance["available"] == 100


def test_refusals_of_households(grocery: Till) -> None:
    owner, kid = a_household(grocery)
    eve = grocery.enrol("Eve")
    post = grocery.post
    founding = {"owner": card(kid), "name": "Other"}
    refused(post("/households", founding), 409, "HOUSEHOLD_JOINED")
    joining = {"owner": met(kid), "member": card(eve), "role": "spender"}
    refused(post("/households/members", joining), 403, "HOUSEHOLD_ROLE")
    refused(post("/households/members", joining | {"role": "boss"}), 422, "INVALID_BODY")
    gift = {"member": met(kid), "points": 1, "store": "main"}
    refused(post("/households/contributions", gift), 409, "INSUFFICIENT_POINTS")
    gift |= {"member": met(eve)}
    refused(post("/households/contributions", gift), 404, "HOUSEHOLD_UNKNOWN")
    refused(post("/households/leave", {"member": met(eve)}), 404, "HOUSEHOLD_UNKNOWN")
    path = f"/members/{eve['member_ref']}/household"
    refused(grocery.get(path), 404, "HOUSEHOLD_UNKNOWN")
    post("/redemptions", grocery.a_hold(owner, 5) | {"from": "household"})
    refused(post("/households/leave", {"member": met(kid)}), 409, "HOUSEHOLD_BUSY")


def test_another_partner_learns_nothing_of_who_is_in_it(grocery: Till, cinema: Till) -> None:
    owner, kid = a_household(grocery)
    ref = cinema.post("/members/resolve", {"member": card(owner)}).json["member_ref"]
    told = cinema.get(f"/members/{ref}/household").json
    assert told == {
        "display": "L*",
        "role": "owner",
        "members": 2,
        "balance": {"currency": "STAR", "available": 60, "pending": 0, "held": 0, "debt": 0},
    }
    refused(cinema.get(f"/members/{kid['member_ref']}/household"), 404, "MEMBER_UNKNOWN")
    entry = cinema.get(f"/members/{ref}/entries").json["entries"][0]
    assert (entry["reason"], entry["explanation"], entry["partner"]) == ("contribution", None, None)
