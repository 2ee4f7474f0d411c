"""Recognition: the worked numbers of economics §3.4, KPMG's example 10A and IFRS 15 example 52."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.clearing.recognition import allocate, expected_points, on_expiry, recognise

BILLED = Decimal("228.00")


def money(text: str) -> Decimal:
    return Decimal(text)


def test_80_per_cent_expected_recognise_180_and_leave_48() -> None:
    expected = expected_points(19_000, Decimal(80))
    assert expected == 15_200
    found = recognise(BILLED, expected=expected, redeemed=12_000)
    assert (found.revenue, found.liability) == (money("180"), money("48"))
    assert BILLED / expected == money("0.015")
    assert found.revenue - 12_000 * money("0.009") == money("72")


def test_a_new_estimate_of_85_per_cent_takes_back_10_59() -> None:
    found = recognise(BILLED, expected=expected_points(19_000, Decimal(85)), redeemed=12_000)
    assert round(found.revenue, 2) == money("169.41")
    assert round(found.since(money("180")), 2) == money("-10.59")
    assert round(found.liability, 2) == money("58.59")


def test_kpmg_10a_allocates_and_recognises() -> None:
    shares = allocate(money("100000"), goods=money("100000"), points=10_000 * money("0.97"))
    assert round(shares.goods, 2) == money("91157.70")
    assert round(shares.points, 2) == money("8842.30")
    second = recognise(money("9000"), expected=Decimal(9700), redeemed=4500)
    assert round(second.revenue) == 4175
    third = recognise(money("9000"), expected=Decimal(9900), redeemed=8500)
    assert round(third.since(second.revenue)) == 3552
    revised = recognise(money("9000"), expected=Decimal(9200), redeemed=8500)
    assert round(revised.since(second.revenue)) == 4140


def test_ifrs_15_example_52_allocates_and_recognises() -> None:
    shares = allocate(money("100000"), goods=money("100000"), points=money("9500"))
    assert (round(shares.goods), round(shares.points)) == (91_324, 8_676)
    first = recognise(shares.points, expected=Decimal(9500), redeemed=4500)
    assert round(first.revenue) == 4110
    second = recognise(shares.points, expected=Decimal(9700), redeemed=8500)
    assert round(second.since(first.revenue)) == 3493
    assert round(second.liability) == 1073


def test_where_breakage_is_remote_it_is_revenue_when_points_expire() -> None:
    before = on_expiry(BILLED, net_points=19_000, redeemed=12_000, expired=0)
    assert (before.revenue, before.liability) == (money("144"), money("84"))
    after = on_expiry(BILLED, net_points=19_000, redeemed=12_000, expired=500)
    assert after.since(before.revenue) == money("6")


@pytest.mark.parametrize("percent", ["0", "-1", "100.01"])
def test_a_share_that_is_none_is_refused(percent: str) -> None:
    with pytest.raises(ValueError, match="per cent"):
        expected_points(1, Decimal(percent))


@pytest.mark.parametrize(("goods", "points"), [("0", "0"), ("-1", "2"), ("2", "-1")])
def test_prices_that_are_none_are_refused(goods: str, points: str) -> None:
    with pytest.raises(ValueError, match="stand-alone"):
        allocate(Decimal(1), goods=Decimal(goods), points=Decimal(points))


def test_nothing_issued_recognises_nothing() -> None:
    assert recognise(Decimal(0), expected=Decimal(0), redeemed=0).revenue == 0
    assert on_expiry(Decimal(5), net_points=0, redeemed=0, expired=0).liability == 5


_MONEY = st.decimals(0, 10**9, places=4)
_POINTS = st.integers(1, 10**12)


@given(_MONEY, _POINTS, st.decimals(1, 100, places=2), st.lists(st.integers(0, 10**12), max_size=6))
def test_revenue_and_liability_are_always_what_was_billed(
    billed: Decimal, points: int, urr: Decimal, burns: list[int]
) -> None:
    expected, redeemed, before = expected_points(points, urr), 0, Decimal(0)
    for burn in burns:
        redeemed += burn
        found = recognise(billed, expected=expected, redeemed=redeemed)
        assert found.revenue + found.liability == billed
        assert before <= found.revenue <= billed
        before = found.revenue
