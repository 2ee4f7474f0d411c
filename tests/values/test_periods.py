"""Days: counted in the place's own zone, ends included where points are concerned."""

from datetime import UTC, date, datetime

import pytest

from stoa.values.periods import Expiry, ExpiryRule, Period, add_months, is_zone, local_day


def test_a_period_includes_its_start_and_not_its_end() -> None:
    may = Period(date(2026, 5, 1), date(2026, 6, 1))
    assert [day in may for day in (date(2026, 4, 30), may.start, date(2026, 5, 31), may.end)] == [
        False, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "months", "last"),
    [
        (ExpiryRule.NEVER, 0, None),
        (ExpiryRule.ROLLING, 12, date(2027, 1, 30)),
        (ExpiryRule.ROLLING, 1, date(2026, 2, 27)),
        (ExpiryRule.MONTH_END, 12, date(2027, 1, 31)),
        (ExpiryRule.MONTH_END, 1, date(2026, 2, 28)),
        (ExpiryRule.YEAR_END, 12, date(2027, 12, 31)),
    ],
)
def test_points_of_31_january_2026_last(rule: ExpiryRule, months: int, last: date | None) -> None:
    assert Expiry(rule, months).last_day(date(2026, 1, 31)) == last


def test_a_shorter_month_ends_on_its_last_day() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Shanghai", date(2026, 5, 2)),
        ("UTC", date(2026, 5, 1)),
        ("America/New_York", date(2026, 5, 1)),
    ],
)
def test_an_instant_belongs_to_the_day_of_its_place(zone: str, day: date) -> None:
    assert local_day(datetime(2026, 5, 1, 16, 0, tzinfo=UTC), zone) == day


def test_zones_are_those_of_the_iana() -> None:
    assert [is_zone(each) for each in ("Asia/Hong_Kong", "Mars/Base", "", "../etc/passwd")] == [
        True, False, False, False,
    ]  # fmt: skip
