"""Points at a rate, and the arithmetic that members read."""

import pytest

from stoa.values.amounts import Rounding
from stoa.values.arithmetic import Arithmetic, plain
from stoa.values.rates import decimal_text, points_for_money, points_for_quantity


def said(answer: tuple[int, Arithmetic]) -> tuple[int, str]:
    points, says = answer
    return points, plain((says,))


@pytest.mark.parametrize(
    ("minor", "currency", "rate_milli", "rounding", "points", "arithmetic"),
    [
        (812_00, "CNY", 1000, Rounding.DOWN, 812, "812.00 at 1 point per 1.00"),
        (812_50, "CNY", 1000, Rounding.DOWN, 812, "812.50 at 1 point per 1.00, rounded down"),
        (812_50, "CNY", 1000, Rounding.UP, 813, "812.50 at 1 point per 1.00, rounded up"),
        (
            812_50,
            "CNY",
            1000,
            Rounding.HALF_UP,
            813,
            "812.50 at 1 point per 1.00, rounded to the nearest",
        ),
        (
            812_50,
            "CNY",
            1000,
            Rounding.HALF_EVEN,
            812,
            "812.50 at 1 point per 1.00, rounded to the nearest",
        ),
        (10_00, "CNY", 1500, Rounding.DOWN, 15, "10.00 at 1.5 points per 1.00"),
        (10_00, "CNY", 0, Rounding.UP, 0, "10.00 at 0 points per 1.00"),
        (812, "JPY", 1000, Rounding.DOWN, 812, "812 at 1 point per 1"),
        (812_000, "KWD", 2000, Rounding.DOWN, 1624, "812.000 at 2 points per 1.000"),
    ],
)
def test_money_earns_by_the_whole_unit_of_its_currency(  # noqa: PLR0917 - a table
    minor: int, currency: str, rate_milli: int, rounding: Rounding, points: int, arithmetic: str
) -> None:
    answer = said(points_for_money(minor, currency, rate_milli=rate_milli, rounding=rounding))
    assert answer == (points, arithmetic)


@pytest.mark.parametrize(
    ("rounding", "points", "arithmetic"),
    [
        (Rounding.DOWN, 37, "37.8 L at 1 point per L, rounded down"),
        (Rounding.HALF_UP, 38, "37.8 L at 1 point per L, rounded to the nearest"),
        (Rounding.UP, 38, "37.8 L at 1 point per L, rounded up"),
    ],
)
def test_a_quantity_earns_by_its_unit(rounding: Rounding, points: int, arithmetic: str) -> None:
    answer = said(points_for_quantity(37_800, "L", rate_milli=1000, rounding=rounding))
    assert answer == (points, arithmetic)


def test_an_exact_quantity_is_not_called_rounded() -> None:
    answer = said(points_for_quantity(2000, "h", rate_milli=500, rounding=Rounding.DOWN))
    assert answer == (1, "2 h at 0.5 points per h")


@pytest.mark.parametrize(
    ("thousandths", "text"),
    [(0, "0"), (4000, "4"), (37_800, "37.8"), (5, "0.005"), (100_000, "100"), (-1500, "-1.5")],
)
def test_thousandths_are_written_without_needless_zeros(thousandths: int, text: str) -> None:
    assert decimal_text(thousandths) == text
