"""Footings and goals: the steps of a standing as pure functions, and what is missing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladders import GOLD, REVIEW, SILVER, a_ladder
from stoa.values.assessments import Known, earned, holds, told
from stoa.values.conditions import TIER, read_condition
from stoa.values.diary import Diary, Entry, best
from stoa.values.footings import Footing, Moment, assess, by_hand, first_day, next_review, review
from stoa.values.goals import progress
from stoa.values.ladders import Ladder, read_ladder
from stoa.values.periods import Period

DAY = date(2026, 5, 1)
NONE: dict[tuple[str, str], tuple[date, ...]] = {}


def _moment(day: date) -> Moment:
    return Moment(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), "Asia/Shanghai")


def _known(*spent: tuple[date, int], **happened: tuple[date, ...]) -> Known:
    entries = [
        Entry(
            UUID(int=number), datetime(day.year, day.month, day.day, 4, tzinfo=UTC), day,
            UUID(int=1), "s", UUID(int=2), "p", minor,
        )
        for number, (day, minor) in enumerate(spent)
    ]  # fmt: skip
    return Known(Diary.of(DAY, entries), {(name, ""): days for name, days in happened.items()})


def _ladder(*trees: dict[str, Any], **changes: Any) -> Ladder:
    return read_ladder(a_ladder(*trees, **changes), code="main", version=7)


def _sure(footing: Footing | None) -> Footing:
    assert footing is not None
    return footing


def test_it_rises_by_what_was_bought() -> None:
    found = assess(_ladder(), None, _known((DAY, 800_00)), _moment(DAY))
    assert _sure(found).tier == "gold"
    assert assess(_ladder(), None, _known((DAY, 799_99)), _moment(DAY)) is None


def test_a_day_that_is_over_when_the_period_begins_wins_nothing() -> None:
    ladder = _ladder(review=REVIEW)
    assert first_day(ladder, DAY, date(2027, 5, 1)) == date(2026, 5, 2)
    known = _known((DAY, 800_00))
    assert assess(ladder, None, known, _moment(date(2027, 4, 30))) is not None
    assert assess(ladder, None, known, _moment(date(2027, 5, 1))) is None


def test_a_review_is_where_the_year_ends() -> None:
    known = _known()
    for every, ends, later in (
        ("never", None, None),
        ("12 months", date(2027, 6, 1), date(2027, 6, 1)),
        ("calendar year", date(2027, 1, 1), date(2028, 1, 1)),
        ("membership year", date(2027, 5, 1), date(2028, 5, 1)),
    ):
        ladder = _ladder(review={"every": every})
        assert next_review(ladder, date(2026, 6, 1), known) == ends
        assert next_review(ladder, date(2026, 6, 1), known, generous=True) == later


def test_a_standing_given_for_a_time_falls_back_to_its_floor() -> None:
    ladder = _ladder(review=REVIEW)
    silver = by_hand(ladder, None, "silver", _known(), _moment(DAY), reason="")
    pinned = by_hand(
        ladder, silver, "gold", _known(), _moment(DAY), reason="", until=DAY + timedelta(3)
    )
    assert pinned.due_on == DAY + timedelta(4)
    assert review(ladder, pinned, _known(), _moment(DAY + timedelta(3))) is None
    found = _sure(review(ladder, pinned, _known(), _moment(DAY + timedelta(4))))
    assert (found.tier, found.floor, found.until) == ("silver", "silver", None)
    assert found.review_on == date(2027, 5, 1)


def test_nothing_is_due_before_its_day() -> None:
    ladder = _ladder(review=REVIEW)
    gold = _sure(assess(ladder, None, _known((DAY, 800_00)), _moment(DAY)))
    assert review(ladder, gold, _known(), _moment(date(2027, 4, 30))) is None
    warned = _sure(review(ladder, gold, _known(), _moment(date(2027, 5, 1))))
    assert review(ladder, warned, _known(), _moment(date(2027, 5, 30))) is None
    late = _known((date(2027, 5, 29), 800_00))
    kept = _sure(review(ladder, warned, late, _moment(date(2027, 5, 31))))
    assert (kept.tier, kept.falls_on, kept.review_on) == ("gold", None, date(2028, 5, 1))


def test_a_ladder_that_is_reviewed_no_more_lets_go_of_the_day() -> None:
    gold = _sure(assess(_ladder(review=REVIEW), None, _known((DAY, 800_00)), _moment(DAY)))
    found = _sure(review(_ladder(), gold, _known(), _moment(date(2027, 5, 1))))
    assert (found.tier, found.review_on) == ("gold", None)


def test_a_bought_tier_is_not_lost_by_a_return() -> None:
    one = {"fact": "chances", "of": "main", "is": ">=", "value": 1}
    ladder = _ladder(one)
    known = Known(Diary(DAY), {("chances", "main"): (DAY,)})
    silver = _sure(assess(ladder, None, known, _moment(DAY)))
    assert silver.origin == "bought"
    assert assess(ladder, silver, _known(), _moment(DAY), lowers=True) is None


def test_what_another_version_won_holds_by_that_version() -> None:
    old, new = _ladder(SILVER, GOLD), _ladder(SILVER, {"not": SILVER})
    known = _known((DAY, 800_00))
    span = Period(DAY, DAY + timedelta(1))
    assert holds(old, "gold", known, span)
    assert not holds(old, "jade", known, span)
    assert not holds(old, "basic", known, span)
    assert earned(new, known, span).tier.code == "gold"


def test_a_trace_is_told_with_its_days() -> None:
    tree = {"all": [{"fact": "spend", "over": "day", "is": ">=", "value": 1}, {"not": SILVER}]}
    condition = read_condition(tree, TIER)
    story = told(condition.trace({"spend|day": 5, "visits|calendar month": 0}), {"spend|day": DAY})
    assert story["kind"] == "all"
    assert story["parts"][0]["day"] == "2026-05-01"
    assert "day" not in story["parts"][1]["parts"][0]


def test_what_is_missing_is_told_with_its_last_day() -> None:
    trees = (
        {"all": [
            {"fact": "spend", "over": "day", "is": ">", "value": 800_00},
            {"fact": "spend", "over": "30 days", "is": ">=", "value": 2000_00},
            {"fact": "spend", "over": "12 months", "is": ">=", "value": 5000_00},
            {"fact": "spend", "over": "calendar year", "is": ">=", "value": 100_00},
            {"fact": "spend", "over": "ever", "is": "<", "value": 1_00},
            {"fact": "purchasing_referrals", "over": "30 days", "is": ">=", "value": 3},
            {"fact": "chances", "of": "main", "is": ">=", "value": 1},
        ]},
    )  # fmt: skip
    today = DAY + timedelta(9)
    known = _known((DAY, 300_00), (today, 200_00), purchasing_referrals=(today,))
    (goal,) = progress(_ladder(*trees), "basic", known, today)
    found = {part.asked: (part.missing, part.until) for part in goal.parts}
    assert found == {
        "spend|day": (600_01, today),
        "spend|30 days": (1500_00, DAY + timedelta(29)),
        "spend|12 months": (4500_00, date(2027, 4, 30)),
        "spend|calendar year": (0, date(2026, 12, 31)),
        "spend|ever": (None, None),
        "purchasing_referrals|30 days": (2, today + timedelta(29)),
        "chances||main": (1, None),
    }
    assert goal.until["spend|day"] == today
    assert progress(_ladder(*trees), "silver", known, today) == ()


def test_a_tier_that_is_given_by_hand_only_is_no_goal() -> None:
    document = a_ladder()
    document["tiers"][1]["qualify"] = None
    (gold,) = progress(read_ladder(document), "basic", _known(), DAY)
    assert gold.tier.code == "gold"


def test_a_window_without_purchases_begins_today() -> None:
    (_, gold) = progress(_ladder(), "basic", _known(), DAY)
    assert {part.asked: part.until for part in gold.parts}["spend|30 days"] == DAY + timedelta(29)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 900_00)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_one_by_one_in_any_order_or_all_at_once_is_one(
    drawn: list[tuple[int, int]], chance: Any
) -> None:
    """A late purchase counts as if it had come in time."""
    ladder, moment = _ladder(review=REVIEW), _moment(DAY + timedelta(60))
    spent = [(DAY + timedelta(days), minor) for days, minor in drawn]
    at_once = assess(ladder, None, _known(*spent), moment)
    chance.shuffle(spent)
    footing: Footing | None = None
    for place in range(len(spent)):
        footing = assess(ladder, footing, _known(*spent[: place + 1]), moment) or footing
    assert (footing and footing.tier) == (at_once and at_once.tier)


@pytest.mark.parametrize("way", ["rolling", "review"])
def test_a_saboteur_of_the_best_moment_or_of_the_period_is_found(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If only today counted, or the period were not kept apart, these tests would fail."""
    if way == "rolling":
        real_best: Any = best

        def today_alone(diary: Any, fact: Any, window: Any, period: Any, how: Any) -> Any:
            return real_best(
                diary, fact, window, Period(period.end - timedelta(1), period.end), how
            )

        monkeypatch.setattr("stoa.values.assessments.best", today_alone)
        late = assess(_ladder(), None, _known((DAY, 800_00)), _moment(DAY + timedelta(5)))
        assert late is None
        return
    ladder = _ladder(review=REVIEW)
    gold = _sure(assess(ladder, None, _known((DAY, 800_00)), _moment(DAY)))
    real: Any = earned
    monkeypatch.setattr(
        "stoa.values.footings.earned",
        lambda on, known, period, **_: real(on, known, Period(DAY, period.end)),
    )
    found = _sure(review(ladder, gold, _known((DAY, 800_00)), _moment(date(2027, 5, 1))))
    assert found.falls_on is None
