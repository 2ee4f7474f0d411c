"""The owners' rows on invitations: #13 and #14 (三三晉), #54 to #57, and what is refused."""

import pytest

from harbour import Harbour, Person
from stoa.errors import InvalidRuleError
from stoa.services import programmes
from stoa.values.rulefiles import RuleFile
from stoa.work import Actor


def who_purchase(ada: Person, friends: int) -> list[Person]:
    """Let somebody invite friends who each buy once."""
    invited = [ada.invites(f"friend {number}") for number in range(friends)]
    for friend in invited:
        friend.buys("60.00")
    return invited


def test_13_three_invited_members_who_purchase_make_silver(harbour: Harbour) -> None:
    two, three = harbour.member("Ada"), harbour.member("Ben")
    who_purchase(two, 2)
    who_purchase(three, 3)
    assert (two.tier, three.tier) == ("basic", "silver")


def test_13_who_only_registered_does_not_count(harbour: Harbour) -> None:
    ada = harbour.member()
    who_purchase(ada, 2)
    ada.invites("Eve")
    harbour.work()
    assert ada.tier == "basic"


def test_13_a_purchase_that_comes_back_un_counts(harbour: Harbour) -> None:
    ada = harbour.member()
    who_purchase(ada, 2)
    third = ada.invites("Eve")
    bought = third.buys("60.00")
    assert ada.tier == "silver"
    third.gives_back(bought)
    assert ada.tier == "basic"


def test_14_three_invited_members_who_become_silver_make_gold(harbour: Harbour) -> None:
    ada = harbour.member()
    friends = [ada.invites(f"friend {number}") for number in range(3)]
    stood = []
    for friend in friends:
        for shop in ("grocery", "cinema", "books"):
            friend.buys("60.00", shop=shop)
        assert friend.tier == "silver"
        stood.append(ada.tier)
    assert stood == ["basic", "basic", "gold"]


def test_14_only_direct_invitees_count(harbour: Harbour) -> None:
    ada = harbour.member()
    friend = ada.invites("Ben")
    friend.buys("60.00")
    for number in range(3):
        of_a_friend = friend.invites(f"of a friend {number}")
        for shop in ("grocery", "cinema", "books"):
            of_a_friend.buys("60.00", shop=shop)
    assert (friend.tier, ada.tier) == ("gold", "basic")


def test_14_nobody_invites_oneself(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.comes_by(ada.code)
    assert ada.was_refused == "self"


def test_14_nobody_is_invited_in_a_circle(harbour: Harbour) -> None:
    ada = harbour.member()
    eve = ada.invites("Ben").invites("Eve")
    ada.comes_by(eve.code)
    assert ada.was_refused == "ring"


def test_55_the_reward_comes_when_the_first_purchase_has_stood(harbour: Harbour) -> None:
    ada = harbour.member()
    ben = ada.invites("Ben")
    ben.buys("60.00")
    harbour.later(days=6).work()
    assert ada.points == 0
    harbour.later(days=1).work()
    assert ada.points == 100
    harbour.later(days=1).work()
    assert ada.points == 100


def test_57_a_purchase_below_the_least_brings_nothing(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.invites("Ben").buys("49.99")
    harbour.later(days=8).work()
    assert ada.points == 0


@pytest.mark.parametrize(
    "reward",
    [{"inviter_points": 100, "cash": 100}, {"inviter_points": 100, "percent_of_spend": 5},
     {"inviter_points": 100, "levels": 3}],
)  # fmt: skip
def test_guard_5_no_money_no_share_and_no_depth_can_be_configured(
    harbour: Harbour, reward: dict[str, int]
) -> None:
    document = {"name": {"en": "Pyramid"}, "reward": reward, "budget_points": 1000}
    with pytest.raises(InvalidRuleError) as refused, harbour.desk.work(Actor("cli")) as work:
        programmes.save(work, RuleFile("referral", "pyramid", document))
    assert "forbids" in str(refused.value.members["errors"])
