"""A card resolves to a `member_ref`; only trusted clients spend by one (FRD-07)."""

from typing import Any

import pytest
from apiflask import APIFlask

from stoa.services import member_codes
from stoa.work import Actor
from tills import Till, refused, state, till_of
from world import Coalition, FixedClock


@pytest.fixture
def till(app: APIFlask, coalition: Coalition) -> Till:
    """A till of the grocery with the scopes that a client gets by default."""
    return till_of(app, coalition.desk, coalition.grocery, plain=True)


@pytest.fixture
def ada(grocery: Till) -> dict[str, Any]:
    """A member with a thousand points and a household."""
    member = grocery.enrol()
    grocery.earn(member, "1000.00")
    assert grocery.post("/households", {"owner": _ref(member), "name": "Ada's"}).status_code == 201
    return member


def _ref(member: dict[str, Any]) -> dict[str, str]:
    return {"type": "member_ref", "value": member["member_ref"]}


def _card(member: dict[str, Any]) -> dict[str, str]:
    return {"type": "card", "value": member["card"]}


def _code(coalition: Coalition, member: dict[str, Any]) -> dict[str, str]:
    with coalition.desk.work(Actor("cli")) as work:
        rows = work.rows("SELECT member_id FROM identifiers WHERE value = %s", (member["card"],))
        return {"type": "qr", "value": member_codes.show(work, rows[0][0]).text}


def _spendings(member: dict[str, Any], named: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return a body for every door that moves points of the member named in it."""
    return {
        "/redemptions": {"member": named, "store": "main", "points": 10},
        "/transfers": {"from": named, "to": _card(member), "points": 10, "store": "main"},
        "/exchanges": {
            "member": named, "from": "STAR", "to": "CINE", "points": 10,
        },
        "/households/contributions": {"member": named, "points": 10, "store": "main"},
        "/households/members": {"owner": named, "member": _card(member), "role": "spender"},
        "/households/leave": {"member": named},
        "/benefits/claims": {
            "member": named, "store": "main", "benefit": "tea", "pay": "points",
        },
        "/draws/none/tickets": {"member": named},
        "/parking/quotes/pkq_none/apply": {"pay": "points", "member": named},
    }  # fmt: skip


def test_a_plain_till_that_resolved_a_card_spends_nothing_by_the_reference(
    till: Till, ada: dict[str, Any], coalition: Coalition
) -> None:
    seen = till.post("/members/resolve", {"member": _card(ada)}).json
    assert seen["member_ref"] == ada["member_ref"]
    assert seen["redeem_requires"]["token_types"] == ["qr"]
    before = state(coalition.desk)
    for named in (_ref(ada), _card(ada)):
        for path, body in _spendings(ada, named).items():
            told = refused(till.post(path, body), 403, "STATIC_TOKEN")
            assert (told["token_type"], told["ways"]) == (named["type"], ["qr"]), path
            assert told["scope"] == "redeem:refs"
    path = f"/members/{ada['member_ref']}/chances"
    refused(till.post(path, {"chance": "step"}), 403, "STATIC_TOKEN")
    path = f"/members/{ada['member_ref']}/plates"
    refused(till.post(path, {"plate": "AB 1"}), 403, "STATIC_TOKEN")
    assert state(coalition.desk) == before


def test_a_card_spends_nothing_at_a_trusted_client_either(
    grocery: Till, ada: dict[str, Any]
) -> None:
    for path, body in _spendings(ada, _card(ada)).items():
        told = refused(grocery.post(path, body), 403, "STATIC_TOKEN")
        assert (told["token_type"], told["ways"]) == ("card", ["qr", "member_ref"]), path


def test_a_plain_till_earns_and_looks_up_by_the_reference(till: Till, ada: dict[str, Any]) -> None:
    earned = till.post("/purchases", till.a_purchase(ada) | {"member": _ref(ada)})
    assert earned.status_code == 201
    assert till.post("/members/resolve", {"member": _ref(ada)}).status_code == 200
    assert till.get(f"/members/{ada['member_ref']}/balance").json["available"] == 1100


def test_a_plain_till_spends_by_the_code_shown(
    till: Till, ada: dict[str, Any], coalition: Coalition
) -> None:
    body = till.a_hold(ada) | {"member": _code(coalition, ada)}
    assert till.post("/redemptions", body).status_code == 201


@pytest.mark.parametrize("path", ["/redemptions", "/transfers", "/households/contributions"])
def test_a_code_moves_points_once_whatever_the_door(
    path: str, till: Till, ada: dict[str, Any], coalition: Coalition
) -> None:
    """One code, one deed: the picture of it moves nothing more at any other door (RAC-08)."""
    bob = till.enrol("Bob")
    shown = _code(coalition, ada)
    bodies = _spendings(bob, shown)
    first = till.post(path, bodies[path], key="first")
    assert first.status_code == 201, first.text
    for other in ("/redemptions", "/transfers", "/households/contributions"):
        refused(till.post(other, bodies[other]), 409, "CODE_USED")
    again = till.post(path, bodies[path], key="first")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")


def test_a_till_buys_a_chance_by_the_code_of_that_member_alone(
    till: Till, ada: dict[str, Any], coalition: Coalition
) -> None:
    bob = till.enrol("Bob")
    body = {"chance": "none", "code": _code(coalition, ada)["value"]}
    refused(till.post(f"/members/{bob['member_ref']}/chances", body), 404, "MEMBER_UNKNOWN")
    refused(till.post(f"/members/{ada['member_ref']}/chances", body), 404, "CHANCE_UNKNOWN")
    shown = {"member": {"type": "qr", "value": body["code"]}}
    assert till.post("/redemptions", till.a_hold(ada) | shown).status_code == 201
    refused(till.post(f"/members/{ada['member_ref']}/chances", body), 409, "CODE_USED")


def test_a_till_binds_a_plate_by_the_code_of_that_member_alone(
    till: Till, ada: dict[str, Any], coalition: Coalition
) -> None:
    bob = till.enrol("Bob")
    body = {"plate": "AB 1", "code": _code(coalition, ada)["value"]}
    refused(till.post(f"/members/{bob['member_ref']}/plates", body), 404, "MEMBER_UNKNOWN")
    path = f"/members/{ada['member_ref']}/plates"
    first = till.post(path, body, key="bind")
    assert [each["plate"] for each in first.json["plates"]] == ["AB1"]
    assert till.post(path, body, key="bind").json == first.json
    refused(till.post(path, body | {"plate": "AB 2"}), 409, "CODE_USED")


def test_an_owner_takes_somebody_in_and_leaves_by_a_code_each(
    till: Till, ada: dict[str, Any], coalition: Coalition, clock: FixedClock
) -> None:
    bob, eve = till.enrol("Bob"), till.enrol("Eve")
    joining = {"owner": _code(coalition, ada), "member": _card(bob), "role": "spender"}
    assert till.post("/households/members", joining).json["members"] == 2
    refused(till.post("/households/members", joining | {"member": _card(eve)}), 409, "CODE_USED")
    refused(till.post("/households/leave", {"member": joining["owner"]}), 409, "CODE_USED")
    clock.move(seconds=30)
    gone = till.post("/households/leave", {"member": _code(coalition, ada)})
    assert gone.json["closed"]
