"""Progress: how far a member is in a challenge, leaf by leaf, and when its goal was reached.

What counts is what was done within the challenge's period, up to a day: a window is counted inside
of the period only, and of many windows the best one.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from stoa.values.conditions import Ask, Condition, Facts, Trace, Window
from stoa.values.diary import BASE_ONLY, Diary, Way, best
from stoa.values.periods import Period
from stoa.values.streaks import MONTHS, WEEKS, streak

__all__ = ["Deeds", "Step", "facts_within", "reached_on", "steps", "store_of"]

_NOTHING: Mapping[str, tuple[date, ...]] = MappingProxyType({})
_BEATS = {"weeks_in_a_row": WEEKS, "months_in_a_row": MONTHS}


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a member did: bought, and took part in, by the kind of the activity.

    `way` is how the diary is read: which receipts are one visit.
    """

    diary: Diary
    activities: Mapping[str, Sequence[date]] = field(default_factory=lambda: _NOTHING)
    way: Way = BASE_ONLY

    def days_of(self, period: Period) -> tuple[date, ...]:
        """Return the days of a period on which anything was done, in their order."""
        taken = {day for days in self.activities.values() for day in days if day in period}
        return tuple(sorted(taken.union(entry.day for entry in self.diary.within(period))))


@dataclass(frozen=True, slots=True)
class Step:
    """A leaf of a goal as it stands.

    Attributes:
        asked: the key of the fact: ``visits|ever``, ``stores_collected``.
        target: the least number that will do, or the words.
        found: the number there is, or those of the words that are collected.
        missing: how many are missing, or which words; all that would do, where any does.
        now: of a streak, how long the one is that goes on.
    """

    asked: str
    target: int | tuple[str, ...]
    found: int | tuple[str, ...]
    missing: int | tuple[str, ...]
    reached: bool
    now: int | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The step as JSON keeps it."""
        lists = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in (
                ("target", self.target), ("found", self.found), ("missing", self.missing)
            )
        }  # fmt: skip
        known = {} if self.now is None else {"now": self.now}
        return {"asked": self.asked, **lists, "reached": self.reached, **known}


def store_of(partner: str, store: str) -> str:
    """Return how rules name a store: by its partner's code and its own, ``grocery/main``."""
    return f"{partner}/{store}"


def facts_within(asks: frozenset[Ask], deeds: Deeds, period: Period, until: date) -> Facts:
    """Return what was done within a period up to a day."""
    span = Period(period.start, min(period.end, until + timedelta(days=1)))
    part = Diary(deeds.diary.enrolled_on, deeds.diary.within(span) if span.start < span.end else ())
    return {ask.key: _fact(ask, part, deeds, span, until) for ask in asks}


def reached_on(goal: Condition, deeds: Deeds, period: Period, until: date) -> date | None:
    """Return the first day on which a goal was reached within a period; ``None`` before it is.

    What was done only grows, so the day is found by halving; most often the last day tells that
    there is none yet.
    """
    days = [day for day in deeds.days_of(period) if day <= until]

    def reached(day: date) -> int:
        return goal.holds(facts_within(goal.asks, deeds, period, day))

    if not days or not reached(days[-1]):
        return None
    return days[bisect_left(days, 1, key=reached)]


def steps(goal: Condition, deeds: Deeds, period: Period, today: date) -> tuple[Step, ...]:
    """Return how far a member is today, leaf by leaf in the order of the goal."""
    facts = facts_within(goal.asks, deeds, period, today)
    days = [entry.day for entry in deeds.diary.within(period) if entry.day <= today]
    return tuple(_step(leaf, days, today) for leaf in _leaves(goal.trace(facts)))


def _fact(ask: Ask, part: Diary, deeds: Deeds, span: Period, until: date) -> Any:  # noqa: ANN401 - a fact
    name = ask.fact.name
    if ask.over is not None:
        return _most(name, ask.over, part, deeds.way)
    if name == "stores_collected":
        return tuple(sorted({store_of(each.partner, each.store) for each in part.entries}))
    if name == "partners_collected":
        return tuple(sorted({each.partner for each in part.entries}))
    if name in _BEATS:
        return streak(part.days, _BEATS[name], until).longest
    return sum(1 for day in deeds.activities.get(ask.of, ()) if day in span)


def _most(name: str, window: Window, part: Diary, way: Way) -> int:
    """Return the most that a window came to inside of a part of a diary."""
    if part.first_day is None or part.last_day is None:
        return 0
    found = Period(part.first_day, part.last_day + timedelta(days=1))
    if not window.rolling and part.last_day in window.around(part.first_day, part.enrolled_on):
        return part.count(name, found, way)  # one window holds all that was done
    return best(part, name, window, found, way).value


def _leaves(trace: Trace) -> list[Trace]:
    if trace.kind == "fact":
        return [trace]
    return [leaf for part in trace.parts for leaf in _leaves(part)]


def _step(leaf: Trace, days: Sequence[date], today: date) -> Step:
    wanted, found = leaf.wanted, leaf.found
    if isinstance(wanted, tuple):
        collected = set(found) if isinstance(found, tuple) else set()
        have = tuple(word for word in wanted if word in collected)
        lack = tuple(word for word in wanted if word not in collected)
        done = leaf.holds and leaf.compared == "has any"
        return Step(leaf.asked, wanted, have, () if done else lack, leaf.holds)
    count = found if isinstance(found, int) else 0
    target = int(wanted or 0) + (leaf.compared == ">")
    now = streak(days, _BEATS[leaf.asked], today).now if leaf.asked in _BEATS else None
    ahead = count if now is None or leaf.holds else now
    return Step(leaf.asked, target, count, max(target - ahead, 0), leaf.holds, now)
