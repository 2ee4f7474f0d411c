"""What is missing is exact: so much lifts, one minor unit less does not; its last day holds too."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from ladders import a_ladder
from stoa.values.assessments import Known
from stoa.values.conditions import read_window
from stoa.values.diary import Diary, Entry
from stoa.values.footings import Footing, Moment, assess
from stoa.values.goals import progress
from stoa.values.ladders import Ladder, read_ladder

DAY = date(2028, 2, 29)
ENROLLED = date(2024, 2, 29)
WINDOWS = (
    "day", "7 days", "30 days", "1 months", "12 months", "calendar month", "calendar year",
    "membership year", "ever",
)  # fmt: skip

_BOUGHT = st.lists(st.tuples(st.integers(-500, 0), st.integers(0, 400)), max_size=10)
_DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))


def _entries(today: date, bought: list[tuple[int, int]]) -> list[Entry]:
    return [_entry(n, today + timedelta(days), minor) for n, (days, minor) in enumerate(bought)]


def _entry(number: int, day: date, minor: int) -> Entry:
    at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    return Entry(UUID(int=number), at, day, UUID(int=1), "s", UUID(int=2), "p", minor)


def _ladder(*windows: str) -> Ladder:
    trees: list[dict[str, Any]] = [
        {"fact": "spend", "over": window, "is": ">=", "value": 1000} for window in windows
    ]
    return read_ladder(a_ladder({"any": trees}), code="main", version=1)


def _look(ladder: Ladder, entries: list[Entry], today: date) -> Footing | None:
    at = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
    known = Known(Diary.of(ENROLLED, entries), {})
    return assess(ladder, None, known, Moment(at, "Asia/Shanghai"))


@given(_BOUGHT, _DAYS, st.lists(st.sampled_from(WINDOWS), min_size=1, max_size=3, unique=True))
@example([(-30, 400)], DAY, ["1 months"])
def test_what_is_missing_lifts_and_one_less_does_not(
    bought: list[tuple[int, int]], today: date, windows: list[str]
) -> None:
    ladder, entries = _ladder(*windows), _entries(today, bought)
    if _look(ladder, entries, today) is not None:
        return  # a moment of before has won the tier already
    (goal,) = progress(ladder, "basic", Known(Diary.of(ENROLLED, entries), {}), today)
    missing = min(part.missing or 0 for part in goal.parts)
    found = _look(ladder, [*entries, _entry(99, today, missing)], today)
    assert found
    assert found.tier == "silver"
    assert _look(ladder, [*entries, _entry(99, today, missing - 1)], today) is None


@given(_BOUGHT, _DAYS, st.sampled_from(WINDOWS))
@example([(0, 400)], date(2027, 2, 28), "1 months")
def test_the_last_day_is_the_last_on_which_all_of_it_counts(
    bought: list[tuple[int, int]], today: date, text: str
) -> None:
    ladder, entries = _ladder(text), _entries(today, bought)
    diary, window = Diary.of(ENROLLED, entries), read_window(text)
    (goal,) = progress(ladder, "basic", Known(diary, {}), today)
    (part,) = goal.parts
    within = diary.within(window.around(today, ENROLLED))
    if part.until is None or not within:
        return
    oldest = within[0].day
    assert oldest in window.around(part.until, ENROLLED)
    assert oldest not in window.around(part.until + timedelta(1), ENROLLED)


@given(st.permutations(range(8)), st.lists(st.integers(0, 700), min_size=8, max_size=8), st.data())
def test_any_order_of_purchases_and_returns_ends_where_the_diary_says(
    order: list[int], spent: list[int], data: st.DataObject
) -> None:
    """Each step is looked at as it arrives; the end is what one look at all of it would give."""
    ladder = read_ladder(
        a_ladder(
            {"fact": "purchases", "over": "30 days", "is": ">=", "value": 3},
            {"fact": "spend", "over": "7 days", "is": ">=", "value": 1000},
        ),
        code="main", version=1,
    )  # fmt: skip
    moment = Moment(datetime(2028, 3, 31, 4, tzinfo=UTC), "Asia/Shanghai")
    bought = {n: _entry(n, DAY + timedelta(n * 3), minor) for n, minor in enumerate(spent)}
    gone = data.draw(st.sets(st.sampled_from(range(8))))
    there: dict[int, Entry] = {}
    footing: Footing | None = None
    for number in order:
        there[number] = bought[number]
        footing = _step(ladder, footing, there, moment, lowers=False)
        for back in sorted(gone & there.keys()):
            if data.draw(st.booleans()):
                del there[back]
                gone.discard(back)
                footing = _step(ladder, footing, there, moment, lowers=True)
    scratch = _step(ladder, None, there, moment, lowers=False)
    assert (footing.tier if footing else "basic") == (scratch.tier if scratch else "basic")


def _step(
    ladder: Ladder,
    footing: Footing | None,
    there: dict[int, Entry],
    moment: Moment,
    *,
    lowers: bool,
) -> Footing | None:
    known = Known(Diary.of(ENROLLED, there.values()), {})
    return assess(ladder, footing, known, moment, lowers=lowers) or footing


def test_the_date_of_a_purchase_in_a_zone_ahead_counts_at_once() -> None:
    today = date(2026, 5, 1)
    found = _look(_ladder("day"), [_entry(1, today + timedelta(1), 1000)], today)
    assert found
    assert found.tier == "silver"
    assert found.path
    assert "2026-05-02" in str(found.path)


def test_a_clock_moved_back_takes_nothing() -> None:
    ladder, entries = _ladder("30 days"), [_entry(1, DAY, 1000)]
    at = datetime(2028, 2, 1, 4, tzinfo=UTC)
    known = Known(Diary.of(ENROLLED, entries), {})
    gold = _look(ladder, entries, DAY)
    assert gold
    moment = Moment(at, "Asia/Shanghai")
    assert assess(ladder, replace(gold), known, moment, lowers=True) is None
