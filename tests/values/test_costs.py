"""Costs of benefits: split over who pays, always to the cent; subjects written alike; openings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.benefits import period
from stoa.values.costs import split_cost
from stoa.values.documents import Reading
from stoa.values.facts import CostShare
from stoa.values.openings import read_booking, slots_of
from stoa.values.subjects import subject_key

_HALVES = (CostShare("operator", 50), CostShare("receipts", 50))


def test_thirty_is_fifteen_of_the_operator_nine_and_six_of_the_sellers() -> None:
    """Economics §3.9."""
    assert split_cost(3000, _HALVES, {"prt:a": 30_000, "prt:b": 20_000}) == {
        "operator": 1500, "prt:a": 900, "prt:b": 600
    }  # fmt: skip


def test_without_shares_the_partner_pays_and_without_receipts_the_operator() -> None:
    assert split_cost(7, (), {}) == {"partner": 7}
    assert split_cost(3000, _HALVES, {}) == {"operator": 3000}
    assert split_cost(0, _HALVES, {"prt:a": 1}) == {}


@st.composite
def _shares(draw: st.DrawFn) -> tuple[CostShare, ...]:
    payers = draw(
        st.lists(
            st.sampled_from(["operator", "partner", "receipts", "prt:x"]),
            min_size=1, max_size=4, unique=True,
        )
    )  # fmt: skip
    edges = draw(st.sets(st.integers(1, 99), min_size=len(payers) - 1, max_size=len(payers) - 1))
    cuts = [0, *sorted(edges), 100]
    return tuple(
        CostShare(payer, high - low)
        for payer, low, high in zip(payers, cuts[:-1], cuts[1:], strict=True)
    )


@given(
    minor=st.integers(0, 10**15),
    shares=_shares(),
    sellers=st.dictionaries(st.sampled_from(["prt:a", "prt:b", "prt:x"]), st.integers(1, 10**12)),
)
def test_every_split_adds_up_to_the_cent(
    minor: int, shares: tuple[CostShare, ...], sellers: dict[str, int]
) -> None:
    costs = split_cost(minor, shares, sellers)
    assert sum(costs.values()) == minor
    assert all(cost > 0 for cost in costs.values())
    for each in shares:
        if each.payer not in ("operator", "receipts", *sellers):
            assert abs(costs.get(each.payer, 0) * 100 - minor * each.share) < 100


@pytest.mark.parametrize(
    "text", ["沪A12345", "沪A·12345", " 沪a-12345", "沪Ａ１２３４５", "沪A 123 45"]
)
def test_a_plate_is_one_however_it_is_written(text: str) -> None:
    assert subject_key(text) == "沪A12345"


def test_a_subject_without_letters_stays() -> None:
    assert (subject_key(" -- "), subject_key("")) == ("--", "")


@pytest.mark.parametrize(
    ("every", "first", "after"),
    [
        ("day", "2027-01-01", "2027-01-02"),
        ("entry", "2027-01-01", "2027-01-02"),
        ("week", "2026-12-28", "2027-01-04"),
        ("month", "2027-01-01", "2027-02-01"),
        ("year", "2027-01-01", "2028-01-01"),
        ("ever", "0001-01-01", "9999-12-31"),
    ],
)
def test_a_period_holds_its_day(every: str, first: str, after: str) -> None:
    found = period(every, date(2027, 1, 1))
    assert (found.start, found.end) == (date.fromisoformat(first), date.fromisoformat(after))


@pytest.mark.parametrize(
    ("day", "first", "slots"),
    [
        (date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC), 5),  # clocks go back
        (date(2027, 3, 14), datetime(2027, 3, 14, 5, tzinfo=UTC), 3),  # and forward
        (date(2027, 3, 21), datetime(2027, 3, 21, 4, tzinfo=UTC), 4),
    ],
)
def test_slots_are_real_hours_where_clocks_change(day: date, first: datetime, slots: int) -> None:
    row = {"days": ["sunday"], "from": "00:00", "until": "04:00"}
    document = {"booking": {"resource": "lounge", "minutes": 60, "places": 1, "open": [row]}}
    booking = read_booking(Reading(document), "booking")
    assert booking is not None
    found = slots_of(booking, day, "America/New_York")
    assert (found[0].starts, len(found)) == (first, slots)
    assert all(slot.ends - slot.starts == timedelta(hours=1) for slot in found)
    assert slots_of(booking, day + timedelta(days=1), "America/New_York") == []


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    row = {"days": ["friday"], "from": "22:00", "until": "02:00"}
    document = {"booking": {"resource": "bar", "minutes": 90, "places": 1, "open": [row]}}
    booking = read_booking(Reading(document), "booking")
    assert booking is not None
    found = slots_of(booking, date(2026, 5, 1), "Asia/Shanghai")
    assert [slot.starts.hour for slot in found] == [14, 15]  # 22:00 and 23:30 in Shanghai


def test_a_row_of_hours_that_is_none_is_named() -> None:
    for row in ({"days": [], "from": "9", "until": "10:00"}, "always"):
        document = {"booking": {"resource": "bar", "minutes": 90, "places": 1, "open": [row]}}
        reading = Reading(document)
        read_booking(reading, "booking")
        assert reading.errors
