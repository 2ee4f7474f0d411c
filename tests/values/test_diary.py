"""The diary: what windows of days make of purchases, and the best moment of rolling ones."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.conditions import CAMPAIGN, TIER, Ask, read_window
from stoa.values.diary import FACTS, Best, Diary, Entry, Way, answer, best
from stoa.values.periods import Period

DAY = date(2026, 5, 1)
WINDOWS = ("day", "7 days", "30 days", "1 months", "calendar month", "membership year", "ever")


def _entry(
    number: int, day: date = DAY, spend: int = 0, *, minute: int = 0, store: int = 1, **more: object
) -> Entry:
    at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(minutes=minute)
    values = {"purchase_id": UUID(int=number), "at": at, "day": day, "spend_minor": spend}
    values |= {"store_id": UUID(int=store), "store": f"s{store}"}
    values |= {"partner_id": UUID(int=store % 2), "partner": f"p{store % 2}"}
    return Entry(**values | more)  # type: ignore[arg-type]


def _until(day: date, since: date = DAY) -> Period:
    return Period(since, day + timedelta(days=1))


def test_spend_of_a_day_adds_up_over_stores() -> None:
    diary = Diary.of(DAY, [_entry(1, spend=300_00), _entry(2, spend=500_00, store=2)])
    assert diary.spend(read_window("day").around(DAY, DAY)) == 800_00


def test_what_is_bought_around_midnight_is_of_two_days() -> None:
    diary = Diary.of(
        DAY, [_entry(1, spend=400_00, minute=719), _entry(2, DAY + timedelta(1), 400_00)]
    )
    window = read_window("day")
    assert best(diary, "spend", window, _until(DAY + timedelta(1))) == Best(400_00, DAY)


def test_the_purchase_of_31_days_ago_falls_out_of_30_days() -> None:
    diary = Diary.of(DAY, [_entry(1, spend=1999_99), _entry(2, DAY + timedelta(30), 1)])
    last = DAY + timedelta(30)
    found = best(diary, "spend", read_window("30 days"), _until(last))
    assert found == Best(1999_99, DAY)
    within = Diary.of(DAY, [_entry(1, spend=1999_99), _entry(2, DAY + timedelta(29), 1)])
    found = best(within, "spend", read_window("30 days"), _until(last))
    assert found == Best(2000_00, DAY + timedelta(29))


def test_a_rolling_window_counts_only_if_it_ends_in_the_span() -> None:
    diary = Diary.of(DAY, [_entry(1, spend=800_00)])
    since = DAY + timedelta(1)
    assert best(diary, "spend", read_window("day"), _until(since, since)) == Best(0, None)
    assert best(diary, "spend", read_window("2 days"), _until(since, since)) == Best(800_00, since)


def test_a_calendar_window_that_holds_a_day_of_the_span_counts_whole() -> None:
    diary = Diary.of(DAY, [_entry(1, spend=800_00)])
    since = DAY + timedelta(20)
    found = best(diary, "spend", read_window("calendar month"), _until(since, since))
    assert found == Best(800_00, DAY)


def test_nothing_after_the_span_counts() -> None:
    diary = Diary.of(DAY, [_entry(1, DAY + timedelta(1), 800_00)])
    for text in WINDOWS:
        assert best(diary, "spend", read_window(text), _until(DAY)).value == 0
    assert best(diary, "spend", read_window("day"), Period(DAY, DAY)) == Best(0, None)


@pytest.mark.parametrize(("minutes", "visits"), [((0, 30), 1), ((0, 31), 2), ((0, 20, 40), 2)])
def test_split_receipts_of_one_store_are_one_visit(minutes: tuple[int, ...], visits: int) -> None:
    entries = [_entry(number, minute=minute) for number, minute in enumerate(minutes)]
    assert Diary.of(DAY, entries).visits(_until(DAY)) == visits


def test_receipts_of_two_stores_are_two_visits() -> None:
    diary = Diary.of(DAY, [_entry(1), _entry(2, store=2, minute=5), _entry(3, minute=10)])
    assert diary.visits(_until(DAY)) == 2
    assert diary.visits(_until(DAY), Way(visit_gap_minutes=4)) == 3
    assert diary.purchases(_until(DAY)) == 3


def test_places_are_counted_once() -> None:
    diary = Diary.of(DAY, [_entry(1), _entry(2), _entry(3, store=3), _entry(4, store=2)])
    assert diary.stores_visited(_until(DAY)) == 3
    assert diary.partners_visited(_until(DAY)) == 2
    found = best(diary, "stores_visited", read_window("ever"), _until(DAY))
    assert found == Best(3, DAY)


def test_only_the_kinds_that_qualify_are_qualifying_points() -> None:
    diary = Diary.of(DAY, [_entry(1, points={"base": 880, "uplift": 176, "campaign": 44})])
    assert diary.qualifying_points(_until(DAY)) == 880
    way = Way(qualifying=frozenset(("base", "uplift")))
    assert diary.qualifying_points(_until(DAY), way) == 1056


def test_a_diary_tells_its_first_and_last_day() -> None:
    assert Diary.of(DAY, []).first_day is None
    assert Diary.of(DAY, []).last_day is None
    diary = Diary.of(DAY, [_entry(2, DAY + timedelta(3)), _entry(1)])
    assert (diary.first_day, diary.last_day) == (DAY, DAY + timedelta(3))
    assert [entry.purchase_id.int for entry in diary.within(_until(DAY))] == [1]


def test_an_ask_is_answered_for_the_window_of_a_day() -> None:
    diary = Diary.of(DAY, [_entry(1, spend=5)])
    spend = Ask(TIER["spend"], read_window("30 days"))
    assert answer(diary, spend, DAY + timedelta(29)) == 5
    assert answer(diary, spend, DAY + timedelta(30)) == 0


def test_what_no_diary_tells_has_no_answer() -> None:
    diary = Diary.of(DAY, [])
    assert answer(diary, Ask(CAMPAIGN["tier"]), DAY) is None
    assert answer(diary, Ask(TIER["purchasing_referrals"], read_window("ever")), DAY) is None


_ENTRIES = st.lists(
    st.tuples(
        st.integers(-40, 80), st.integers(0, 1000), st.integers(0, 600), st.integers(1, 4)
    ),
    max_size=12,
)  # fmt: skip


@given(_ENTRIES, st.sampled_from(WINDOWS), st.sampled_from(sorted(FACTS)), st.integers(0, 70))
def test_the_best_moment_is_the_best_of_all_days(
    drawn: list[tuple[int, int, int, int]], text: str, fact: str, length: int
) -> None:
    entries = [
        _entry(
            number, DAY + timedelta(days), spend, minute=minute, store=store, points={"base": spend}
        )
        for number, (days, spend, minute, store) in enumerate(drawn)
    ]
    enrolled_on, window = DAY - timedelta(100), read_window(text)
    until = DAY + timedelta(length)
    seen = Diary.of(enrolled_on, [each for each in entries if each.day <= until])
    days = [DAY + timedelta(number) for number in range(length + 1)]
    counts = [seen.count(fact, window.around(day, enrolled_on)) for day in days]
    found = best(Diary.of(enrolled_on, entries), fact, window, _until(until))
    assert found.value == max(counts)
    assert (found.day is None) == (found.value == 0)
    if window.rolling and found.day:
        assert found.day == days[counts.index(found.value)]
