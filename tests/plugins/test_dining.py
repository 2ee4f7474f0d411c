"""The dining plugin: happy hours by the store's own clock, points for coming, set menus."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import stoa_dining
from stoa.plugins import Plugins
from stoa.testing import a_claim, a_line, a_purchase, a_standing, check_plugin
from stoa.values.facts import Grant, Purchase, Refusal, Reward
from stoa.values.settings import read_settings
from zoo import written

PLUGINS = Plugins({"dining": stoa_dining})
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TEA_TIME = {"days": "every_day", "from_hour": 15, "to_hour": 18, "rate": "2"}
LATE = {"days": "weekends", "from_hour": 22, "to_hour": 2, "rate": "3"}
MENU = {"code": "menu", "title": "A set menu", "points": 4000, "worth_minor": 8000}


def knobs(**given: Any) -> dict[str, Any]:
    return read_settings(stoa_dining.settings(), given)


def earn(purchase: Purchase, **given: Any) -> list[tuple[int, str, str]]:
    lines = written(PLUGINS.earn_lines("dining", purchase, a_standing(), knobs(**given)))
    return [(line.points, line.reason, line.arithmetic) for line in lines]


def rate_at(local: str, zone: str = "Asia/Shanghai", **given: Any) -> str:
    """Return the reason of what is earned at a local time, ``none`` for nothing."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    bill = a_purchase(at=at.astimezone(UTC), zone=zone)
    [(_, reason, _)] = earn(bill, **given)
    return reason


def test_a_bill_earns_at_the_base_rate() -> None:
    assert earn(a_purchase(total_minor=88_90)) == [
        (88, "base", "88.90 at 1 point per 1.00, rounded down")
    ]


@pytest.mark.parametrize(
    ("local", "reason"),
    [
        ("2026-05-01T14:59:59", "base"),
        ("2026-05-01T15:00:00", "happy_hour"),
        ("2026-05-01T17:59:59", "happy_hour"),
        ("2026-05-01T18:00:00", "base"),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/St_Johns", "Pacific/Kiritimati", "UTC"])
def test_a_happy_hour_is_by_the_clock_on_the_stores_own_wall(
    local: str, reason: str, zone: str
) -> None:
    assert rate_at(local, zone, happy_hours=[TEA_TIME]) == reason


def test_one_instant_is_happy_in_london_and_not_in_hong_kong() -> None:
    at = datetime(2026, 5, 1, 16, tzinfo=UTC)
    given = {"happy_hours": [TEA_TIME]}
    assert earn(a_purchase(at=at, zone="Asia/Hong_Kong"), **given)[0][1] == "base"
    assert earn(a_purchase(at=at, zone="Europe/London"), **given) == [
        (20, "happy_hour", "10.00 at 2 points per 1.00")
    ]


@pytest.mark.parametrize(
    ("local", "reason"),
    [
        ("2026-05-01T23:00:00", "base"),  # a Friday
        ("2026-05-02T01:00:00", "base"),  # Friday's night
        ("2026-05-02T22:00:00", "happy_hour"),
        ("2026-05-03T01:59:59", "happy_hour"),
        ("2026-05-03T02:00:00", "base"),
        ("2026-05-04T01:00:00", "happy_hour"),  # Sunday's night
        ("2026-05-04T22:00:00", "base"),
    ],
)
def test_a_happy_hour_over_midnight_belongs_to_the_day_it_began_on(local: str, reason: str) -> None:
    assert rate_at(local, happy_hours=[LATE]) == reason


def test_weekdays_are_monday_to_friday() -> None:
    rows = [TEA_TIME | {"days": "weekdays"}]
    days = [rate_at(f"2026-05-{day:02}T16:00:00", happy_hours=rows) for day in range(4, 11)]
    assert days == ["happy_hour"] * 5 + ["base"] * 2


def test_an_hour_struck_twice_when_clocks_go_back_is_happy_both_times() -> None:
    given = {"happy_hours": [TEA_TIME | {"from_hour": 2, "to_hour": 3}]}
    for hour, reason in ((0, "happy_hour"), (1, "happy_hour"), (2, "base")):
        at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        assert earn(a_purchase(at=at, zone="Europe/Berlin"), **given)[0][1] == reason


def test_of_two_happy_hours_the_higher_rate_holds() -> None:
    rows = [TEA_TIME, TEA_TIME | {"rate": "5"}, TEA_TIME | {"rate": "4"}]
    at = datetime(2026, 5, 1, 16, tzinfo=UTC)
    assert earn(a_purchase(at=at), happy_hours=rows)[0][0] == 50


def test_a_happy_hour_may_be_a_whole_day() -> None:
    rows = [TEA_TIME | {"from_hour": 0, "to_hour": 24}]
    assert rate_at("2026-05-01T00:00:00", happy_hours=rows) == "happy_hour"
    assert rate_at("2026-05-01T23:59:59", happy_hours=rows) == "happy_hour"


def test_coming_earns_besides_from_a_least_bill_on() -> None:
    given = {"visit_points": 15, "visit_from_minor": 30_00}
    assert [each[:2] for each in earn(a_purchase(total_minor=30_00), **given)] == [
        (30, "base"),
        (15, "visit"),
    ]
    assert [each[:2] for each in earn(a_purchase(total_minor=29_99), **given)] == [(29, "base")]


def test_what_was_paid_with_points_earns_nothing_and_is_no_visit() -> None:
    given = {"visit_points": 15, "happy_hours": [TEA_TIME]}
    assert earn(a_purchase(a_line(net_minor=50_00, earning_minor=0)), **given) == []


def test_points_name_the_lines_they_were_earned_on() -> None:
    bill = a_purchase(a_line(1), a_line(2, earning_minor=0), a_line(3))
    [earned] = PLUGINS.earn_lines("dining", bill, a_standing(), knobs())
    assert earned.line_nos == (1, 3)


def test_set_menus_stand_on_the_shelf() -> None:
    assert PLUGINS.rewards("dining", knobs(rewards=[MENU]), NOW) == [
        Reward("menu", "A set menu", 4000, 8000)
    ]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"happy_hours": [TEA_TIME, LATE], "visit_points": 15, "rewards": [MENU]},
        {"stamps": 4, "stamp_dish": "煎餃", "stamp_worth_minor": 0},
        {"base_rate": 0, "visit_points": 3, "visit_from_minor": 10_00},
    ],
)
def test_the_contract_is_kept(given: dict[str, Any]) -> None:
    check_plugin(stoa_dining, settings=given, purchases=60)


CARD = {"stamps": 4, "stamp_worth_minor": 30_00}


def card(visits: int, used: int = 0, **more: Any) -> Grant | Refusal | None:
    """Claim a dish after so many visits, of which so many dishes were had before."""
    asked = a_claim("stamp_card", used_ever_milli=used * 1000, **more)
    return PLUGINS.claim_benefit("dining", asked, a_standing(visits=visits), knobs(**CARD))


@pytest.mark.parametrize(
    ("visits", "used", "dishes"),
    [
        (4, 0, 1),
        (5, 0, 1),
        (7, 0, 1),
        (8, 1, 1),
        (3, 0, 0),
        (0, 0, 0),
        (4, 1, 0),
        (7, 1, 0),
        (3, 1, 0),
    ],
)
def test_every_fourth_visit_is_a_free_dish_once(visits: int, used: int, dishes: int) -> None:
    answer = card(visits, used)
    if dishes:
        assert answer == Grant(
            dishes * 1000, "ea", dishes * 30_00, 0, "1 × A dish of the house: 30.00 CNY"
        )
    else:
        assert isinstance(answer, Refusal)
        assert answer.code == "card_not_full"


def test_full_cards_may_be_used_together_and_never_more_of_them() -> None:
    both = card(9, quantity_milli=5000)
    assert isinstance(both, Grant)
    assert (both.quantity_milli, both.worth_minor) == (2000, 60_00)
    assert isinstance(card(9, quantity_milli=999), Refusal)


def test_the_stamps_of_the_open_card_are_told() -> None:
    [told] = PLUGINS.benefits("dining", a_standing(visits=7), knobs(**CARD), NOW)
    assert told.reason == "3 of 4 stamps; 1 cards full"
    assert told.available_milli == 1000


def test_without_stamps_there_is_no_card() -> None:
    assert PLUGINS.benefits("dining", a_standing(visits=7), knobs(), NOW) == []
    asked = a_claim("stamp_card")
    assert PLUGINS.claim_benefit("dining", asked, a_standing(visits=7), knobs()) is None
    assert PLUGINS.claim_benefit("dining", a_claim("tea"), a_standing(), knobs(**CARD)) is None
