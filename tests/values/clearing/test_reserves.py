"""Reserves: the worked numbers of economics §3.3 and §3.11."""

from decimal import Decimal

from stoa.values.clearing.reserves import deposit_left, reserve

RATE = Decimal("0.009")


def test_6_500_points_need_58_50_and_80_per_cent_of_it_46_80() -> None:
    assert reserve(6500, RATE, ratio=Decimal(1), held=None).held == Decimal("58.50")
    assert reserve(6500, RATE, ratio=Decimal("0.8"), held=None).held == Decimal("46.80")
    assert reserve(6500, Decimal("0.0100"), ratio=Decimal(1), held=None).held == Decimal("65.00")


def test_a_run_on_46_80_pays_5_200_points_and_lacks_11_70() -> None:
    found = reserve(6500, RATE, ratio=Decimal("0.8"), held=Decimal("46.80"))
    assert (found.coverage, found.pays_points) == (Decimal("0.80"), 5200)
    assert found.shortfall == Decimal("11.70")
    assert not found.low


def test_less_than_agreed_is_low() -> None:
    assert reserve(6500, RATE, ratio=Decimal("0.8"), held=Decimal("46.79")).low


def test_no_points_are_covered_by_nothing() -> None:
    found = reserve(-5, RATE, ratio=Decimal(1), held=Decimal(0))
    assert found.coverage == 1
    assert found.shortfall == 0
    assert (found.pays_points, found.low) == (0, False)
    assert reserve(7, Decimal(0), ratio=Decimal(1), held=Decimal(0)).pays_points == 7


def test_a_run_off_gives_22_50_of_the_deposit_back() -> None:
    assert deposit_left(Decimal("58.50"), redeemed=4000, rate=RATE) == Decimal("22.50")
    assert deposit_left(Decimal("58.50"), redeemed=7000, rate=RATE) == 0
