"""Attacks on rewards, stock and coupons: no order of deeds makes a unit, a coupon or a point."""

from datetime import timedelta
from typing import Any

import pytest

from coupons import OPERATOR, a_pool, issued
from orders import left_of, put_in, rich, take
from shelves import put
from stoa.errors import CouponSoldOutError, OutOfStockError
from stoa.services import coupons, programmes
from stoa.values.codes import new_code
from stoa.work import Actor, Desk
from world import Coalition, FixedClock

BOWL = "stoa:bowl"
TEST = Actor("test")


def a_bowl(desk: Desk, units: int, **more: object) -> None:
    put(desk, "bowl", stock=units, max_quantity=20, **more)


def test_a_stock_cut_and_raised_again_makes_no_units(coalition: Coalition) -> None:
    (who,) = rich(coalition, 1, total="90000.00")
    a_bowl(coalition.desk, 10)
    take(coalition, who, BOWL, quantity=10)
    for figure in (3, 10):
        a_bowl(coalition.desk, figure)
        with pytest.raises(OutOfStockError):
            take(coalition, who, BOWL)
    assert left_of(coalition, BOWL) == 0


def test_units_counted_before_the_first_order_are_all_there_is(coalition: Coalition) -> None:
    (who,) = rich(coalition, 1, total="90000.00")
    a_bowl(coalition.desk, 10)
    put_in(coalition, 4, offer=BOWL)
    take(coalition, who, BOWL, quantity=4)
    with pytest.raises(OutOfStockError):
        take(coalition, who, BOWL)


def test_an_older_version_let_hold_again_counts_by_its_own_figure(coalition: Coalition) -> None:
    (who,) = rich(coalition, 1, total="90000.00")
    a_bowl(coalition.desk, 2)
    take(coalition, who, BOWL)
    a_bowl(coalition.desk, 19)
    take(coalition, who, BOWL)
    with coalition.desk.work(OPERATOR) as work:
        programmes.activate(work, "reward", "bowl", 1)
    with pytest.raises(OutOfStockError):
        take(coalition, who, BOWL)


def test_an_imported_code_whose_last_day_is_over_is_given_to_nobody(
    coalition: Coalition, clock: FixedClock
) -> None:
    desk = coalition.desk
    a_pool(desk, codes="imported")
    today = clock.now.date()
    lines = [f"{new_code()},{today - timedelta(days=1)}"]
    with desk.work(OPERATOR) as work:
        assert coupons.load(work, "twenty", lines).new == 1
    with pytest.raises(CouponSoldOutError):
        issued(desk)


def test_a_coupon_issued_before_its_first_day_can_be_used(
    coalition: Coalition, clock: FixedClock
) -> None:
    first = clock.now.date() + timedelta(days=10)
    a_pool(coalition.desk, **dict[str, Any]({"from": str(first)}), valid_days=3)
    (coupon,) = issued(coalition.desk)
    assert coupon.valid_from <= coupon.valid_until
