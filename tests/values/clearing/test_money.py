"""Money of clearing is exact until a line states it (economics §3.10, §3.13)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.amounts import Money, minor_exponent, share
from stoa.values.clearing.money import charge, exchanged, shown, stated

PRICE = Decimal("0.0123")
prices = st.decimals(0, 1_000, places=6)
purchases = st.lists(st.tuples(st.integers(-(10**12), 10**12), prices), max_size=12)
moneys = st.sampled_from(["CNY", "JPY", "KWD"])


def test_a_line_is_rounded_once() -> None:
    lines = [charge(37, PRICE)] * 3
    assert [shown(line) for line in lines] == ["0.4551"] * 3
    assert sum(lines) == Decimal("1.3653")
    assert stated(lines, "CNY") == Money(1_37, "CNY")


def test_rounding_each_purchase_would_state_what_nobody_owes() -> None:
    one_by_one = sum(stated([charge(37, PRICE)], "CNY").minor for _ in range(3))
    assert one_by_one == 1_38
    assert one_by_one != stated([charge(111, PRICE)], "CNY").minor


def test_money_is_exchanged_at_the_rate_of_the_business_date() -> None:
    assert exchanged(Money(108_00, "CNY"), Decimal("1.0800"), "HKD") == Money(116_64, "HKD")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1.005", "CNY", 1_01), ("-1.005", "CNY", -1_01), ("1.0049", "CNY", 1_00),
        ("0.5", "JPY", 1), ("1234.5", "JPY", 1235), ("1.0005", "KWD", 1_001),
        ("-0.004", "CNY", 0),
    ],
)  # fmt: skip
def test_halves_go_away_from_zero_in_minor_units_of_the_money(
    amount: str, currency: str, minor: int
) -> None:
    assert stated([Decimal(amount)], currency) == Money(minor, currency)


def test_moneys_of_other_exponents_are_exchanged_too() -> None:
    assert exchanged(Money(100_00, "CNY"), Decimal("21.345"), "JPY") == Money(2135, "JPY")
    assert exchanged(Money(2135, "JPY"), Decimal("0.00215"), "KWD") == Money(4_590, "KWD")


def test_a_rate_of_nothing_is_no_rate() -> None:
    with pytest.raises(ValueError, match="above zero"):
        exchanged(Money(1, "CNY"), Decimal(0), "HKD")


@pytest.mark.parametrize(
    ("amount", "text"), [("0", "0.0000"), ("-0.00001", "0.0000"), ("-36", "-36.0000")]
)
def test_a_line_shows_four_decimals_and_no_negative_nothing(amount: str, text: str) -> None:
    assert shown(Decimal(amount)) == text


def test_the_largest_remainder_goes_to_the_first_partner() -> None:
    assert share(401, [50, 50]) == [201, 200]


@given(bought=purchases, currency=moneys)
def test_what_a_line_states_is_within_half_a_unit_of_what_is_owed(
    bought: list[tuple[int, Decimal]], currency: str
) -> None:
    amounts = [charge(points, price) for points, price in bought]
    exact = sum(amounts, Decimal(0)).scaleb(minor_exponent(currency))
    assert abs(exact - stated(amounts, currency).minor) <= Decimal("0.5")


@given(bought=purchases, currency=moneys)
def test_taking_everything_back_states_the_same_the_other_way(
    bought: list[tuple[int, Decimal]], currency: str
) -> None:
    there = stated([charge(points, price) for points, price in bought], currency)
    back = stated([charge(-points, price) for points, price in reversed(bought)], currency)
    assert there.minor == -back.minor


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_parts_add_up_to_what_was_split(total: int, weights: list[int]) -> None:
    parts = share(total, weights)
    assert sum(parts) == total
    even = weights if sum(weights) else [1] * len(weights)
    for part, weight in zip(parts, even, strict=True):
        assert abs(Decimal(part) - Decimal(total * weight) / sum(even)) < 1
