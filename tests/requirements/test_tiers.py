"""The owners' rows #1 to #6 and #15, #16, with their boundary values, on the shipped programme."""

from typing import Any

from harbour import Harbour
from stoa.demo.rules import read_programme


def test_01_same_day_800_or_30_days_2000_makes_gold(harbour: Harbour) -> None:
    just_under, just_there = harbour.member(), harbour.member()
    just_under.buys("799.99")
    just_there.buys("800.00")
    assert (just_under.tier, just_there.tier) == ("basic", "gold")

    in_thirty_days, one_cent_short = harbour.member(), harbour.member()
    for day in ("2026-05-20", "2026-06-02"):
        harbour.on(day)
        in_thirty_days.buys("700.00")
        one_cent_short.buys("700.00")
    harbour.on("2026-06-18")  # the thirtieth day
    in_thirty_days.buys("600.00")
    one_cent_short.buys("599.99")
    assert (in_thirty_days.tier, one_cent_short.tier) == ("gold", "basic")


def test_01_two_stores_on_one_local_day_count_together(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.buys("300.00", shop="grocery")
    assert ada.tier == "basic"
    harbour.later(hours=8)
    ada.buys("500.00", shop="cinema")
    assert ada.tier == "gold"


def test_01_a_minute_before_and_a_minute_after_midnight_are_two_days(harbour: Harbour) -> None:
    ada = harbour.member()
    harbour.on("2026-05-10", "23:59")
    ada.buys("400.00")
    harbour.on("2026-05-11", "00:01")
    ada.buys("400.00")
    assert ada.tier == "basic"


def test_01_a_purchase_on_day_31_falls_out(harbour: Harbour) -> None:
    within, beyond = harbour.member(), harbour.member()
    harbour.on("2026-05-20")
    beyond.buys("700.00")
    harbour.on("2026-05-21")
    within.buys("700.00")
    harbour.on("2026-06-05")
    within.buys("700.00")
    beyond.buys("700.00")
    harbour.on("2026-06-19")
    within.buys("600.00")
    beyond.buys("600.00")
    assert (within.tier, beyond.tier) == ("gold", "basic")


def test_01_what_comes_back_is_looked_at_again(harbour: Harbour) -> None:
    ada = harbour.member()
    bought = ada.buys("800.00")
    assert ada.tier == "gold"
    harbour.later(days=2)
    ada.gives_back(bought)
    assert ada.tier == "basic"


def test_01_a_purchase_that_comes_late_counts_on_its_own_day(harbour: Harbour) -> None:
    ada = harbour.member()
    harbour.on("2026-05-10")
    morning = harbour.clock()
    harbour.later(hours=2)
    ada.buys("500.00")
    harbour.later(days=3)
    ada.buys("300.00", occurred_at=morning)
    assert ada.tier == "gold"


def test_02_three_visits_in_a_month_make_silver(harbour: Harbour) -> None:
    twice, thrice = harbour.member(), harbour.member()
    for day in ("2026-05-04", "2026-05-05"):
        harbour.on(day)
        twice.buys("10.00")
        thrice.buys("10.00")
    assert (twice.tier, thrice.tier) == ("basic", "basic")
    harbour.on("2026-05-31", "23:59")
    thrice.buys("10.00")
    harbour.on("2026-06-01", "00:01")  # 16:01 of the day before in UTC
    twice.buys("10.00")
    assert (twice.tier, thrice.tier) == ("basic", "silver")


def test_02_split_receipts_of_one_store_are_one_visit(harbour: Harbour) -> None:
    splitter, wanderer = harbour.member(), harbour.member()
    for _ in range(3):
        splitter.buys("10.00")
        harbour.later(minutes=5)
    for shop in ("grocery", "cinema", "bakery"):
        wanderer.buys("10.00", shop=shop)
        harbour.later(minutes=5)
    assert (splitter.tier, wanderer.tier) == ("basic", "silver")


def test_03_the_more_often_the_higher(harbour: Harbour) -> None:
    ada = harbour.member()
    stood = []
    for day in range(1, 11):
        harbour.on(f"2026-05-{day:02}")
        ada.buys("10.00")
        stood.append(ada.tier)
    assert stood == ["basic"] * 2 + ["silver"] * 7 + ["gold"]


def test_04_10000_earned_points_make_gold(harbour: Harbour) -> None:
    just_under, just_there = harbour.member(), harbour.member()
    just_under.buys("99.99", shop="coffee")
    just_there.buys("100.00", shop="coffee")
    assert (just_under.tier, just_there.tier) == ("basic", "gold")


def test_04_points_that_are_spent_count_still(harbour: Harbour) -> None:
    ada = harbour.member()
    ada.buys("60.00", shop="coffee")
    ada.redeems(5000)
    harbour.later(days=40)
    ada.buys("40.00", shop="coffee")
    assert ada.tier == "gold"


def test_05_100000_ever_make_vip(harbour: Harbour) -> None:
    just_under, just_there = harbour.member(), harbour.member()
    for year in range(2026, 2031):  # below what one year alone asks for
        harbour.on(f"{year}-06-01")
        just_under.buys("19999.00")
        just_there.buys("19999.00")
    harbour.on("2031-06-01")
    just_under.buys("4.99")
    assert just_there.tier_in("vip") == "basic"
    just_there.buys("5.00")
    assert (just_under.tier_in("vip"), just_there.tier_in("vip")) == ("basic", "vip")
    assert just_under.buys("0.01").lines == ()  # it earns nothing, and counts all the same
    assert just_under.tier_in("vip") == "vip"


def test_06_20000_in_a_calendar_year_make_vip(harbour: Harbour) -> None:
    just_under, just_there, over_two_years = (harbour.member() for _ in range(3))
    harbour.on("2026-12-31")
    over_two_years.buys("10000.00")
    just_under.buys("10000.00")
    just_there.buys("10000.00")
    just_under.buys("9999.99")
    just_there.buys("10000.00")
    harbour.on("2027-01-01")
    over_two_years.buys("10000.00")
    assert [who.tier_in("vip") for who in (just_under, just_there, over_two_years)] == [
        "basic", "vip", "basic",
    ]  # fmt: skip


def test_06_50000_in_a_membership_year_make_svip(harbour: Harbour) -> None:
    harbour.on("2026-03-15")
    within, beyond = harbour.member(), harbour.member()
    harbour.on("2026-12-31")
    within.buys("25000.00")
    beyond.buys("25000.00")
    harbour.on("2027-03-14")  # the last day of the first membership year
    within.buys("25000.00")
    harbour.on("2027-03-15")
    beyond.buys("25000.00")
    assert (within.tier_in("vip"), beyond.tier_in("vip")) == ("svip", "vip")


def test_15_basic_vip_and_svip_are_a_ladder_of_data(harbour: Harbour) -> None:
    document = _ladder("vip")
    assert [tier["name"]["zh-Hans"] for tier in document["tiers"]] == [
        "普通会员", "VIP会员", "SVIP超级VIP会员",
    ]  # fmt: skip
    ada = harbour.member()
    ada.buys("50000.00")
    assert (ada.tier, ada.tier_in("vip")) == ("gold", "svip")


def test_16_basic_silver_and_gold_are_the_main_ladder(harbour: Harbour) -> None:
    document = _ladder("main")
    assert document["main"]
    assert [tier["name"]["zh-Hans"] for tier in document["tiers"]] == [
        "普通会员", "银卡会员", "金卡会员",
    ]  # fmt: skip
    assert harbour.member().tier == "basic"


def _ladder(code: str) -> dict[str, Any]:
    return next(
        dict(rule.document)
        for rule in read_programme()
        if (rule.kind, rule.code) == ("ladder", code)
    )
