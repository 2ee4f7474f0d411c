"""Merged members at the doors: the card leads on, the old reference names the new one."""

from typing import Any

from stoa.services import members, mergers
from stoa.services.members import Token
from stoa.work import Actor
from tills import Till, refused
from world import Coalition


def merged(coalition: Coalition, old: dict[str, Any], new: dict[str, Any]) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        ids = [members.find(work, Token("card", each["card"])).id for each in (old, new)]
        mergers.merge(work, ids[0], ids[1], reason="test")


def test_every_door_that_names_the_old_member_names_the_new_one(
    coalition: Coalition, grocery: Till, cinema: Till
) -> None:
    old, new = grocery.enrol(), grocery.enrol("Bob")
    grocery.earn(old, "100.00")
    seen = cinema.post("/redemptions", cinema.a_hold(old, 5)).json["member_ref"]
    merged(coalition, old, new)
    for till, ref in ((grocery, old["member_ref"]), (cinema, seen)):
        expected = till.post(
            "/members/resolve", {"member": {"type": "card", "value": old["card"]}}
        ).json["member_ref"]
        token = {"type": "member_ref", "value": ref}
        eve = till.enrol("Eve")
        friend = {"type": "card", "value": eve["card"]}
        met = {"type": "member_ref", "value": eve["member_ref"]}
        gift = {"points": 1, "store": "main"}
        tea = {"member": token, "store": "main", "benefit": "tea"}
        hold = till.a_hold(new, 1) | {"member": token}
        for answer in (
            till.get(f"/members/{ref}/balance"),
            till.get(f"/members/{ref}/entries"),
            till.get(f"/members/{ref}/entries", cursor="1"),
            till.get(f"/members/{ref}/benefits"),
            till.post("/members/resolve", {"member": token}),
            till.post("/purchases", till.a_purchase(new) | {"member": token}),
            till.post("/estimates", till.a_purchase(new) | {"member": token}),
            till.post("/redemptions", hold),
            till.post("/benefits/claims", tea),
            till.post("/transfers", gift | {"from": token, "to": friend}),
            till.post("/transfers", gift | {"from": met, "to": token}),
        ):
            assert refused(answer, 410, "MEMBER_MERGED")["member_ref"] == expected
    assert grocery.get(f"/members/{new['member_ref']}/balance").json["held"] == 5


def test_the_old_card_goes_on_at_the_till_and_old_purchases_come_back(
    coalition: Coalition, grocery: Till
) -> None:
    old, new = grocery.enrol(), grocery.enrol("Bob")
    sale = grocery.earn(old, "100.00")
    merged(coalition, old, new)
    assert grocery.earn(old, "20.00")["balance"]["available"] == 120
    path = f"/purchases/{sale['purchase_id']}/returns"
    back = grocery.post(path, {"receipt_no": "RR-1"}).json
    assert (back["balance"]["available"], back["balance"]["debt"]) == (20, 0)
