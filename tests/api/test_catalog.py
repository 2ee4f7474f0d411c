"""The catalogue at its door."""

from stoa.services import partners
from stoa.work import Actor
from tills import Till, refused
from world import Coalition


def test_rewards_of_all_partners_are_one_list(grocery: Till) -> None:
    rewards = grocery.get("/rewards").json["rewards"]
    assert [reward["reward_id"] for reward in rewards] == [
        "cinema:mug",
        "grocery:mug",
        "cinema:ticket",
        "grocery:ticket",
    ]
    assert rewards[1] == {
        "reward_id": "grocery:mug",
        "partner": "grocery",
        "partner_name": "Harbour Grocery",
        "title": "A mug",
        "points": 500,
        "worth": {"amount": "25.00", "currency": "CNY"},
        "max_quantity": 3,
    }


def test_a_store_gives_out_its_own_partners_rewards(grocery: Till) -> None:
    rewards = grocery.get("/rewards", store="main").json["rewards"]
    assert {reward["partner"] for reward in rewards} == {"grocery"}
    refused(grocery.get("/rewards", store="nowhere"), 404, "STORE_UNKNOWN")


def test_a_suspended_partner_offers_nothing(grocery: Till, coalition: Coalition) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        partners.suspend(work, coalition.cinema)
    rewards = grocery.get("/rewards").json["rewards"]
    assert {reward["partner"] for reward in rewards} == {"grocery"}


def test_unknown_parameters_are_refused(grocery: Till) -> None:
    problem = refused(grocery.get("/rewards", partner_id="other"), 422, "INVALID_BODY")
    assert problem["errors"] == {"partner_id": ["Unknown field."]}
