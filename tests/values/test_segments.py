"""Segments and birthdays as values: every mistake is named, days hold at their edges."""

from datetime import date
from typing import Any

import pytest

from stoa.values.birthdays import is_birthday, is_birthday_month, may_be_born
from stoa.values.conditions import WrongRuleError
from stoa.values.documents import Reading
from stoa.values.segments import read_segment

SLEEPERS = {"fact": "days_since_purchase", "is": ">=", "value": 90}


def test_a_segment_is_a_condition_or_a_list() -> None:
    drawn = read_segment({"name": {"en": "Sleepers"}, "condition": SLEEPERS})
    assert drawn.condition is not None
    assert not drawn.is_list
    by_hand = read_segment({"name": {"en": "Tenants", "zh-Hans": "租户"}, "list": True})
    assert by_hand.is_list
    assert by_hand.name.of("zh-Hans") == "租户"
    assert by_hand.name.of("en") == "Tenants"


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({}, ["name", ""]),
        ({"name": {"en": "A"}, "list": True, "condition": SLEEPERS}, ["condition"]),
        ({"name": {"fr": "A"}, "list": True}, ["name.fr", "name.en"]),
        ({"name": {"en": ""}, "list": True}, ["name.en"]),
        ({"name": {"en": "A"}, "list": 1, "colour": 2}, ["list", "colour", ""]),
        (
            {"name": {"en": "A"}, "condition": {"fact": "store", "is": "in", "value": ["x"]}},
            ["condition.fact"],
        ),
    ],
)
def test_every_mistake_of_a_segment_is_named_with_its_place(
    document: dict[str, Any], places: list[str]
) -> None:
    with pytest.raises(WrongRuleError) as wrong:
        read_segment(document)
    expected = {place or "condition" for place in places}
    assert set(wrong.value.errors) == expected


def test_a_reading_tells_all_that_is_wrong_at_once() -> None:
    wrong_ones = {"points": 0, "mode": "raffle", "code": "", "sure": "yes", "x": 1}
    days = {"from": "2026-02-31", "until": "yesterday", "on": "2026-02-28"}
    reading = Reading(wrong_ones | days, "bonus")
    assert reading.day("from") == reading.day("until") == date.min
    assert reading.day("on") == date(2026, 2, 28)
    assert reading.whole("points", 1, 9) == 1
    assert reading.choice("mode", ("direct", "draw")) == "direct"
    assert reading.word("code") == ""
    assert reading.flag("sure", default=True)
    with pytest.raises(WrongRuleError) as wrong:
        reading.done()
    assert set(wrong.value.errors) == {
        "bonus.points", "bonus.mode", "bonus.code", "bonus.sure", "bonus.x", "bonus.from",
        "bonus.until",
    }  # fmt: skip


def test_what_is_left_out_reads_as_its_default() -> None:
    reading = Reading({"code": "abc", "note": None})
    assert reading.whole("points", 1, 9, 5) == 5
    assert reading.choice("mode", ("direct", "draw"), "draw") == "draw"
    assert reading.word("code") == "abc"
    assert not reading.has("note")
    assert reading.texts("about", optional=True).written == ()
    reading.done()


def test_a_document_that_is_no_object_is_wrong_as_a_whole() -> None:
    with pytest.raises(WrongRuleError) as wrong:
        Reading([], "reward").done()
    assert set(wrong.value.errors) == {"reward"}


@pytest.mark.parametrize(
    ("born", "day", "birthday", "month"),
    [
        (date(1990, 5, 17), date(2026, 5, 17), True, True),
        (date(1990, 5, 17), date(2026, 5, 18), False, True),
        (date(1990, 5, 17), date(2026, 6, 17), False, False),
        (date(2000, 2, 29), date(2028, 2, 29), True, True),
        (date(2000, 2, 29), date(2028, 2, 28), False, True),
        (date(2000, 2, 29), date(2027, 2, 28), True, True),
        (date(2000, 2, 29), date(2027, 3, 1), False, False),
        (date(2026, 5, 17), date(2026, 5, 16), False, False),
        (None, date(2026, 5, 17), False, False),
    ],
)
def test_a_birthday_comes_every_year(
    born: date | None, day: date, *, birthday: bool, month: bool
) -> None:
    assert is_birthday(born, day) is birthday
    assert is_birthday_month(born, day) is month


@pytest.mark.parametrize(
    ("born", "may"),
    [
        (date(2026, 5, 1), True),
        (date(2026, 5, 2), False),
        (date(1896, 1, 1), True),
        (date(1895, 12, 31), False),
    ],
)
def test_nobody_is_born_ahead_or_too_long_ago(born: date, *, may: bool) -> None:
    assert may_be_born(born, date(2026, 5, 1)) is may
