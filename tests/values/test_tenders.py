"""Tender rules: the least, the step, and the share of a ticket, to the minor unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.tenders import Spending, Wrong

CENT = Decimal(1)


@pytest.mark.parametrize(
    ("points", "wrong"),
    [
        (100, Wrong("least", 200, 50)),
        (225, Wrong("step", 200, 50)),
        (200, None),
        (250, None),
    ],
)
def test_points_pay_from_the_least_on_and_in_steps(points: int, wrong: Wrong | None) -> None:
    assert Spending(200, 50).wrong(points, CENT, None) == wrong


def test_the_least_that_is_told_is_one_that_pays() -> None:
    told = Spending(120, 50).wrong(120, CENT, None)
    assert told is not None
    assert (told.reason, told.least_points) == ("step", 150)
    assert Spending(120, 50).wrong(told.least_points, CENT, None) is None


@pytest.mark.parametrize(
    ("share", "ticket", "unit", "most"),
    [
        (50, 30000, "1", 15000),
        (50, 9999, "1", 4999),  # half of 99.99 is 49.995, and 49.99 may be paid
        (33, 101, "1", 33),
        (1, 99, "1", 0),
        (100, 101, "0.7", 145),  # 145 are worth 1.015, which is 1.01
        (50, 30000, "0.3", 50003),
        (50, 30000, "1.5", 10000),
    ],
)
def test_points_pay_a_share_of_the_ticket_rounded_down(
    share: int, ticket: int, unit: str, most: int
) -> None:
    rules = Spending(max_share_percent=share)
    if most:
        assert rules.wrong(most, Decimal(unit), ticket) is None
    assert rules.wrong(most + 1, Decimal(unit), ticket) == Wrong("share", 1, 1, most)


def test_the_most_is_a_multiple_of_the_step() -> None:
    rules = Spending(min_points=100, step=100, max_share_percent=50)
    assert rules.wrong(15100, CENT, 30199) == Wrong("share", 100, 100, 15000)


def test_a_share_needs_the_ticket() -> None:
    assert Spending(max_share_percent=50).wrong(1, CENT, None) == Wrong("ticket", 1, 1)
    assert Spending().wrong(10**9, CENT, None) is None


def test_points_never_pay_more_than_the_ticket() -> None:
    assert Spending().wrong(101, CENT, 100) == Wrong("share", 1, 1, 100)


def test_points_without_a_worth_are_not_bounded_by_a_ticket() -> None:
    assert Spending(max_share_percent=1).wrong(10**9, Decimal(0), 1) is None


@pytest.mark.parametrize(
    ("limit", "points", "needs"),
    [
        (None, 10**9, False),
        (2000, 1999, False),
        (2000, 2000, False),
        (2000, 2001, True),
        (0, 1, True),
    ],
)
def test_step_up_begins_above_the_limit(limit: int | None, points: int, *, needs: bool) -> None:
    assert Spending(step_up_points=limit).needs_step_up(points) is needs


@given(
    share=st.integers(1, 100),
    ticket=st.integers(0, 10**9),
    unit=st.decimals("0.000001", "99", places=6),
    step=st.integers(1, 1000),
    points=st.integers(1, 10**9),
)
def test_what_may_pay_is_never_worth_more_than_the_share(
    share: int, ticket: int, unit: Decimal, step: int, points: int
) -> None:
    rules = Spending(step=step, max_share_percent=share)
    worth, most = int(unit * points), ticket * share // 100
    wrong = rules.wrong(points, unit, ticket)
    assert (wrong is None) == (points % step == 0 and worth <= most)
