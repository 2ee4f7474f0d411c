"""The door of funding, and what a till is told when points are not funded."""

from funds import fund, pack
from stoa.work import Desk
from tills import Till, app, cinema, grocery
from world import Coalition

__all__ = ["app", "cinema", "grocery"]


def test_a_partner_reads_its_own_funding_alone(
    grocery: Till, cinema: Till, desk: Desk, coalition: Coalition
) -> None:
    fund(desk, coalition.grocery, "prepaid", alert_points=3_000)
    pack(desk, coalition.grocery, 15_000)
    grocery.earn(grocery.enrol(), "10000.00")
    told = grocery.get("/funding").json
    packs = told.pop("packs")
    assert told == {
        "funding": "prepaid", "overflow": "refuse", "points_currency": "STAR",
        "money_currency": "CNY", "left_points": 5_000, "reserve_points": 0, "alert_points": 3_000,
        "credit_limit": None, "exposure": None, "left_amount": None, "alert_amount": None,
        "carried_points": 0, "used_points": 0, "lasts_days": None, "low_since": None,
        "exhausted_since": None,
    }  # fmt: skip
    assert [(each["price"], each["used"], each["left"]) for each in packs] == [
        ("0.011", 10_000, 5_000)
    ]
    other = cinema.get("/funding").json
    assert (other["funding"], other["left_points"], other["packs"]) == ("open", 0, [])


def test_a_credit_is_told_to_four_decimals(grocery: Till, desk: Desk, coalition: Coalition) -> None:
    fund(desk, coalition.grocery, "credit", credit_limit="200.00")
    grocery.earn(grocery.enrol(), "16250.00")
    told = grocery.get("/funding").json
    assert (told["exposure"], told["credit_limit"], told["left_amount"]) == (
        "195.0000", "200.0000", "5.0000",
    )  # fmt: skip


def test_a_purchase_that_is_not_funded_is_a_402_with_the_callers_own_figures(
    grocery: Till, desk: Desk, coalition: Coalition
) -> None:
    fund(desk, coalition.grocery, "prepaid")
    pack(desk, coalition.grocery, 5_000)
    ada = grocery.enrol()
    sale = grocery.a_purchase(ada, "6000.00")
    refused = grocery.post("/purchases", sale, key="one")
    assert refused.status_code == 402
    assert refused.json["code"] == "PARTNER_FUNDING_EXHAUSTED"
    assert refused.json["retryable"] is True
    assert (refused.json["wanted_points"], refused.json["left_points"]) == (6_000, 5_000)
    pack(desk, coalition.grocery, 1_000)
    assert grocery.post("/purchases", sale, key="one").status_code == 201
    assert grocery.get("/funding").json["left_points"] == 0
