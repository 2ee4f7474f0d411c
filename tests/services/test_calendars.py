"""Feasts by their days: the lunar ones against the published dates of twenty years."""

from datetime import date, timedelta

import pytest

from stoa.services import calendars
from stoa.services.calendars import KNOWN, holidays_on
from stoa.values.languages import LANGUAGES

# Hong Kong Observatory, Gregorian-Lunar Calendar Conversion Table,
# https://www.hko.gov.hk/en/gts/time/conversion.htm: the day of Spring Festival, Lantern, Qingming,
# Dragon Boat, Qixi, Mid-Autumn and Double Ninth in each year.
_NAMES = (
    "spring-festival", "lantern", "qingming", "dragon-boat", "qixi", "mid-autumn", "double-ninth",
)  # fmt: skip
_PUBLISHED = """
2013  02-10 02-24 04-04 06-12 08-13 09-19 10-13
2014  01-31 02-14 04-05 06-02 08-02 09-08 10-02
2015  02-19 03-05 04-05 06-20 08-20 09-27 10-21
2016  02-08 02-22 04-04 06-09 08-09 09-15 10-09
2017  01-28 02-11 04-04 05-30 08-28 10-04 10-28
2018  02-16 03-02 04-05 06-18 08-17 09-24 10-17
2019  02-05 02-19 04-05 06-07 08-07 09-13 10-07
2020  01-25 02-08 04-04 06-25 08-25 10-01 10-25
2021  02-12 02-26 04-04 06-14 08-14 09-21 10-14
2022  02-01 02-15 04-05 06-03 08-04 09-10 10-04
2023  01-22 02-05 04-05 06-22 08-22 09-29 10-23
2024  02-10 02-24 04-04 06-10 08-10 09-17 10-11
2025  01-29 02-12 04-04 05-31 08-29 10-06 10-29
2026  02-17 03-03 04-05 06-19 08-19 09-25 10-18
2027  02-06 02-20 04-05 06-09 08-08 09-15 10-08
2028  01-26 02-09 04-04 05-28 08-26 10-03 10-26
2029  02-13 02-27 04-04 06-16 08-16 09-22 10-16
2030  02-03 02-17 04-05 06-05 08-05 09-12 10-05
2031  01-23 02-06 04-05 06-24 08-24 10-01 10-24
2032  02-11 02-25 04-04 06-12 08-12 09-19 10-12
2033  01-31 02-14 04-04 06-01 08-01 09-08 10-01
"""


def _days(year: int, code: str) -> list[date]:
    first = date(year, 1, 1)
    every = (first + timedelta(days=ahead) for ahead in range(366))
    return [day for day in every if day.year == year and code in holidays_on(day)]


@pytest.mark.parametrize("line", _PUBLISHED.strip().splitlines())
def test_lunar_feasts_fall_on_the_published_days(line: str) -> None:
    year, *days = line.split()
    for code, day in zip(_NAMES, days, strict=True):
        assert _days(int(year), code) == [date.fromisoformat(f"{year}-{day}")], code


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-01-01", "new-year"), ("2026-05-01", "labour-day"), ("2026-06-18", "618"),
        ("2026-10-01", "national-day"), ("2026-11-11", "singles-day"), ("2026-12-25", "christmas"),
        ("2026-05-10", "mothers-day"), ("2026-06-21", "fathers-day"),
        ("2027-05-09", "mothers-day"), ("2026-12-22", "winter-solstice"),
    ],
)  # fmt: skip
def test_feasts_of_the_sun_fall_on_their_one_day(day: str, code: str) -> None:
    asked = date.fromisoformat(day)
    assert _days(asked.year, code) == [asked]


def test_a_season_lasts_from_the_eve_to_lantern() -> None:
    season = _days(2026, "spring-festival-season")
    assert (season[0], season[-1], len(season)) == (date(2026, 2, 16), date(2026, 3, 3), 16)
    assert holidays_on(season[0]) == ("spring-festival-eve", "spring-festival-season")
    assert len(_days(2026, "national-week")) == 7
    assert len(_days(2026, "labour-week")) == 5


def test_two_feasts_on_one_day_are_both_told() -> None:
    assert holidays_on(date(2020, 10, 1)) == ("mid-autumn", "national-day", "national-week")


def test_a_feast_of_a_leap_month_is_kept_once() -> None:
    """2025 has two sixth months, 2023 two second ones, 2028 two fifth ones."""
    assert _days(2028, "dragon-boat") == [date(2028, 5, 28)]


def test_no_holiday_is_no_word() -> None:
    assert holidays_on(date(2026, 11, 22)) == ()


def test_beyond_the_table_feasts_of_the_sun_are_known_still() -> None:
    assert holidays_on(date(2150, 10, 1)) == ("national-day", "national-week")
    assert holidays_on(date(1, 1, 1)) == ("new-year",)
    assert _days(2101, "mid-autumn") == []
    assert len(_days(2100, "mid-autumn")) == 1


def test_every_feast_has_a_name_in_each_language_and_some_day() -> None:
    for code, name in KNOWN.items():
        assert [language for language, _ in name.written] == list(LANGUAGES)
        assert _days(2026, code), code


def test_a_year_is_reckoned_once() -> None:
    calendars._of_year.cache_clear()
    for day in range(1, 29):
        holidays_on(date(2026, 2, day))
    assert calendars._of_year.cache_info().misses == 1
