"""A fill at the pump: quoted before, held, and captured by the litres that were pumped."""

from typing import Any

import pytest
from apiflask import APIFlask

from stoa.services import partners
from stoa.work import Actor
from tills import Till, refused, till_of
from world import Coalition

TWO = {
    "discount": "0",
    "offers": [
        {"code": "spring", "title": "spring", "discount": "4"},
        {"code": "bank", "title": "bank card", "discount": "6", "payer": "partner"},
    ],
}


@pytest.fixture
def pump(app: APIFlask, coalition: Coalition) -> Till:
    """Return the till of a filling station with two funded offers."""
    with coalition.desk.work(Actor("cli")) as work:
        station = partners.onboard(
            work, "fuel", "Harbour Fuel", trade="fuel", plugin="fuel", settings=TWO
        )
        partners.add_store(work, station, coalition.site, "pumps", "Pumps", currency="CNY")
    return till_of(app, coalition.desk, station)


def wish(member: dict[str, Any], litres: str) -> dict[str, Any]:
    return {
        "member": {"type": "card", "value": member["card"]}, "store": "pumps",
        "benefit": "fuel_discount", "quantity": litres, "unit_price": "8.00",
    }  # fmt: skip


def test_of_160_litres_150_are_cheaper_by_the_highest_of_two_offers(pump: Till) -> None:
    member = pump.enrol()
    quote = pump.post("/benefits/quotes", wish(member, "160")).json
    assert (quote["quantity"], quote["worth"]["amount"]) == ("150", "9.00")
    offers = [(each["code"], each["worth"]["amount"], each["chosen"]) for each in quote["offers"]]
    assert offers == [("spring", "6.00", False), ("bank", "9.00", True)]


def test_a_fill_is_held_and_captured_by_the_litres_that_were_pumped(pump: Till) -> None:
    member = pump.enrol()
    asked = wish(member, "100") | {"hold": True, "ttl_s": 600}
    held = pump.post("/benefits/claims", asked).json
    assert (held["status"], held["worth"]["amount"]) == ("held", "6.00")
    path = f"/benefits/claims/{held['claim_id']}/capture"
    assert refused(pump.post(path, {"quantity": "100.001"}), 422, "EXCEEDS_CLAIM")
    done = pump.post(path, {"quantity": "37.8"}, key="pumped").json
    assert (done["status"], done["quantity"]) == ("used", "37.8")
    assert (done["worth"]["amount"], done["due"]["amount"]) == ("2.26", "300.14")
    assert pump.post(path, {"quantity": "37.8"}, key="pumped").json == done
    rest = pump.post("/benefits/quotes", wish(member, "160")).json
    assert (rest["quantity"], rest["worth"]["amount"]) == ("112.2", "6.73")
