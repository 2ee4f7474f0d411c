"""Challenges as values: documents read, streaks in local days, progress and the day of a goal."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.challenges import FOREVER, Challenge, read_challenge
from stoa.values.conditions import WrongRuleError
from stoa.values.diary import Diary, Entry
from stoa.values.periods import Period, add_months, local_day
from stoa.values.progress import Deeds, Step, facts_within, reached_on, steps
from stoa.values.streaks import MONTHS, WEEKS, Streak, streak

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
VISITS: dict[str, Any] = {"fact": "visits", "over": "ever", "is": ">=", "value": 3}
STAMPS: dict[str, Any] = {
    "fact": "stores_collected", "is": "has all", "value": ["grocery/main", "cinema/main"],
}  # fmt: skip


def a_challenge(goal: dict[str, Any], /, **changes: Any) -> Challenge:
    """Read a challenge of a goal."""
    whole = {"name": {"en": "A"}, "period": "calendar year", "goal": goal}
    return read_challenge(whole | changes)


def entry(day: date, place: str = "grocery/main", spend: int = 100, hour: int = 12) -> Entry:
    """Return a purchase on a day."""
    partner, store = place.split("/")
    at = datetime.combine(day, time(hour), tzinfo=UTC)
    number = UUID(int=abs(hash((day, place, hour))) % 2**127)
    return Entry(number, at, day, UUID(int=hash(place) % 2**127), store, number, partner, spend)


def deeds(*entries: Entry, **activities: tuple[date, ...]) -> Deeds:
    """Return what a member did."""
    return Deeds(Diary.of(date(2025, 1, 1), entries), activities)


class TestReading:
    """Documents: every mistake is named with its place."""

    def test_a_challenge_needs_a_name_a_period_and_a_goal(self) -> None:
        read = a_challenge(VISITS)
        assert read.reward is None
        assert (read.budget_points, read.most_per_period, read.opt_in) == (0, 1, False)
        assert read.period_of(date(2026, 5, 1)) == YEAR

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"name": None}, "name"),
            ({"period": "week"}, "period"),
            ({"period": {"from": "2026-05-02", "until": "2026-05-01"}}, "period.until"),
            ({"period": {"from": "x", "until": "2026-05-01"}}, "period.from"),
            ({"period": {"from": "2026-05-01", "until": "2026-05-02", "at": 1}}, "period.at"),
            ({"goal": {"not": VISITS}}, "goal.not"),
            ({"goal": VISITS | {"is": "<="}}, "goal.is"),
            ({"goal": {"all": [VISITS, VISITS | {"value": 0}]}}, "goal.all.1.value"),
            ({"goal": {"any": [STAMPS | {"is": "has none"}]}}, "goal.any.0.is"),
            ({"goal": {"fact": "tier", "is": "in", "value": ["gold"]}}, "goal.fact"),
            ({"reward": {"points": 0}, "budget_points": 9}, "reward.points"),
            ({"reward": {"points": 5}}, "budget_points"),
            ({"reward": {"points": 5}, "budget_points": 4}, "budget_points"),
            ({"budget_points": 4}, "budget_points"),
            ({"reward": {"points": 5, "cash": 1}, "budget_points": 5}, "reward.cash"),
            ({"most_per_period": 32}, "most_per_period"),
            ({"join": "maybe"}, "join"),
            ({"colour": "red"}, "colour"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_named(self, changes: dict[str, Any], place: str) -> None:
        with pytest.raises(WrongRuleError) as wrong:
            a_challenge(VISITS, **changes)
        assert place in wrong.value.errors

    def test_a_reward_is_paid_by_the_operator_unless_it_says_otherwise(self) -> None:
        plain = a_challenge(VISITS, reward={"points": 5}, budget_points=5).reward
        assert plain is not None
        assert [(each.payer, each.share) for each in plain.payers] == [("operator", 100)]

    def test_periods_follow_each_other(self) -> None:
        month = a_challenge(VISITS, period="calendar month")
        assert month.period_of(date(2026, 2, 28)) == Period(date(2026, 2, 1), date(2026, 3, 1))
        assert month.period_before(date(2026, 1, 1)) == Period(date(2025, 12, 1), date(2026, 1, 1))
        once = a_challenge(VISITS, period="once")
        assert once.period_of(date(2026, 2, 28)) == FOREVER
        assert once.period_before(date(2026, 2, 28)) is None
        week = a_challenge(VISITS, period={"from": "2026-05-01", "until": "2026-05-07"})
        assert week.period_of(date(2026, 4, 30)) is None
        assert week.period_of(date(2026, 5, 7)) == Period(date(2026, 5, 1), date(2026, 5, 8))
        assert week.period_of(date(2026, 5, 8)) is None
        assert week.period_before(date(2026, 5, 7)) is None
        assert week.period_before(date(2026, 5, 8)) == Period(date(2026, 5, 1), date(2026, 5, 8))


class TestStreaks:
    """Weeks and months in a row, in local days."""

    @pytest.mark.parametrize(
        ("days", "found"),
        [
            ([], Streak(0, 0)),
            ([date(2026, 5, 3), date(2026, 5, 4)], Streak(2, 2)),  # Sunday, Monday
            ([date(2026, 4, 27), date(2026, 5, 3)], Streak(1, 1)),  # one week
            ([date(2026, 4, 20), date(2026, 5, 4)], Streak(1, 1)),  # one week left out
            ([date(2026, 4, 13), date(2026, 4, 20)], Streak(2, 0)),  # broken since
            ([date(2025, 12, 28), date(2025, 12, 29), date(2026, 1, 5)], Streak(3, 0)),
        ],
    )
    def test_weeks_begin_on_monday(self, days: list[date], found: Streak) -> None:
        assert streak(days, WEEKS, date(2026, 5, 10)) == found

    def test_a_streak_goes_on_through_the_week_that_follows(self) -> None:
        sunday = date(2026, 5, 3)
        assert streak([sunday], WEEKS, date(2026, 5, 10)).now == 1
        assert streak([sunday], WEEKS, date(2026, 5, 11)).now == 0

    def test_months_are_counted_over_the_end_of_a_year(self) -> None:
        days = [date(2025, 11, 30), date(2025, 12, 1), date(2026, 1, 31)]
        assert streak(days, MONTHS, date(2026, 2, 28)) == Streak(3, 3)
        assert streak(days, MONTHS, date(2026, 3, 1)) == Streak(3, 0)

    @pytest.mark.parametrize(
        ("instant", "week"),
        [
            # 29 March 2026: clocks in Berlin go from 02:00 to 03:00; Sunday ends at 22:00 UTC.
            (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), date(2026, 3, 23)),
            (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
            # 25 October 2026: they go back, and Sunday ends at 23:00 UTC.
            (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), date(2026, 10, 19)),
            (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
            # The last day of the year, seen from Berlin.
            (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), date(2026, 12, 28)),
        ],
    )
    def test_the_clocks_change_no_week_of_the_store(self, instant: datetime, week: date) -> None:
        day = local_day(instant, "Europe/Berlin")
        assert WEEKS.first(day) == week
        assert instant.astimezone(ZoneInfo("Europe/Berlin")).date() == day

    @given(
        st.lists(st.integers(0, 900), max_size=60), st.sampled_from([WEEKS, MONTHS]),
        st.integers(0, 60),
    )  # fmt: skip
    def test_streaks_are_those_of_a_naive_count(
        self, offsets: list[int], beat: Any, later: int
    ) -> None:
        first = date(2024, 11, 13)
        days = [first + timedelta(days=each) for each in offsets]
        today = max(days, default=first) + timedelta(days=later)
        found = streak(days, beat, today)
        names = {_name(day, beat) for day in days}
        longest, row, day = 0, 0, first - timedelta(days=40)
        seen: list[tuple[int, int]] = []
        while day <= today:
            name = _name(day, beat)
            if not seen or seen[-1] != name:
                seen.append(name)
                row = row + 1 if name in names else 0
                longest = max(longest, row)
            day += timedelta(days=1)
        now = 0
        back = seen if seen[-1] in names else seen[:-1]
        for name in reversed(back):
            if name not in names:
                break
            now += 1
        assert found == Streak(longest, now)


def _name(day: date, beat: Any) -> tuple[int, int]:
    if beat is MONTHS:
        return day.year, day.month
    iso = day.isocalendar()
    return iso.year, iso.week


class TestProgress:
    """How far a member is, and since when a goal is reached."""

    def test_a_visit_less_is_not_enough(self) -> None:
        challenge = a_challenge(VISITS)
        days = [date(2026, 3, day) for day in (1, 5, 9)]
        two, three = deeds(*map(entry, days[:2])), deeds(*map(entry, days))
        today = date(2026, 3, 10)
        assert reached_on(challenge.goal, two, YEAR, today) is None
        assert steps(challenge.goal, two, YEAR, today) == (Step("visits|ever", 3, 2, 1, False),)  # noqa: FBT003 - reached
        assert reached_on(challenge.goal, three, YEAR, today) == days[2]
        assert reached_on(challenge.goal, three, YEAR, date(2026, 3, 8)) is None
        assert steps(challenge.goal, three, YEAR, today)[0].missing == 0

    def test_what_lies_outside_of_the_period_does_not_count(self) -> None:
        challenge = a_challenge(VISITS)
        days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
        found = facts_within(challenge.goal.asks, deeds(*map(entry, days)), YEAR, date(2027, 1, 2))
        assert found == {"visits|ever": 2}

    def test_a_stamp_card_is_full_with_all_its_stores(self) -> None:
        challenge = a_challenge(STAMPS)
        day = date(2026, 3, 1)
        one = deeds(entry(day), entry(day, "tower/main"))
        step = steps(challenge.goal, one, YEAR, day)[0]
        assert (step.found, step.missing) == (("grocery/main",), ("cinema/main",))
        assert not step.reached
        both = deeds(entry(day), entry(day + timedelta(days=1), "cinema/main"))
        assert reached_on(challenge.goal, both, YEAR, day) is None
        assert reached_on(challenge.goal, both, YEAR, date(2026, 4, 1)) == date(2026, 3, 2)

    def test_of_any_store_one_is_enough(self) -> None:
        challenge = a_challenge(STAMPS | {"is": "has any"})
        day = date(2026, 3, 1)
        assert steps(challenge.goal, deeds(), YEAR, day)[0].missing == (
            "grocery/main",
            "cinema/main",
        )
        step = steps(challenge.goal, deeds(entry(day)), YEAR, day)[0]
        assert (step.reached, step.missing) == (True, ())

    def test_a_streak_tells_what_is_missing_of_the_one_that_goes_on(self) -> None:
        goal = {"fact": "weeks_in_a_row", "is": ">=", "value": 4}
        days = [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 30)]
        step = steps(a_challenge(goal).goal, deeds(*map(entry, days)), YEAR, date(2026, 4, 1))[0]
        assert (step.found, step.now, step.missing) == (3, 1, 3)
        assert step.document["now"] == 1

    def test_activities_and_partners_count_too(self) -> None:
        both = {"all": [
            {"fact": "activities", "of": "check-in", "is": ">", "value": 1},
            {"fact": "partners_collected", "is": "has all", "value": ["grocery"]},
            {"fact": "months_in_a_row", "is": ">=", "value": 1},
            {"fact": "spend", "over": "day", "is": ">=", "value": 100},
        ]}  # fmt: skip
        challenge = a_challenge(both)
        day = date(2026, 3, 1)
        done = {"check-in": (day, day + timedelta(days=1))}
        told = Deeds(deeds(entry(day)).diary, done)
        assert reached_on(challenge.goal, told, YEAR, date(2026, 4, 1)) == date(2026, 3, 2)
        assert [step.target for step in steps(challenge.goal, told, YEAR, day)] == [
            2, ("grocery",), 1, 100,
        ]  # fmt: skip

    def test_a_step_is_kept_as_json(self) -> None:
        step = steps(
            a_challenge(STAMPS).goal, deeds(entry(date(2026, 3, 1))), YEAR, date(2026, 3, 1)
        )
        assert step[0].document == {
            "asked": "stores_collected", "target": ["grocery/main", "cinema/main"],
            "found": ["grocery/main"], "missing": ["cinema/main"], "reached": False,
        }  # fmt: skip

    @given(
        st.lists(st.tuples(st.integers(0, 364), st.integers(1, 500)), max_size=25),
        st.integers(1, 1500),
    )
    def test_the_day_of_a_goal_is_the_first_on_which_it_holds(
        self, bought: list[tuple[int, int]], target: int
    ) -> None:
        goal = {"any": [
            {"fact": "spend", "over": "30 days", "is": ">=", "value": target},
            {"fact": "weeks_in_a_row", "is": ">=", "value": 3},
        ]}  # fmt: skip
        challenge = a_challenge(goal)
        told = deeds(
            *(entry(YEAR.start + timedelta(days=day), spend=spend) for day, spend in bought)
        )
        last = date(2026, 12, 31)
        naive = next(
            (
                day
                for day in (YEAR.start + timedelta(days=each) for each in range(365))
                if challenge.goal.holds(facts_within(challenge.goal.asks, told, YEAR, day))
            ),
            None,
        )
        assert reached_on(challenge.goal, told, YEAR, last) == naive


def test_a_month_after_the_31st_is_a_month() -> None:
    assert add_months(MONTHS.first(date(2026, 1, 31)), 1) == date(2026, 2, 1)
