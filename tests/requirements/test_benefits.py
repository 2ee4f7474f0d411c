"""The owners' rows on what comes with standing (#38 to #48, #67): who has it and how often.

Every benefit is the shipped document, asked for at a partner of the harbour.
"""

import pytest

from harbour import Harbour, Person
from stoa.errors import ClaimRefusedError
from stoa.services import benefits, naming
from stoa.services.benefits import Wish

TIERS = ("basic", "silver", "gold")


@pytest.mark.parametrize(
    ("code", "basic", "silver", "gold"),
    [
        ("own-bay", 0, 0, 1),  # 39
        ("own-line", 0, 0, 5),  # 40, 42, 43, 67
        ("priority-purchase", 0, 0, 2),  # 40, 41, 44, 67
        ("free-delivery", 0, 1, 4),  # 41, 43
        ("free-return", 0, 0, 3),  # 42
        ("first-trial", 0, 0, 1),  # 43
        ("invitation", 0, 1, 1),  # 44, 48
        ("lounge", 0, 0, 2),  # 46
        ("adviser", 0, 0, 1),  # 46, 47
    ],
)
def test_39_to_48_each_tier_has_its_own(
    harbour: Harbour, code: str, basic: int, silver: int, gold: int
) -> None:
    for tier, many in zip(TIERS, (basic, silver, gold), strict=True):
        ada = harbour.member()
        ada.put_into(tier)
        assert available(harbour, ada, code) == many, tier


def test_38_who_came_by_bus_and_shopped_rides_home_for_less(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.buys("99.99")
    assert available(harbour, ada, "ride-home") == 0
    ada.buys("0.01")
    assert available(harbour, ada, "ride-home") > 0


@pytest.mark.parametrize(("day", "many"), [("2026-04-30", 0), ("2026-05-01", 1), ("2026-06-01", 0)])
def test_44_45_a_gift_in_the_month_of_the_birthday(harbour: Harbour, day: str, many: int) -> None:
    harbour.on("2026-05-02")
    ada = harbour.member(born_on=harbour.clock.now.date().replace(year=1990, day=20))
    harbour.on(day)
    assert available(harbour, ada, "birthday-gift") == many


def test_44_45_the_cake_or_the_gift_never_both(harbour: Harbour) -> None:
    ada = harbour.member(born_on=harbour.clock.now.date().replace(year=1990, day=20))
    takes(harbour, ada, "birthday-gift")
    assert available(harbour, ada, "birthday-cake") == 0
    with pytest.raises(ClaimRefusedError):
        takes(harbour, ada, "birthday-cake")


def test_48_a_freebie_for_a_days_shopping_of_two_hundred(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.buys("199.99")
    with pytest.raises(ClaimRefusedError):
        takes(harbour, ada, "freebie")
    ada.buys("200.00")
    takes(harbour, ada, "freebie")


def test_67_rules_that_name_tiers_leave_the_tiers_their_names(harbour: Harbour) -> None:
    with harbour.desk.work(harbour.at("grocery")) as work:
        listed = work.rows("SELECT kind FROM rule_versions WHERE document ? 'tiers'")
        told = naming.speech(work, "zh-Hans")
    assert {kind for (kind,) in listed} > {"ladder"}
    assert told.name("tier", "gold") != "gold"


def available(harbour: Harbour, who: Person, code: str) -> int:
    """Return how many whole units of a benefit a member may have now, wherever it is given."""
    with harbour.desk.work(harbour.at("grocery")) as work:
        found = [each.benefit for each in benefits.everywhere(work, who.id)]
    return max((each.available_milli // 1000 for each in found if each.code == code), default=0)


def takes(harbour: Harbour, who: Person, code: str) -> None:
    """Use one of a benefit where it is given."""
    with harbour.desk.work(harbour.at("grocery")) as work:
        places = work.rows(
            "SELECT document -> 'at' -> 'partners' FROM rule_versions WHERE code = %s", (code,)
        )
    shop = "grocery" if places[-1][0] in (None, "all") else places[-1][0][0]
    with harbour.desk.work(harbour.at(shop)) as work:
        benefits.claim(work, Wish(who.token, "main", code, quantity_milli=1000))
