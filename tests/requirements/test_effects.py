"""The owners' rows on what tiers bring, how they are reached, shown, and bought a chance of."""

from typing import Any

import pytest

from harbour import Harbour, Person
from stoa.errors import ChanceLimitError, InsufficientPointsError
from stoa.services import challenges, promotions, tiers
from stoa.values.ladders import Ladder, read_ladder
from stoa.work import Actor
from tills import Till, app, grocery

__all__ = ["app", "grocery"]


def test_07_each_tier_brings_no_less_than_the_one_below(harbour: Harbour) -> None:
    assert tiers.lint(harbour.ladder("main")) == tiers.lint(harbour.ladder("vip")) == ()
    document = harbour.document("ladder", "main")
    document["tiers"][2] |= {
        "uplift_percent": 19, "discount_basis_points": 199, "inherits": False,
    }  # fmt: skip
    assert [each.text for each in tiers.lint(read_ladder(document))] == [
        "gold has less uplift than silver.",
        "gold has less discount than silver.",
        "gold lacks the benefit member_day_offer that silver has.",
        "gold lacks the benefit holiday_promotion that silver has.",
    ]


@pytest.mark.parametrize(
    ("tier", "discount", "total"),
    [("gold", "44.00", "836.00"), ("silver", "17.60", "862.40"), ("basic", "0.00", "880.00")],
)
def test_08_gold_pays_95_silver_98_basic_100_percent(
    harbour: Harbour, grocery: Till, tier: str, discount: str, total: str
) -> None:
    ada = harbour.member()
    ada.put_into(tier)
    quoted = grocery.post("/estimates", grocery.a_purchase({"card": ada.token.value}, "880.00"))
    assert quoted.json["discount"]["amount"] == discount
    assert quoted.json["discount"]["total"] == total


def test_11_100_points_buy_a_chance_and_a_chance_is_no_tier(harbour: Harbour) -> None:
    poor, ada = harbour.member(), harbour.member()
    poor.buys("20.00")  # and some bonus points: fewer than 100
    with pytest.raises(InsufficientPointsError):
        step_up(poor)
    ada.buys("200.00")
    before = ada.points
    step_up(ada)
    assert ada.points == before - 100
    assert ada.tier_in("vip") == "basic"


def test_11_a_chance_opens_vip_at_half_of_its_spend_and_is_used_up(harbour: Harbour) -> None:
    just_under, just_there, without = (harbour.member() for _ in range(3))
    for who in (just_under, just_there):
        who.buys("200.00")
        step_up(who)
    just_under.buys("9799.99")
    just_there.buys("9800.00")
    without.buys("10000.00")
    stood = [who.tier_in("vip") for who in (just_under, just_there, without)]
    assert stood == ["basic", "vip", "basic"]
    assert [chances_of(who) for who in (just_under, just_there)] == [1, 0]


def test_11_three_chances_a_year_are_the_most(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.buys("790.00")
    for _ in range(3):
        step_up(ada)
    with pytest.raises(ChanceLimitError):
        step_up(ada)
    harbour.on("2027-01-01")
    step_up(ada)


def test_12_the_years_shopping_is_done_once_a_year_and_makes_eligible(harbour: Harbour) -> None:
    ada, ben = harbour.member(), harbour.member()
    for number in range(23):
        harbour.on(f"2026-{5 + number // 4:02}-{2 + number % 4 * 7:02}")
        ada.buys("210.00")
    assert (ada.points_of("challenge:annual-shopping"), ada.tier) == (0, "silver")
    assert progress_of(ada, "annual-shopping") == [(23, 24), (483000, 500000)]
    harbour.on("2026-11-28")
    ada.buys("210.00")
    assert ada.points_of("challenge:annual-shopping") == 300
    assert ada.tier == "gold"  # with 5,040 of the 10,000 points that gold asks for otherwise
    for month in range(5, 12):  # who has the points without the challenge is not
        harbour.on(f"2026-{month:02}-20")
        ben.buys("720.00")
    assert ben.tier == "basic"
    harbour.on("2026-12-29")
    ada.buys("210.00")
    assert ada.points_of("challenge:annual-shopping") == 300


def test_68_members_rise_by_themselves_and_the_path_is_kept(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.buys("812.00")
    with harbour.desk.work(Actor("test")) as work:
        view = tiers.view(work, ada.id)[0]
    assert view.footing is not None
    assert (view.tier.code, view.footing.origin) == ("gold", "earned")
    assert "812.00" in view.says["en"]
    assert "800.00" in view.says["en"]
    assert "812" in view.says["zh-Hans"]


@pytest.mark.parametrize("row", [69, 70])
def test_69_and_70_what_is_missing_for_the_next_tier_is_shown(harbour: Harbour, row: int) -> None:
    ada = harbour.member()
    ada.buys("300.00")
    with harbour.desk.work(Actor("test")) as work:
        silver, gold = tiers.view(work, ada.id)[0].next
    assert "2" in silver.says["en"]  # visits
    assert "500.00" in gold.says["en"]
    assert all({"en", "zh-Hans", "zh-Hant"} == set(each.says) for each in (silver, gold)), row


def test_72_73_tiers_are_reached_by_spend_and_by_activity(harbour: Harbour) -> None:
    ladder: Ladder = harbour.ladder("main")
    asked = {ask.fact.name for ask in ladder.asks}
    assert {"spend", "visits", "qualifying_points", "challenges_done"} <= asked


def test_74_75_tiers_are_reached_by_spend_frequency_or_invitations(harbour: Harbour) -> None:
    asked = {ask.fact.name for ask in harbour.ladder("main").asks}
    assert {"spend", "visits", "purchasing_referrals", "invitees_in_tier"} <= asked


def step_up(who: Person) -> None:
    """Buy a chance to step up."""
    with who.harbour.desk.work(who.harbour.at("grocery")) as work:
        promotions.buy(work, who.id, "step-up")
    who.harbour.work()


def chances_of(who: Person) -> int:
    """Return how many chances somebody has left."""
    with who.harbour.desk.work(Actor("test")) as work:
        rows = work.rows(
            "SELECT count(*) FROM chances WHERE member_id = %s AND state = 'open'", (who.id,)
        )
        return int(rows[0][0])


def progress_of(who: Person, code: str) -> list[tuple[Any, Any]]:
    """Return how far somebody is with a challenge: what was found and wanted of each part."""
    with who.harbour.desk.work(Actor("test")) as work:
        standing = next(each for each in challenges.of(work, who.id) if each.held.code == code)
        return [(step.found, step.target) for step in standing.steps]
