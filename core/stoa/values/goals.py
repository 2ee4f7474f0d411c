"""Progress: what is missing for each higher tier, and until when what there is counts.

What counts is the window of today. A calendar window ends by itself; of a rolling one the oldest
purchase in it falls out after a day that is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stoa.values.assessments import Known, told
from stoa.values.conditions import Ask, Span, Trace, Window
from stoa.values.diary import FACTS, Diary, of_days
from stoa.values.ladders import Ladder, Tier
from stoa.values.periods import add_months

__all__ = ["Goal", "Part", "progress"]

_DAY = timedelta(days=1)
_MORE: Mapping[str, int] = {">=": 0, ">": 1, "=": 0}


@dataclass(frozen=True, slots=True)
class Part:
    """One fact of a tier's condition, as it is today.

    Attributes:
        asked: its key, such as ``spend|30 days``.
        missing: how much more it takes; ``None`` where more does not help.
        until: the last day on which all that was found counts; ``None`` for ever.
    """

    asked: str
    compared: str
    wanted: Any
    found: Any
    missing: int | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Goal:
    """A higher tier, and how far it is; `trace` is its whole condition today, as JSON."""

    tier: Tier
    trace: dict[str, Any]
    parts: tuple[Part, ...]

    @property
    def until(self) -> dict[str, date]:
        """By what was asked, the last day on which what was found counts."""
        return {part.asked: part.until for part in self.parts if part.until is not None}


def progress(ladder: Ladder, tier: str, known: Known, today: date) -> tuple[Goal, ...]:
    """Return the tiers above one that can be reached, the nearest first."""
    facts: dict[str, int] = {}
    ends: dict[str, date | None] = {}
    for ask in ladder.asks:
        facts[ask.key], ends[ask.key] = _now(ask, ladder, known, today)
    goals = []
    for higher in ladder.tiers[ladder.tier(tier).rank + 1 :]:
        if higher.qualify is not None:
            trace = higher.qualify.trace(facts)
            parts = tuple(dict.fromkeys(_parts(trace, ends)))
            goals.append(Goal(higher, told(trace, {}), parts))
    return tuple(goals)


def _now(ask: Ask, ladder: Ladder, known: Known, today: date) -> tuple[int, date | None]:
    fact, diary = ask.fact.name, known.diary
    if fact not in FACTS:
        days = known.happened.get((fact, ask.of), ())
        fact, diary = "purchases", of_days(diary.enrolled_on, days)
    if ask.over is None:
        return len(diary.entries), None
    period = ask.over.around(today, diary.enrolled_on)
    value = diary.count(fact, period, ladder.way)
    return value, _end(ask.over, diary, today)


def _end(window: Window, diary: Diary, today: date) -> date | None:
    if window.span is Span.EVER:
        return None
    period = window.around(today, diary.enrolled_on)
    if not window.rolling:
        return period.end - _DAY
    within = diary.within(period)
    oldest = within[0].day if within else today
    if window.span is not Span.MONTHS:
        return oldest + timedelta(days=max(window.length, 1)) - _DAY
    last = add_months(oldest, window.length) - _DAY
    while window.opens(last + _DAY) <= oldest:  # of a month that is longer than the oldest's
        last += _DAY
    return last


def _parts(trace: Trace, ends: Mapping[str, date | None]) -> list[Part]:
    if trace.kind != "fact":
        return [part for each in trace.parts for part in _parts(each, ends)]
    found, wanted, missing = trace.found, trace.wanted, None
    if trace.compared in _MORE and isinstance(found, int) and isinstance(wanted, int):
        missing = max(wanted + _MORE[trace.compared] - found, 0)
    return [Part(trace.asked, trace.compared, wanted, found, missing, ends[trace.asked])]
