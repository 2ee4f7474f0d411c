"""Rounding as economics §3.13 states it, digit for digit: money, points, and splits."""

import pytest

from stoa.values.amounts import Money, Rounding, divide, share

PRICE = 123
"""0.0123 CNY a point, in ten-thousandths."""

PER_MINOR = 100
"""Ten-thousandths in a minor unit."""


def to_money(ten_thousandths: int) -> str:
    return Money(divide(ten_thousandths, PER_MINOR, Rounding.HALF_UP), "CNY").amount


def test_rounded_per_transaction_three_times_37_points_cost_1_38() -> None:
    each = divide(37 * PRICE, PER_MINOR, Rounding.HALF_UP)
    assert Money(each, "CNY").amount == "0.46"
    assert Money(3 * each, "CNY").amount == "1.38"


def test_aggregated_the_same_111_points_cost_1_37() -> None:
    assert 111 * PRICE == 1_3653
    assert to_money(111 * PRICE) == "1.37"


def test_lines_keep_four_decimals_and_a_statement_line_is_rounded_once() -> None:
    lines = [37 * PRICE] * 3
    assert lines == [4551, 4551, 4551]
    assert to_money(sum(lines)) == "1.37"


@pytest.mark.parametrize(
    ("rounding", "points"),
    [
        (Rounding.DOWN, [37, 37, 38, 0]),
        (Rounding.HALF_UP, [38, 38, 39, 1]),
        (Rounding.HALF_EVEN, [38, 38, 38, 0]),
        (Rounding.UP, [38, 38, 39, 1]),
    ],
)
def test_a_fraction_of_a_point_goes_as_its_currency_says(
    rounding: Rounding, points: list[int]
) -> None:
    """37.8 litres (§3.9), 37.5, 38.5 and a half at one point a litre."""
    assert [divide(tenths, 10, rounding) for tenths in (378, 375, 385, 5)] == points


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (401, [1, 1], [201, 200]),
        (400, [1, 1], [200, 200]),
        (15_00, [300, 200], [9_00, 6_00]),
        (100, [1, 1, 1], [34, 33, 33]),
        (10, [5, 3, 1], [6, 3, 1]),
        (-401, [1, 1], [-201, -200]),
    ],
)
def test_splits_go_by_the_largest_remainder(
    total: int, weights: list[int], parts: list[int]
) -> None:
    assert share(total, weights) == parts
    assert sum(parts) == total
