"""Assessments: which tier of a ladder a member has earned, and by which path.

Facts over a rolling window take their best moment: the window that ends on any day of the span in
question, so that a late purchase counts as if it had come in time, and no order of arrival makes a
difference. Calendar windows count where they touch the span. What won is told as a trace, each
fact with the day on which it came to what it is:

    {"kind": "fact", "asked": "spend|day", "compared": ">=", "wanted": 80000, "found": 81200,
     "holds": true, "day": "2026-05-01"}

A review asks what was done within its period alone: of what lay before, only what counts for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stoa.values.conditions import Ask, Span, Trace, Window
from stoa.values.diary import FACTS, Best, Diary, best, of_days
from stoa.values.ladders import Ladder, Tier
from stoa.values.periods import Period

__all__ = ["Found", "Happened", "Known", "Won", "earned", "found", "holds", "told"]

_EVER = Window(Span.EVER)

Happened = Mapping[tuple[str, str], Sequence[date]]
"""The days on which something counted, by the name of the fact and what it is of."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a member: the purchases, and what else happened."""

    diary: Diary
    happened: Happened

    @property
    def last_day(self) -> date:
        """The last day on which something is known; tomorrow, where a store is a zone ahead."""
        days = [max(each) for each in self.happened.values() if each]
        return max([self.diary.last_day or date.min, *days])


@dataclass(frozen=True, slots=True)
class Found:
    """Facts by the keys of what was asked, and the day on which each came to what it is."""

    facts: Mapping[str, int]
    days: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Won:
    """The tier that was earned.

    Attributes:
        path: the trace that won, as JSON; ``None`` for the lowest tier.
        reached: the last day that the path needed.
        bought: whether a bought chance was part of it (#11).
    """

    tier: Tier
    path: dict[str, Any] | None = None
    reached: date | None = None
    bought: bool = False


def earned(ladder: Ladder, known: Known, period: Period, *, within: bool = False) -> Won:
    """Return the highest tier whose condition holds.

    Args:
        period: rolling windows count that end in it, others that touch it.
        within: whether what was done before the period is left out, as a review does.
    """
    facts = found(ladder.asks, ladder, known, period, within=within)
    for tier in reversed(ladder.tiers):
        if tier.qualify is not None and tier.qualify.holds(facts.facts):
            won = tier.qualify.trace(facts.facts).winning()
            asked = list(_asked(won))
            days = [facts.days[key] for key in asked if key in facts.days]
            bought = any(key.startswith("chances|") for key in asked)
            return Won(tier, told(won, facts.days), max(days, default=None), bought)
    return Won(ladder.tiers[0])


def holds(ladder: Ladder, code: str, known: Known, period: Period) -> bool:
    """Tell whether a tier's own condition holds, though another version has taken its place."""
    tier = ladder.tier(code)
    if tier.code != code or tier.qualify is None:
        return False
    return tier.qualify.holds(found(tier.qualify.asks, ladder, known, period).facts)


def found(
    asks: Iterable[Ask], ladder: Ladder, known: Known, period: Period, *, within: bool = False
) -> Found:
    """Return what is known of each ask, at the best moment of a span of days."""
    facts: dict[str, int] = {}
    days: dict[str, date] = {}
    for ask in asks:
        value = _best(ask, ladder, known, period, within=within)
        facts[ask.key] = value.value
        if value.day is not None:
            days[ask.key] = value.day
    return Found(facts, days)


def told(trace: Trace, days: Mapping[str, date]) -> dict[str, Any]:
    """Return a trace as JSON, each fact with its day where it has one."""
    if trace.kind != "fact":
        parts = [told(part, days) for part in trace.parts]
        return {"kind": trace.kind, "holds": trace.holds, "parts": parts}
    wanted = list(trace.wanted) if isinstance(trace.wanted, tuple) else trace.wanted
    leaf = {
        "kind": "fact", "asked": trace.asked, "compared": trace.compared, "wanted": wanted,
        "found": trace.found, "holds": trace.holds,
    }  # fmt: skip
    day = days.get(trace.asked)
    return leaf | ({"day": day.isoformat()} if day else {})


def _best(ask: Ask, ladder: Ladder, known: Known, period: Period, *, within: bool) -> Best:
    fact, diary = ask.fact.name, known.diary
    if fact not in FACTS:
        happened = known.happened.get((fact, ask.of), ())
        fact, diary = "purchases", of_days(diary.enrolled_on, happened)
    over = ask.over or _EVER
    if within and over.span is not Span.EVER:
        diary = Diary(diary.enrolled_on, diary.within(period))
    return best(diary, fact, over, period, ladder.way)


def _asked(trace: Trace) -> Iterable[str]:
    if trace.kind == "fact":
        yield trace.asked
    for part in trace.parts:
        yield from _asked(part)
