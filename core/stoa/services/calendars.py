"""The feasts of the trade, by local day: those of the lunar calendar, of the sun, and of shopping.

    holidays_on(date(2026, 9, 25))  # ("mid-autumn",)

A campaign asks for them by the fact ``holidays`` (#10, #49, #78, #79); a member day (#50) needs no
calendar, as ``day_of_month`` says it.
Lunar days, Qingming and the solstice come from borax, whose tables hold the Chinese calendar from
1900 to 2100; outside of these years the feasts of the sun are known still.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from borax.calendars.lunardate import LunarDate, TermUtils

from stoa.values.texts import Texts

__all__ = ["KNOWN", "holidays_on"]

_FIRST_LUNAR, _LAST_LUNAR = 1901, 2100
_SUNDAY = 6
_YEARS_REMEMBERED = 64

Days = Callable[[int], Iterator[date]]
"""The days of a feast in a year of the sun."""


def _fixed(month: int, day: int, *, length: int = 1) -> Days:
    """A day of the calendar of the sun, and the days after it."""

    def days(year: int) -> Iterator[date]:
        first = date(year, month, day)
        return (first + timedelta(days=ahead) for ahead in range(length))

    return days


def _sunday(month: int, nth: int) -> Days:
    def days(year: int) -> Iterator[date]:
        first = date(year, month, 1)
        yield first + timedelta(days=_SUNDAY - first.weekday() + 7 * (nth - 1))

    return days


def _lunar(month: int, day: int, *, ahead: int = 0, length: int = 1) -> Days:
    """A day of the lunar calendar, never of a leap month; `ahead` days before it, for a while."""

    def days(year: int) -> Iterator[date]:
        if _FIRST_LUNAR <= year <= _LAST_LUNAR:
            first = LunarDate(year, month, day).to_solar_date() - timedelta(days=ahead)
            yield from (first + timedelta(days=later) for later in range(length))

    return days


def _term(name: str) -> Days:
    def days(year: int) -> Iterator[date]:
        if _FIRST_LUNAR <= year <= _LAST_LUNAR:
            yield TermUtils.nth_term_day(year, term_name=name)

    return days


_FEASTS: tuple[tuple[str, Days, str, str, str], ...] = (
    ("new-year", _fixed(1, 1), "New Year's Day", "元旦", "元旦"),
    ("spring-festival-eve", _lunar(1, 1, ahead=1), "Lunar New Year's Eve", "除夕", "除夕"),
    ("spring-festival", _lunar(1, 1), "Spring Festival", "春节", "春節"),
    (
        "spring-festival-season", _lunar(1, 1, ahead=1, length=16),
        "Spring Festival season, from the eve to Lantern Festival", "春节期间（除夕至元宵）",
        "春節期間（除夕至元宵）",
    ),
    ("lantern", _lunar(1, 15), "Lantern Festival", "元宵节", "元宵節"),
    ("valentines", _fixed(2, 14), "Valentine's Day", "情人节", "情人節"),
    ("womens-day", _fixed(3, 8), "International Women's Day", "妇女节", "婦女節"),
    ("qingming", _term("清明"), "Qingming", "清明节", "清明節"),
    ("labour-day", _fixed(5, 1), "Labour Day", "劳动节", "勞動節"),
    (
        "labour-week", _fixed(5, 1, length=5),
        "Labour Day holiday, 1 to 5 May", "五一假期（5月1日至5日）", "五一假期（5月1日至5日）",
    ),
    ("mothers-day", _sunday(5, 2), "Mother's Day", "母亲节", "母親節"),
    ("dragon-boat", _lunar(5, 5), "Dragon Boat Festival", "端午节", "端午節"),
    ("childrens-day", _fixed(6, 1), "Children's Day", "儿童节", "兒童節"),
    ("618", _fixed(6, 18), "618 shopping day", "618 购物节", "618 購物節"),
    ("fathers-day", _sunday(6, 3), "Father's Day", "父亲节", "父親節"),
    ("qixi", _lunar(7, 7), "Qixi", "七夕节", "七夕"),
    ("mid-autumn", _lunar(8, 15), "Mid-Autumn Festival", "中秋节", "中秋節"),
    ("double-ninth", _lunar(9, 9), "Double Ninth Festival", "重阳节", "重陽節"),
    ("national-day", _fixed(10, 1), "National Day", "国庆节", "國慶節"),
    (
        "national-week", _fixed(10, 1, length=7),
        "National Day holiday, 1 to 7 October", "国庆假期（10月1日至7日）",
        "國慶假期（10月1日至7日）",
    ),
    ("singles-day", _fixed(11, 11), "Singles' Day", "双十一", "雙十一"),
    ("double-twelve", _fixed(12, 12), "Double Twelve", "双十二", "雙十二"),
    ("winter-solstice", _term("冬至"), "Winter Solstice", "冬至", "冬至"),
    ("christmas-eve", _fixed(12, 24), "Christmas Eve", "平安夜", "平安夜"),
    ("christmas", _fixed(12, 25), "Christmas Day", "圣诞节", "聖誕節"),
)  # fmt: skip

KNOWN: Mapping[str, Texts] = MappingProxyType(
    {
        code: Texts((("en", english), ("zh-Hans", simplified), ("zh-Hant", traditional)))
        for code, _, english, simplified, traditional in _FEASTS
    }
)
"""Every code that `holidays_on` may answer, in the order of the year, with its name."""


def holidays_on(day: date) -> tuple[str, ...]:
    """Return the codes of the feasts of a local day, in the order of `KNOWN`; mostly none."""
    return _of_year(day.year).get(day, ())


@lru_cache(maxsize=_YEARS_REMEMBERED)
def _of_year(year: int) -> Mapping[date, tuple[str, ...]]:
    found: dict[date, tuple[str, ...]] = {}
    for code, days, *_ in _FEASTS:
        for day in days(year):
            found[day] = (*found.get(day, ()), code)
    return found
