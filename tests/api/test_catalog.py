"""The catalogue at its door."""

import pytest

from shelves import put
from stoa.services import earning, identity, partners
from stoa.work import Actor
from tills import Till, refused
from world import Coalition, a_key


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
        "kind": "gift",
        "title": "A mug",
        "about": "",
        "points": 500,
        "money": {"amount": "0.00", "currency": "CNY"},
        "worth": {"amount": "25.00", "currency": "CNY"},
        "max_quantity": 3,
        "opens_at": None,
        "closes_at": None,
        "tiers": [],
        "partners": ["grocery"],
        "stores": None,
        "limits": {"per_member": None, "per_member_day": None, "per_day": None},
        "picture_url": None,
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


NAME = {"en": "Umbrella", "zh-Hans": "雨伞", "zh-Hant": "雨傘"}


def test_one_reward_is_read_by_its_id(grocery: Till, coalition: Coalition) -> None:
    put(
        coalition.desk, "umbrella", name=NAME, about={"en": "Dry"}, until="2026-05-31",
        money_minor=500, per_member=1, tiers=["gold"], at={"stores": ["cinema/main"]},
    )  # fmt: skip
    answer = grocery.get("/rewards/stoa:umbrella").json
    assert (answer["partner"], answer["title"], answer["about"]) == ("stoa", "Umbrella", "Dry")
    assert answer["money"] == {"amount": "5.00", "currency": "CNY"}
    assert answer["closes_at"] == "2026-05-31T16:00:00+00:00"
    assert (answer["tiers"], answer["partners"], answer["stores"]) == (
        ["gold"], None, ["cinema/main"],
    )  # fmt: skip
    assert answer["limits"]["per_member"] == 1


@pytest.mark.parametrize("reward", ["grocery:nothing", "nobody:mug", "mug", "%00"])
def test_an_unknown_reward_is_refused_alike(grocery: Till, reward: str) -> None:
    problem = refused(grocery.get(f"/rewards/{reward}"), 404, "REWARD_UNKNOWN")
    assert problem["detail"] == "No such reward"


@pytest.mark.parametrize(
    ("asked", "header", "title"),
    [
        ({}, "", "Umbrella"),
        ({}, "zh-CN,zh;q=0.9,en;q=0.8", "雨伞"),
        ({}, "zh-HK", "雨傘"),
        ({}, "fr", "Umbrella"),
        ({"language": "zh-Hant"}, "en", "雨傘"),
    ],
)
def test_rewards_are_told_in_the_language_asked_for(
    grocery: Till, coalition: Coalition, asked: dict[str, str], header: str, title: str
) -> None:
    put(coalition.desk, "umbrella", name=NAME)
    answer = grocery.get("/rewards/stoa:umbrella", accepts=header, **asked).json
    assert answer["title"] == title


def test_pages_follow_each_other(grocery: Till) -> None:
    first = grocery.get("/rewards", limit="3").json
    rest = grocery.get("/rewards", limit="3", cursor=first["next_cursor"]).json
    assert [len(each["rewards"]) for each in (first, rest)] == [3, 1]
    assert rest["next_cursor"] is None
    refused(grocery.get("/rewards", cursor="nonsense"), 422, "INVALID_BODY")
    refused(grocery.get("/rewards", ends_soon="yes"), 422, "INVALID_BODY")


def test_filters_are_asked_for_by_the_query(grocery: Till, coalition: Coalition) -> None:
    put(coalition.desk, "umbrella", name=NAME, points=700, until="2026-05-03")
    found = {
        name: [
            each["reward_id"]
            for each in grocery.get("/rewards", **{name: value}).json["rewards"]
        ]
        for name, value in {
            "q": "雨傘", "partner": "stoa", "max_points": "500", "ends_soon": "true",
        }.items()
    }  # fmt: skip
    assert found == {
        "q": ["stoa:umbrella"], "partner": ["stoa:umbrella"], "ends_soon": ["stoa:umbrella"],
        "max_points": ["cinema:mug", "grocery:mug"],
    }  # fmt: skip


def test_a_member_sees_what_can_be_afforded_first(grocery: Till, coalition: Coalition) -> None:
    put(coalition.desk, "lounge", points=100, tiers=["gold"])
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "600.00"), key=a_key())
        ref = identity.member_ref(partners.terms(work, coalition.grocery).ref_key, ada.id)
    answer = grocery.get(f"/members/{ref}/rewards").json
    assert answer["available"] == 600
    assert [
        (each["reward_id"], each["short_by_points"], each["against"])
        for each in answer["rewards"][:4]
    ] == [
        ("stoa:lounge", 0, ["tier"]), ("cinema:mug", 0, []), ("grocery:mug", 0, []),
        ("cinema:ticket", 1400, ["points"]),
    ]  # fmt: skip
    affordable = grocery.get(f"/members/{ref}/rewards", affordable="true", kind="gift").json
    assert len(affordable["rewards"]) == 3
    refused(grocery.get("/members/mbr_nobody/rewards"), 404, "MEMBER_UNKNOWN")
