"""The car park's tariff: started units, steps, free minutes, the day's cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa_parking.tariff import DAY_MIN, FreeMinutes, Step, Tariff, read_tariff

HOURLY = Tariff((Step(0, 60, 1000),))
STEPPED = Tariff((Step(120, 60, 1000), Step(0, 30, 1500)))
CAPPED = Tariff((Step(0, 60, 1000),), day_cap_minor=8000)
GRACE = Tariff((Step(0, 60, 1000),), free_min=15)
TAKEN_OFF = Tariff((Step(0, 60, 1000),), free_min=15, free_for=FreeMinutes.EVERY_STAY)


@pytest.mark.parametrize(
    ("tariff", "stay_min", "fee_minor"),
    [
        (HOURLY, 0, 0),
        (HOURLY, 1, 1000),
        (HOURLY, 60, 1000),
        (HOURLY, 61, 2000),
        (HOURLY, 250, 5000),  # economics §3.9: 4 h 10 min are 5 hours, 50.00
        (STEPPED, 120, 2000),
        (STEPPED, 121, 3500),
        (STEPPED, 151, 5000),
        (Tariff((Step(30, 60, 500), Step(0, 60, 1000))), 45, 1500),
        (Tariff((Step(60, 60, 700),)), 180, 2100),  # the last step holds to the end of the day
        (Tariff(()), 600, 0),
        (CAPPED, 480, 8000),
        (CAPPED, 900, 8000),
        (CAPPED, DAY_MIN, 8000),
        (CAPPED, DAY_MIN + 1, 9000),
        (CAPPED, 2 * DAY_MIN + 600, 24_000),
        (STEPPED, DAY_MIN + 60, 2000 + 44 * 1500 + 1000),
        (GRACE, 15, 0),
        (GRACE, 16, 1000),
        (GRACE, 61, 2000),
        (TAKEN_OFF, 15, 0),
        (TAKEN_OFF, 75, 1000),
        (TAKEN_OFF, 76, 2000),
    ],
)
def test_a_stay_costs_its_started_units(tariff: Tariff, stay_min: int, fee_minor: int) -> None:
    assert tariff.fee_minor(stay_min) == fee_minor


@pytest.mark.parametrize(
    ("tariff", "stay_min", "off_min", "fee_minor"),
    [
        (HOURLY, 250, 180, 2000),  # economics §3.9: 3 h free leave 20.00
        (HOURLY, 250, 250, 0),
        (HOURLY, 250, 1000, 0),
        (STEPPED, 250, 180, 2000),
        (CAPPED, 600, 60, 8000),
        (GRACE, 75, 60, 1000),  # the tariff's own free minutes were used by no short stay
        (TAKEN_OFF, 135, 60, 1000),
    ],
)
def test_free_time_shortens_the_stay(
    tariff: Tariff, stay_min: int, off_min: int, fee_minor: int
) -> None:
    assert tariff.fee_minor(stay_min, off_min=off_min) == fee_minor


def test_steps_are_read_in_the_order_of_the_stay() -> None:
    tariff = read_tariff(
        {
            "steps": [
                {"up_to_min": 0, "per_min": 30, "price_minor": 1500},
                {"up_to_min": 120, "per_min": 60, "price_minor": 1000},
            ],
            "free_min": 0,
            "free_for": "short_stays",
            "day_cap_minor": 0,
        }
    )
    assert tariff == STEPPED


steps = st.builds(
    Step,
    up_to_min=st.integers(1, DAY_MIN),
    per_min=st.integers(1, DAY_MIN),
    price_minor=st.integers(0, 10**6),
)
tariffs = st.builds(
    Tariff,
    steps=st.lists(steps, max_size=4).map(
        lambda some: tuple(sorted(some, key=lambda step: step.up_to_min))
    ),
    free_min=st.integers(0, DAY_MIN),
    free_for=st.sampled_from(FreeMinutes),
    day_cap_minor=st.integers(0, 10**6),
)
minutes = st.integers(0, 5 * DAY_MIN)


@given(tariffs, minutes, minutes)
def test_a_longer_stay_never_costs_less(tariff: Tariff, stay_min: int, more_min: int) -> None:
    assert tariff.fee_minor(stay_min) <= tariff.fee_minor(stay_min + more_min)


@given(tariffs, minutes, minutes)
def test_free_time_never_costs_more(tariff: Tariff, stay_min: int, off_min: int) -> None:
    assert 0 <= tariff.fee_minor(stay_min, off_min=off_min) <= tariff.fee_minor(stay_min)


@given(tariffs, minutes)
def test_no_day_costs_more_than_its_cap(tariff: Tariff, stay_min: int) -> None:
    started_days = -(-stay_min // DAY_MIN)
    if tariff.day_cap_minor:
        assert tariff.fee_minor(stay_min) <= started_days * tariff.day_cap_minor
