"""Challenges: what is to be done within a period, what it brings, and how far a member is.

    {"name": {"en": "Shop the year"}, "period": "calendar year",
     "goal": {"fact": "spend", "over": "ever", "is": ">=", "value": 500000},
     "reward": {"points": 500}, "budget_points": 100000, "grants_eligibility": true}

A goal is something to be reached: its facts only grow within the period, so that it is reached on a
day and stays reached until something is returned. ``over`` counts within the period too: ``ever``
is all of it, ``day`` its best day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stoa.values.amounts import MAX_ENTRY_POINTS
from stoa.values.conditions import CHALLENGE, Condition, FactKind, WrongRuleError, read_window
from stoa.values.documents import Reading
from stoa.values.payers import PayerShare, read_payers
from stoa.values.periods import Period
from stoa.values.texts import Texts

__all__ = ["FOREVER", "Challenge", "Reward", "leaves", "read_challenge"]

FOREVER = Period(date.min, date.max)
"""The period of a challenge that is done once in a member's life."""

_YEAR, _MONTH, _ONCE = "calendar year", "calendar month", "once"
_MOST_TIMES = 31
_GROWING = {FactKind.WHOLE: (">=", ">"), FactKind.WORDS: ("has all", "has any")}


@dataclass(frozen=True, slots=True)
class Reward:
    """Points for whoever completes a challenge, and who pays them."""

    points: int
    payers: tuple[PayerShare, ...]


@dataclass(frozen=True, slots=True)
class Challenge:
    """A rule document of the kind ``challenge``, read.

    Attributes:
        period: ``calendar year``, ``calendar month``, ``once``, or the days of a `Period`.
        goal: what is to be done.
        reward: ``None`` where completing it brings no points.
        grants_eligibility: whether tiers may ask for it as ``challenges_done`` (#12).
        budget_points: what all members together may get; 0 without a reward.
        most_per_period: how often a member completes it within a period.
        opt_in: whether only those take part who joined, from that day on.
    """

    name: Texts
    about: Texts
    period: str | Period
    goal: Condition
    reward: Reward | None
    grants_eligibility: bool
    budget_points: int
    most_per_period: int
    opt_in: bool

    def period_of(self, day: date) -> Period | None:
        """Return the period that holds a day; ``None`` where the challenge rests on it."""
        if isinstance(self.period, Period):
            return self.period if day in self.period else None
        if self.period == _ONCE:
            return FOREVER
        return read_window(self.period).around(day, day)

    def period_before(self, day: date) -> Period | None:
        """Return the period before the one of a day, to which late purchases may belong."""
        if isinstance(self.period, Period):
            return self.period if self.period.end <= day else None
        if self.period == _ONCE:
            return None
        now = read_window(self.period).around(day, day)
        return read_window(self.period).around(now.start - timedelta(days=1), day)


def read_challenge(document: Mapping[str, Any]) -> Challenge:
    """Read a challenge's document.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(document)
    name, about = reading.texts("name"), reading.texts("about", most=500, optional=True)
    period = _period(reading)
    goal = reading.condition("goal", CHALLENGE)
    if goal is not None:
        _check_goal(reading, goal)
    reward = _reward(reading)
    budget = reading.whole("budget_points", 1, MAX_ENTRY_POINTS) if reward else 0
    if reward is None and reading.raw("budget_points"):
        reading.wrong("budget_points", "Without a reward there is nothing to pay.")
    if reward is not None and budget < reward.points:
        reading.wrong("budget_points", "The budget pays not even one reward.")
    eligibility = reading.flag("grants_eligibility", default=False)
    times = reading.whole("most_per_period", 1, _MOST_TIMES, 1)
    joined = reading.choice("join", ("automatic", "opt-in"), "automatic")
    reading.done()
    if goal is None:
        raise WrongRuleError(reading.errors)
    return Challenge(
        name, about, period, goal, reward, eligibility, budget, times, joined == "opt-in"
    )


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - parsed JSON
    """Yield the leaves of a tree that was read, each with its place."""
    if "fact" in document:
        yield path, document
        return
    for kind in ("all", "any"):
        for place, part in enumerate(document.get(kind, ())):
            yield from leaves(part, ".".join(name for name in (path, kind, str(place)) if name))
    if "not" in document:
        yield from leaves(document["not"], f"{path}.not" if path else "not")


def _period(reading: Reading) -> str | Period:
    if not isinstance(reading.raw("period"), Mapping):
        return reading.choice("period", (_YEAR, _MONTH, _ONCE))
    part = Reading(reading.raw("period"), reading.place("period"), reading.errors)
    first, last = part.day("from"), part.day("until")
    if last < first:
        part.wrong("until", "The last day lies before the first.")
    part.close()
    return Period(first, max(first, last) + timedelta(days=1))


def _check_goal(reading: Reading, goal: Condition) -> None:
    for path, leaf in leaves(goal.document, reading.place("goal")):
        allowed = _GROWING[CHALLENGE[leaf["fact"]].kind]
        found = reading.errors.setdefault
        if "not" in path.split("."):
            found(path, []).append("A goal is something to be reached: it has no not.")
        if leaf["is"] not in allowed:
            text = f"A goal is something to be reached: choose {' or '.join(allowed)}."
            found(f"{path}.is", []).append(text)
        elif (leaf["is"], leaf["value"]) == (">=", 0):
            found(f"{path}.value", []).append("Nothing is to be done for this.")


def _reward(reading: Reading) -> Reward | None:
    if not reading.has("reward"):
        return None
    part = Reading(reading.raw("reward"), reading.place("reward"), reading.errors)
    points = part.whole("points", 1, MAX_ENTRY_POINTS)
    payers = read_payers(part, "payers", reported=False)
    part.close()
    return Reward(points, payers)
