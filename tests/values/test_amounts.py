"""Amounts: exact, rounded by name, shared without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.amounts import Money, Rounding, divide, minor_exponent, parse_decimal, share


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (7, 2, [3, 4, 4, 4]),
        (5, 2, [2, 3, 3, 2]),
        (-5, 2, [-2, -3, -3, -2]),
        (5, -2, [-2, -3, -3, -2]),
        (8, 4, [2, 2, 2, 2]),
        (0, 3, [0, 0, 0, 0]),
        (1, 3, [0, 1, 0, 0]),
        (2, 3, [0, 1, 1, 1]),
        (86_240, 100, [862, 863, 862, 862]),
    ],
)
def test_a_quotient_is_rounded_down_up_half_up_or_half_even(
    numerator: int, denominator: int, rounded: list[int]
) -> None:
    assert [divide(numerator, denominator, each) for each in Rounding] == rounded


def test_dividing_by_nothing_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1, 0, Rounding.DOWN)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (401, [1, 1], [201, 200]),
        (10, [1, 1, 1], [4, 3, 3]),
        (-401, [1, 1], [-201, -200]),
        (5, [0, 0], [3, 2]),
        (1500, [300, 200], [900, 600]),
        (0, [3, 4], [0, 0]),
        (7, [0, 1], [0, 7]),
    ],
)
def test_a_total_is_shared_by_weights(total: int, weights: list[int], parts: list[int]) -> None:
    assert share(total, weights) == parts


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_shares_add_up_and_stray_less_than_one_from_exact(total: int, weights: list[int]) -> None:
    parts = share(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    if whole:
        assert all(
            abs(part * whole - total * weight) < whole
            for part, weight in zip(parts, weights, strict=True)
        )


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_impossible_weights_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        share(1, weights)


@pytest.mark.parametrize(
    ("text", "decimals", "value"),
    [("836.00", 2, 83_600), ("-12.5", 2, -1250), ("0", 0, 0), ("37.8", 3, 37_800), ("007", 0, 7)],
)
def test_a_plain_decimal_is_read(text: str, decimals: int, value: int) -> None:
    assert parse_decimal(text, decimals) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        ".5",
        "5.",
        "1.234",
        "1e3",
        "+1",
        " 1",
        "1_000",
        "１２",
        "1,5",
        "NaN",
        "--1",
        "1" * 19,
    ],
)
def test_anything_else_is_no_plain_decimal(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        parse_decimal(text, 2)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(83_600, "CNY"), "836.00 CNY"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(120, "JPY"), "120 JPY"),
        (Money(1_234, "KWD"), "1.234 KWD"),
        (Money(0, "HKD"), "0.00 HKD"),
    ],
)
def test_money_is_written_as_it_is_read(money: Money, text: str) -> None:
    assert str(money) == text
    assert Money.parse(money.amount, money.currency) == money


def test_currencies_have_their_own_decimals() -> None:
    assert [minor_exponent(code) for code in ("CNY", "JPY", "KWD")] == [2, 0, 3]
