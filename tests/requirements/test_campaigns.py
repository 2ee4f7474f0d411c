"""The owners' rows on campaigns, each on the shipped programme, with the values it turns at."""

from datetime import date

import pytest

from harbour import Harbour, Person, points_for
from stoa.values.amounts import share

QUIET = "2026-05-12"
"""A Tuesday without any feast."""


def bonus(who: Person, total: str, code: str, *, shop: str = "grocery") -> int:
    """Return what a campaign gives somebody for a purchase now."""
    return points_for(who.buys(total, shop=shop), f"campaign:{code}")


def test_09_gold_doubles_silver_adds_20_and_basic_10_percent(harbour: Harbour) -> None:
    ada, ben, eve = (harbour.member() for _ in range(3))
    harbour.on(QUIET)
    ada.put_into("gold")
    ben.put_into("silver")
    for who, total, points in (
        (ada, "880.00", 1760), (ben, "880.00", 1056), (eve, "880.00", 968),
    ):  # fmt: skip
        earned = who.buys(total)
        assert points_for(earned, "base") == 880
        assert points_for(earned, "base") + points_for(earned, "tier_uplift") == points


def test_09_on_the_discounted_price_too(harbour: Harbour) -> None:
    ada, ben = harbour.member(), harbour.member()
    harbour.on(QUIET)
    ada.put_into("gold")
    ben.put_into("silver")
    for who, total, points in ((ada, "836.00", 1672), (ben, "862.40", 1034)):
        earned = who.buys(total)
        assert points_for(earned, "base") + points_for(earned, "tier_uplift") == points


def test_10_basic_gets_the_holidays_silver_the_member_day_gold_the_birthday(
    harbour: Harbour,
) -> None:
    ada, ben, eve = (harbour.member(born_on=date(1990, 5, 17)) for _ in range(3))
    harbour.on(QUIET)
    ada.put_into("gold")
    ben.put_into("silver")
    assert [bonus(who, "10.00", "birthday-month") for who in (ada, ben, eve)] == [200, 0, 0]
    harbour.on("2026-06-18")
    assert [bonus(who, "10.00", "member-day") for who in (ada, ben, eve)] == [50, 50, 0]
    harbour.on("2026-09-25")  # Mid-Autumn
    assert [bonus(who, "100.00", "holidays") for who in (ada, ben, eve)] == [50, 50, 50]


def test_10_what_a_tier_inherits_is_said_explicitly(harbour: Harbour) -> None:
    ladder = harbour.ladder("main")
    assert [perk.code for perk in ladder.perks("basic")] == ["holiday_promotion"]
    assert [perk.code for perk in ladder.perks("silver")] == [
        "member_day_offer", "holiday_promotion",
    ]  # fmt: skip
    assert [perk.code for perk in ladder.perks("gold")] == [
        "birthday_gift", "member_day_offer", "holiday_promotion",
    ]  # fmt: skip


def test_49_a_birthday_is_honoured_once_in_its_month(harbour: Harbour) -> None:
    ada = harbour.member(born_on=date(1990, 5, 31))
    harbour.on("2026-05-12")
    ada.put_into("gold")
    assert bonus(ada, "10.00", "birthday-month") == 200
    assert bonus(ada, "10.00", "birthday-month") == 0
    harbour.on("2026-06-01")
    assert bonus(ada, "10.00", "birthday-month") == 0
    harbour.on("2027-05-01")
    ada.put_into("gold")
    assert bonus(ada, "10.00", "birthday-month") == 200


def test_50_the_member_day_is_the_18th_and_only_it(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.put_into("silver")
    given = []
    for day, at in (("17", "23:59"), ("18", "00:01"), ("18", "23:59"), ("19", "00:01")):
        harbour.on(f"2026-06-{day}", at)
        given.append(bonus(ada, "10.00", "member-day"))
    assert given == [0, 50, 0, 0]  # once a day


@pytest.mark.parametrize(
    ("total", "points"),
    [("299.99", 0), ("300.00", 30), ("499.99", 30), ("500.00", 60), ("999.99", 60),
     ("1000.00", 150), ("5000.00", 150)],
)  # fmt: skip
def test_51_reaching_a_spend_gives_points(harbour: Harbour, total: str, points: int) -> None:
    ada = harbour.member()
    harbour.on(QUIET)
    assert bonus(ada, total, "spend-and-save") == points


def test_59_points_are_doubled_on_the_8th(harbour: Harbour) -> None:
    ada = harbour.member()
    given = []
    for day in ("2026-06-07", "2026-06-08", "2026-06-09"):
        harbour.on(day)
        given.append(bonus(ada, "100.00", "double-points"))
    assert given == [0, 100, 0]


def test_76_quiet_hours_of_working_days_give_half_as_much_again(harbour: Harbour) -> None:
    ada = harbour.member()
    given = []
    for at in ("13:59", "14:00", "15:59", "16:00"):
        harbour.on(QUIET, at)
        given.append(bonus(ada, "100.00", "quiet-hours", shop="bakery"))
    harbour.on("2026-05-16", "14:30")  # a Saturday
    given.append(bonus(ada, "100.00", "quiet-hours", shop="bakery"))
    harbour.on("2026-05-13", "14:30")
    given.append(bonus(ada, "100.00", "quiet-hours", shop="grocery"))
    assert given == [0, 50, 50, 0, 0, 0]


def test_77_weekends_give_more_up_to_the_weeks_cap(harbour: Harbour) -> None:
    ada = harbour.member()
    harbour.on("2026-05-15", "23:59")  # a Friday
    assert bonus(ada, "250.00", "weekend") == 0
    harbour.on("2026-05-16", "00:01")
    assert bonus(ada, "99.99", "weekend") == 0
    assert bonus(ada, "250.00", "weekend") == 20
    harbour.on("2026-05-17", "23:59")
    assert bonus(ada, "990.00", "weekend") == 80  # 100 a week
    harbour.on("2026-05-18", "00:01")
    assert bonus(ada, "250.00", "weekend") == 0


@pytest.mark.parametrize(
    ("day", "points"),
    [
        ("2027-02-04", 0), ("2027-02-05", 50), ("2027-02-06", 50), ("2027-02-20", 50),
        ("2027-02-21", 0),  # the eve of Spring Festival to Lantern
        ("2026-09-30", 0), ("2026-10-01", 50), ("2026-10-07", 50), ("2026-10-08", 0),
        ("2026-06-19", 50), ("2026-09-25", 50), ("2026-12-25", 50),
    ],
)  # fmt: skip
def test_79_feasts_of_the_lunar_calendar_and_of_the_sun_give_more(
    harbour: Harbour, day: str, points: int
) -> None:
    ada = harbour.member()
    harbour.on(day)
    assert bonus(ada, "100.00", "holidays") == points


def test_three_different_shops_in_30_days_give_a_bonus_once_a_month(harbour: Harbour) -> None:
    ada = harbour.member()
    given = []
    for day, shop in (
        ("2026-05-12", "grocery"), ("2026-05-20", "cinema"),
        ("2026-06-11", "bakery"),  # the grocery has fallen out: 31 days
        ("2026-06-12", "books"), ("2026-06-13", "pharmacy"),
    ):  # fmt: skip
        harbour.on(day)
        given.append(bonus(ada, "10.00", "three-shops", shop=shop))
    assert given == [0, 0, 0, 100, 0]


def test_a_triple_bonus_is_shared_by_the_operator_and_who_sells(harbour: Harbour) -> None:
    ada = harbour.member()
    harbour.on("2026-11-11")
    earned = ada.buys("200.50")  # 200 points, and 400 more
    payers = [line.payer for line in earned.lines if line.reason == "campaign:shopping-days"]
    points = [line.points for line in earned.lines if line.reason == "campaign:shopping-days"]
    assert sorted(points, reverse=True) == list(share(400, [50, 50]))
    assert len(set(payers)) == 2


def test_of_three_multipliers_only_the_highest_counts(harbour: Harbour) -> None:
    ada = harbour.member()
    harbour.on("2028-10-08", "14:30")  # the 8th, in the quiet hours
    earned = ada.buys("100.00", shop="bakery")
    assert points_for(earned, "campaign:double-points") == 100
    assert points_for(earned, "campaign:quiet-hours") == 0


def test_a_campaign_never_pays_more_than_its_budget(harbour: Harbour) -> None:
    harbour.on(QUIET)
    harbour.changes("campaign", "spend-and-save", budget_points=100)
    given = [bonus(harbour.member(), "500.00", "spend-and-save") for _ in range(3)]
    assert given == [60, 40, 0]
