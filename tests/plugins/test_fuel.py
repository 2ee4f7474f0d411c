"""The fuel plugin: points a litre, cents off a litre, a limit for a fill."""

from datetime import UTC, datetime
from typing import Any

import pytest

import stoa_fuel
from stoa.plugins import Plugins
from stoa.testing import a_claim, a_line, a_purchase, a_standing, check_plugin
from stoa.values.facts import (
    Benefit,
    Claim,
    Considered,
    CostShare,
    EarnLine,
    Grant,
    Line,
    Purchase,
    Refusal,
    Standing,
)
from stoa.values.settings import read_settings
from zoo import written

PLUGINS = Plugins({"fuel": stoa_fuel})
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BASIC = a_standing("basic")
GOLD = a_standing("gold", rank=2)
SIX_FOR_GOLD = {"tier_discounts": [{"tier": "gold", "discount": "6"}]}
FULL = SIX_FOR_GOLD | {
    "points_per_litre": "1.5",
    "litres": "exact",
    "rounding": "half_up",
    "fuel_categories": [{"category": "fuel"}],
    "shop_rate": "2",
    "rewards": [{"code": "wash", "title": "A car wash", "points": 900, "worth_minor": 9000}],
}


def knobs(**given: Any) -> dict[str, Any]:
    return read_settings(stoa_fuel.settings(), given)


def earn(purchase: Purchase, **given: Any) -> list[EarnLine]:
    return written(PLUGINS.earn_lines("fuel", purchase, BASIC, knobs(**given)))


def fill(litres_milli: int, **more: Any) -> Line:
    fields: dict[str, Any] = {"net_minor": 300_00} | more
    return a_line(unit="L", quantity_milli=litres_milli, **fields)


def pump(litres_milli: int | None, **more: Any) -> Claim:
    wanted = {"quantity_milli": litres_milli, "unit_price_minor": 800}
    return a_claim("fuel_discount", **(wanted | more))


def claim(asked: Claim, standing: Standing = BASIC, **given: Any) -> Grant | Refusal | None:
    return PLUGINS.claim_benefit("fuel", asked, standing, knobs(**given))


@pytest.mark.parametrize(
    ("litres_milli", "given", "points", "arithmetic"),
    [
        (37_800, {}, 37, "whole litres of 37.8 L: 37 L at 1 point per L"),
        (37_000, {}, 37, "37 L at 1 point per L"),
        (37_800, {"litres": "exact"}, 37, "37.8 L at 1 point per L, rounded down"),
        (
            37_800,
            {"litres": "exact", "rounding": "half_up"},
            38,
            "37.8 L at 1 point per L, rounded to the nearest",
        ),
        (
            37_800,
            {"litres": "exact", "rounding": "up"},
            38,
            "37.8 L at 1 point per L, rounded up",
        ),
        (
            37_800,
            {"points_per_litre": "0.5"},
            18,
            "whole litres of 37.8 L: 37 L at 0.5 points per L, rounded down",
        ),
        (37_800, {"litres": "exact", "points_per_litre": "10"}, 378, "37.8 L at 10 points per L"),
    ],
)
def test_litres_earn_whole_or_exactly(
    litres_milli: int, given: dict[str, Any], points: int, arithmetic: str
) -> None:
    expected = [EarnLine(points, "litres", arithmetic, (1,))]
    assert earn(a_purchase(fill(litres_milli)), **given) == expected


def test_the_litres_of_a_receipt_are_counted_together() -> None:
    two = a_purchase(fill(10_600), a_line(2, unit="l", quantity_milli=10_600))
    assert [(line.points, line.line_nos) for line in earn(two)] == [(21, (1, 2))]


def test_less_than_a_litre_earns_nothing() -> None:
    assert earn(a_purchase(fill(999))) == []


def test_litres_paid_with_points_earn_nothing() -> None:
    half = fill(40_000, net_minor=300_00, earning_minor=150_00)
    assert [line.points for line in earn(a_purchase(half))] == [20]
    assert earn(a_purchase(fill(40_000, earning_minor=0))) == []


def test_the_part_of_a_fill_that_earns_is_rounded_down() -> None:
    third = fill(10_000, net_minor=3_00, earning_minor=1_00)
    assert [line.points for line in earn(a_purchase(third), points_per_litre="1000")] == [3000]
    exact = earn(a_purchase(third), points_per_litre="1000", litres="exact")
    assert [line.points for line in exact] == [3333]


def test_lines_that_earn_nothing_are_not_named() -> None:
    lines = [fill(10_000), a_line(2), a_line(3, earning_minor=0), a_line(4, net_minor=0)]
    lines += [a_line(5, unit="L", earning_minor=0)]
    earned = earn(a_purchase(*lines), shop_rate="1")
    assert [line.line_nos for line in earned] == [(1,), (2,)]


def test_the_shop_earns_at_its_own_rate() -> None:
    purchase = a_purchase(fill(10_000), a_line(2, net_minor=12_50, category="coffee"))
    assert earn(purchase, shop_rate="2") == [
        EarnLine(10, "litres", "10 L at 1 point per L", (1,)),
        EarnLine(25, "shop", "12.50 at 2 points per 1.00", (2,)),
    ]


def test_the_shop_earns_nothing_by_default() -> None:
    assert earn(a_purchase(a_line(category="coffee"))) == []


def test_milk_in_litres_is_no_fuel_where_the_categories_are_named() -> None:
    purchase = a_purchase(
        fill(10_000, category="Diesel"), a_line(2, unit="L", category="milk", net_minor=200)
    )
    earned = earn(purchase, fuel_categories=[{"category": "diesel"}], shop_rate="1")
    assert [(line.reason, line.points) for line in earned] == [("litres", 10), ("shop", 2)]


@pytest.mark.parametrize(
    ("line", "most", "code"),
    [
        (fill(200_000), "200", None),
        (fill(200_001), "200", "fill_too_large"),
        (fill(900_000), "0", None),
        (a_line(unit="ea", quantity_milli=900_000), "200", None),
    ],
)
def test_a_fill_over_the_limit_is_refused(line: Line, most: str, code: str | None) -> None:
    answer = PLUGINS.refuse_purchase("fuel", a_purchase(line), knobs(max_fill=most))
    assert (answer and answer.code) == code


def test_a_refused_fill_names_its_line_and_the_limit() -> None:
    answer = PLUGINS.refuse_purchase("fuel", a_purchase(fill(250_500)), knobs())
    assert answer == Refusal("fill_too_large", "Line 1: 250.5 L is over the limit of 200 L.")


def test_four_cents_off_160_litres_capped_at_150_are_6_00_and_not_6_40() -> None:
    assert claim(pump(160_000)) == Grant(
        quantity_milli=150_000,
        unit="L",
        worth_minor=6_00,
        due_minor=1280_00 - 6_00,
        reason="every member: 150 L at 4 cents off is 6.00 CNY",
        shares=(CostShare("partner", 100),),
        offers=(Considered("every_member", 6_00, chosen=True, quantity_milli=150_000),),
    )


def test_the_highest_of_two_discounts_holds_alone() -> None:
    answer = claim(pump(160_000), GOLD, **SIX_FOR_GOLD)
    assert isinstance(answer, Grant)
    assert answer.worth_minor == 9_00
    assert answer.reason == "gold tier: 150 L at 6 cents off is 9.00 CNY"


def test_a_tiers_lower_discount_takes_nothing_away() -> None:
    answer = claim(pump(100_000), GOLD, tier_discounts=[{"tier": "Gold", "discount": "1"}])
    assert isinstance(answer, Grant)
    assert answer.worth_minor == 4_00


@pytest.mark.parametrize(
    ("litres_milli", "price_minor", "discount", "used_milli", "worth_minor", "due_minor"),
    [
        (37_800, 800, "4", 0, 151, 30_089),  # 1.512 off 302.40
        (37_800, 793, "4.5", 0, 170, 29_805),  # 1.701 off 299.754
        (100_000, 800, "4", 100_000, 200, 79_800),
        (100_000, 30, "40", 0, 3000, 0),  # never more than the price
        (1, 800, "4", 0, 0, 1),
    ],
)
def test_the_discount_is_rounded_down_and_the_price_to_the_nearest(  # noqa: PLR0917 - a table
    litres_milli: int,
    price_minor: int,
    discount: str,
    used_milli: int,
    worth_minor: int,
    due_minor: int,
) -> None:
    asked = pump(litres_milli, unit_price_minor=price_minor, used_milli=used_milli)
    answer = claim(asked, discount=discount)
    assert isinstance(answer, Grant)
    assert (answer.worth_minor, answer.due_minor) == (worth_minor, due_minor)


@pytest.mark.parametrize(
    ("asked", "given", "code"),
    [
        (pump(None), {}, "fill_incomplete"),
        (pump(10_000, unit_price_minor=None), {}, "fill_incomplete"),
        (pump(10_000), {"discount": "0"}, "no_discount"),
        (pump(10_000, used_milli=150_000), {}, "litres_used_up"),
        (pump(10_000, used_milli=999_000), {}, "litres_used_up"),
    ],
)
def test_a_claim_that_gets_nothing_is_refused(
    asked: Claim, given: dict[str, Any], code: str
) -> None:
    answer = claim(asked, **given)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_other_benefits_are_not_of_the_pump() -> None:
    assert claim(a_claim("free_parking", quantity_milli=1)) is None


def test_the_discount_is_listed_with_its_reason() -> None:
    listed = PLUGINS.benefits("fuel", GOLD, knobs(**SIX_FOR_GOLD), NOW)
    reason = "gold tier: 6 cents off each litre, up to 150 L a day"
    assert listed == [Benefit("fuel_discount", "Cheaper fuel", "L", 150_000, reason)]


@pytest.mark.parametrize("given", [{"discount": "0"}, {"daily_litres": "0"}])
def test_a_discount_of_nothing_is_not_listed(given: dict[str, Any]) -> None:
    assert PLUGINS.benefits("fuel", BASIC, knobs(**given), NOW) == []


def test_the_shelf_is_listed() -> None:
    assert [each.code for each in PLUGINS.rewards("fuel", knobs(**FULL), NOW)] == ["wash"]


@pytest.mark.parametrize("given", [{}, FULL])
def test_the_contract_is_kept(given: dict[str, Any]) -> None:
    check_plugin(stoa_fuel, settings=given, purchases=60)


TWO: dict[str, Any] = {
    "discount": "0",
    "offers": [
        {"code": "spring", "title": "spring", "discount": "4"},
        {"code": "bank", "title": "bank card", "discount": "6", "payer": "partner"},
    ],
}


def weighed(answer: Grant | Refusal | None) -> list[tuple[str, int, bool]]:
    assert isinstance(answer, Grant)
    return [(each.code, each.worth_minor, each.chosen) for each in answer.offers]


def test_of_two_funded_offers_the_highest_takes_9_00_off_150_litres() -> None:
    answer = claim(pump(160_000), **TWO)
    assert isinstance(answer, Grant)
    assert (answer.quantity_milli, answer.worth_minor) == (150_000, 9_00)
    assert weighed(answer) == [("spring", 6_00, False), ("bank", 9_00, True)]
    assert answer.shares == (CostShare("partner", 100),)


def test_offers_that_add_up_take_15_00_off_and_each_payer_pays_his_part() -> None:
    answer = claim(pump(160_000), stack="adds", **TWO)
    assert isinstance(answer, Grant)
    assert (answer.worth_minor, answer.due_minor) == (15_00, 1280_00 - 15_00)
    assert weighed(answer) == [("spring", 6_00, True), ("bank", 9_00, True)]
    assert answer.shares == (CostShare("operator", 40), CostShare("partner", 60))
    assert answer.reason == (
        "spring: 150 L at 4 cents off and bank card: 150 L at 6 cents off is 15.00 CNY"
    )


@pytest.mark.parametrize(
    ("litres_milli", "worth_minor"),
    [(149_999, 5_99), (150_000, 6_00), (150_001, 6_00), (160_000, 6_00), (25, 0), (250, 1)],
)
def test_the_cap_of_150_litres_holds_at_its_boundary(litres_milli: int, worth_minor: int) -> None:
    answer = claim(pump(litres_milli))
    assert isinstance(answer, Grant)
    assert answer.worth_minor == worth_minor


@pytest.mark.parametrize(
    ("most", "worth_minor", "chosen"),
    [
        ("0", 9_00, "bank"),
        ("100", 6_00, "spring"),
        ("100.001", 6_00, "bank"),
        ("99", 6_00, "spring"),
    ],
)
def test_an_offer_may_have_a_limit_of_litres_of_its_own(
    most: str, worth_minor: int, chosen: str
) -> None:
    spring, bank = TWO["offers"]
    answer = claim(pump(160_000), discount="0", offers=[spring, bank | {"most_litres": most}])
    assert isinstance(answer, Grant)
    assert answer.worth_minor == worth_minor
    assert [code for code, _, held in weighed(answer) if held] == [chosen]


def test_an_offer_for_a_tier_is_for_no_other() -> None:
    given = {"discount": "0", "offers": [TWO["offers"][0] | {"tier": "Gold"}]}
    assert isinstance(claim(pump(10_000), GOLD, **given), Grant)
    assert claim(pump(10_000), BASIC, **given) == Refusal(
        "no_discount", "The member is due no discount here."
    )


def test_the_stations_own_discounts_never_add_up() -> None:
    answer = claim(pump(100_000), GOLD, stack="adds", **SIX_FOR_GOLD)
    assert isinstance(answer, Grant)
    assert answer.worth_minor == 6_00


def test_offers_that_add_up_never_take_more_off_than_the_price() -> None:
    offers = [row | {"discount": "500"} for row in TWO["offers"]]
    answer = claim(pump(10_000), discount="0", stack="adds", offers=offers)
    assert isinstance(answer, Grant)
    assert (answer.worth_minor, answer.due_minor) == (80_00, 0)


def test_what_adds_up_is_rounded_once() -> None:
    offers = [row | {"discount": "0.5"} for row in TWO["offers"]]
    answer = claim(pump(1_000), discount="0", stack="adds", offers=offers)
    assert isinstance(answer, Grant)
    assert (answer.worth_minor, [each.worth_minor for each in answer.offers]) == (1, [0, 0])
