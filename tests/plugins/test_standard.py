"""The standard plugin: points by amount and category, a shelf, a bundle price."""

from datetime import UTC, datetime
from typing import Any

import pytest

import stoa_standard
from stoa.plugins import Plugins
from stoa.testing import a_line, a_purchase, a_standing, check_plugin
from stoa.values.facts import EarnLine, Line, Order, Purchase
from stoa.values.settings import read_settings
from zoo import written

PLUGINS = Plugins({"standard": stoa_standard})
COFFEE = {"code": "coffee", "title": "A coffee", "points": 333, "worth_minor": 2500}
FULL = {
    "base_rate": "0.5",
    "category_rates": [{"category": "飲料", "rate": "3"}, {"category": "grocery", "rate": "1"}],
    "excluded_categories": [{"category": "tobacco"}],
    "minimum_ticket_minor": 1000,
    "rounding": "half_up",
    "ticket_bonuses": [{"from_minor": 50_000, "points": 100}],
    "rewards": [COFFEE | {"max_quantity": 50}],
    "bundle_size": 3,
    "bundle_discount_percent": 10,
}


def earn(purchase: Purchase, **given: Any) -> list[EarnLine]:
    knobs = read_settings(stoa_standard.settings(), given)
    return written(PLUGINS.earn_lines("standard", purchase, a_standing(), knobs))


def price(quantity: int, reward: str = "coffee", **given: Any) -> int | None:
    knobs = read_settings(stoa_standard.settings(), given | {"rewards": [COFFEE]})
    return PLUGINS.price_reward("standard", Order(reward, quantity), a_standing(), knobs)


def test_money_earns_one_point_per_unit_by_default() -> None:
    assert earn(a_purchase(total_minor=812_00)) == [
        EarnLine(812, "base", "812.00 at 1 point per 1.00", (1,))
    ]


@pytest.mark.parametrize(
    ("minor", "currency", "rate", "rounding", "points"),
    [
        (836_00, "CNY", "1", "down", 836),
        (1_99, "CNY", "1", "down", 1),
        (1_50, "CNY", "1", "half_up", 2),
        (1_49, "CNY", "1", "half_up", 1),
        (1_01, "CNY", "1", "up", 2),
        (10_00, "CNY", "0.001", "up", 1),
        (10_00, "CNY", "2.5", "down", 25),
        (1000, "JPY", "0.01", "down", 10),
        (1_500, "KWD", "10", "down", 15),
    ],
)
def test_the_base_rate_is_exact_in_every_currency(
    minor: int, currency: str, rate: str, rounding: str, points: int
) -> None:
    purchase = a_purchase(total_minor=minor, currency=currency)
    earned = earn(purchase, base_rate=rate, rounding=rounding)
    assert [line.points for line in earned] == [points]


@pytest.mark.parametrize("given", [{"base_rate": 0}, {"base_rate": "0.001"}])
def test_what_earns_nothing_has_no_line(given: dict[str, Any]) -> None:
    assert earn(a_purchase(total_minor=100), **given) == []


def test_each_rate_has_one_line_that_names_its_receipt_lines() -> None:
    purchase = a_purchase(
        a_line(1, net_minor=100_00, category="grocery"),
        a_line(2, net_minor=50_00, category="wine"),
        a_line(3, net_minor=20_50, category="Grocery"),
        a_line(4, net_minor=9_00),
        a_line(5, net_minor=1_00, category="bread"),
    )
    rates = [
        {"category": "grocery", "rate": "2"},
        {"category": "wine", "rate": "0.5"},
        {"category": "BREAD", "rate": "2"},
    ]
    assert earn(purchase, category_rates=rates) == [
        EarnLine(243, "category", "121.50 at 2 points per 1.00", (1, 3, 5)),
        EarnLine(25, "category", "50.00 at 0.5 points per 1.00", (2,)),
        EarnLine(9, "base", "9.00 at 1 point per 1.00", (4,)),
    ]


def test_a_rate_is_rounded_once_for_all_its_lines() -> None:
    halves = [a_line(line_no, net_minor=50) for line_no in range(1, 5)]
    assert [line.points for line in earn(a_purchase(*halves))] == [2]


def test_an_excluded_category_earns_nothing_even_with_a_rate() -> None:
    purchase = a_purchase(a_line(1, category="Tobacco"), a_line(2, category="bread"))
    earned = earn(
        purchase,
        excluded_categories=[{"category": "tobacco"}],
        category_rates=[{"category": "tobacco", "rate": "9"}],
    )
    assert earned == [EarnLine(10, "base", "10.00 at 1 point per 1.00", (2,))]


def test_what_was_paid_with_points_earns_nothing() -> None:
    purchase = a_purchase(a_line(net_minor=300_00, earning_minor=250_00))
    assert [line.points for line in earn(purchase)] == [250]


def test_lines_that_earn_nothing_are_not_named() -> None:
    purchase = a_purchase(a_line(1), a_line(2, earning_minor=0), a_line(3))
    assert [line.line_nos for line in earn(purchase)] == [(1, 3)]


@pytest.mark.parametrize(("minor", "points"), [(9_99, []), (10_00, [10])])
def test_a_ticket_below_the_minimum_earns_nothing(minor: int, points: list[int]) -> None:
    earned = earn(a_purchase(total_minor=minor), minimum_ticket_minor="1000")
    assert [line.points for line in earned] == points


@pytest.mark.parametrize(
    ("lines", "bonus"),
    [
        ([a_line(net_minor=499_99)], None),
        ([a_line(net_minor=500_00)], (100, "100 points for a ticket of 500.00 or more", (1,))),
        ([a_line(net_minor=999_00)], (100, "100 points for a ticket of 500.00 or more", (1,))),
        (
            [a_line(1, net_minor=600_00), a_line(2, net_minor=400_00, category="wine")],
            (250, "250 points for a ticket of 1000.00 or more", (1, 2)),
        ),
        ([a_line(1, net_minor=499_00), a_line(2, net_minor=400_00, category="tobacco")], None),
        ([a_line(net_minor=5000_00)], None),
    ],
)
def test_the_highest_threshold_reached_gives_its_bonus(
    lines: list[Line], bonus: tuple[int, str, tuple[int, ...]] | None
) -> None:
    earned = earn(
        a_purchase(*lines),
        excluded_categories=[{"category": "tobacco"}],
        ticket_bonuses=[
            {"from_minor": 100_000, "points": 250},
            {"from_minor": 50_000, "points": 100},
            {"from_minor": 500_000, "points": 0},
        ],
    )
    found = [line for line in earned if line.reason == "ticket_bonus"]
    expected = [EarnLine(bonus[0], "ticket_bonus", bonus[1], bonus[2])] if bonus else []
    assert found == expected


def test_a_bonus_from_nothing_still_needs_money() -> None:
    nothing = a_purchase(a_line(net_minor=100, earning_minor=0))
    assert earn(nothing, ticket_bonuses=[{"from_minor": 0, "points": 5}]) == []


def test_the_shelf_is_listed() -> None:
    knobs = read_settings(stoa_standard.settings(), {"rewards": [COFFEE]})
    shelf = PLUGINS.rewards("standard", knobs, datetime(2026, 5, 1, tzinfo=UTC))
    assert [(reward.code, reward.points) for reward in shelf] == [("coffee", 333)]


@pytest.mark.parametrize(
    ("quantity", "size", "percent", "points"),
    [
        (1, 0, 50, None),
        (2, 3, 10, None),
        (3, 3, 10, 900),  # 999 less a tenth is 899.1
        (10, 3, 10, 2997),
        (1, 1, 99, 4),
        (3, 3, 0, 999),
    ],
)
def test_a_bundle_costs_less_and_never_less_than_promised(
    quantity: int, size: int, percent: int, points: int | None
) -> None:
    assert price(quantity, bundle_size=size, bundle_discount_percent=percent) == points


def test_an_unknown_reward_has_no_price() -> None:
    assert price(5, "tea", bundle_size=1, bundle_discount_percent=10) is None


@pytest.mark.parametrize("given", [{}, FULL])
def test_the_contract_is_kept(given: dict[str, Any]) -> None:
    check_plugin(stoa_standard, settings=given, purchases=60)
