"""A member's footing in one ladder, and the steps it takes: up at once, down with time to mend.

    assess     something was bought or came back: rise to what is earned, at once
    review     the period is over: stay, be warned, or fall
    by_hand    someone of the staff has decided

Each step is a pure function of the footing, of what is known and of the day; a footing of ``None``
is that of a member who never left the lowest tier.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from stoa.values.assessments import Known, Won, earned, holds
from stoa.values.conditions import Span
from stoa.values.ladders import Ladder, Tier
from stoa.values.periods import Period, add_months, local_day

__all__ = ["Footing", "Moment", "assess", "by_hand", "first_day", "next_review", "review"]

_DAY = timedelta(days=1)
_GAINED = ("earned", "bought", "merged")


@dataclass(frozen=True, slots=True)
class Footing:
    """Where a member stands in a ladder.

    Attributes:
        since: when the tier was reached.
        counts_from: rolling windows that end on this day or later count.
        review_on: the day of the next review; ``None`` for never.
        falls_on: the day on which a standing falls that did not pass its review.
        until: the last day of a tier given by hand for a time; assessments leave it alone.
        floor: the tier carried into the period; returned goods bring the member no lower.
        origin: ``earned``, ``review``, ``manual``, ``merged``, ``imported`` or ``bought``.
        path: the trace that won the tier, with the day of each fact, as JSON.
        ladder_version: of the document by which it was won.
    """

    tier: str
    since: datetime
    counts_from: date
    review_on: date | None = None
    falls_on: date | None = None
    until: date | None = None
    floor: str | None = None
    origin: str = "earned"
    reason: str = ""
    path: dict[str, Any] | None = None
    ladder_version: int = 0

    @property
    def due_on(self) -> date | None:
        """The next day on which something of it may be due."""
        if self.until is not None:
            return self.until + _DAY
        return self.falls_on or self.review_on


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step is taken: the instant, and its day in the programme's zone."""

    now: datetime
    zone: str

    @property
    def today(self) -> date:
        """The day of the instant."""
        return local_day(self.now, self.zone)


def assess(
    ladder: Ladder,
    footing: Footing | None,
    known: Known,
    moment: Moment,
    *,
    lowers: bool = False,
    then: Ladder | None = None,
) -> Footing | None:
    """Return the footing after something happened; ``None`` where it stays as it is.

    Args:
        lowers: whether goods came back, so that a tier may be lost at once where the ladder
            recalculates; never below the floor, nor where bought chances were used up for it.
        then: the ladder's version by which the tier was won, where it is another: what it brought
            is not lost because the rule changed. Where the ladder has the tier no more, the member
            stands on the next one below that it still has.
    """
    if footing is None or ladder.has(footing.tier):
        now = footing or _lowest(ladder, known, moment)
        return _assessed(ladder, now, known, moment, lowers=lowers, then=then)
    moved = _moved(ladder, footing, then, moment)
    return _assessed(ladder, moved, known, moment, lowers=lowers, then=then) or moved


def _assessed(  # noqa: PLR0911 - a return a case
    ladder: Ladder,
    now: Footing,
    known: Known,
    moment: Moment,
    *,
    lowers: bool,
    then: Ladder | None,
) -> Footing | None:
    if now.until is not None and moment.today <= now.until:
        return None
    span = Period(now.counts_from, _end(known, moment))
    won = earned(ladder, known, span)
    rank, floor = ladder.tier(now.tier).rank, ladder.tier(now.floor)
    if won.tier.rank > rank:
        return _risen(ladder, now, won, known, moment)
    if now.until is not None:
        return _lowered(ladder, now, won, floor, known, moment, "the time of the tier is over")
    if won.tier.rank < rank and lowers and ladder.review.recalculates:
        kept = now.origin == "bought" or (then is not None and holds(then, now.tier, known, span))
        if not kept and floor.rank < rank:
            return _lowered(ladder, now, won, floor, known, moment, "goods came back")
    if now.falls_on is not None and _passes(ladder, now, known, moment, _end(known, moment)):
        return replace(now, falls_on=None, **_kept(ladder, now, known))
    if rank and now.review_on is None and ladder.review.every is not None:
        return replace(now, review_on=next_review(ladder, moment.today, known, generous=True))
    return None


def review(  # noqa: PLR0911 - a return a case
    ladder: Ladder, footing: Footing, known: Known, moment: Moment
) -> Footing | None:
    """Return the footing after the one step that is due; ``None`` where none is.

    A worker that comes late does what it would have done in time, one step after another.
    """
    if footing.until is not None:
        return assess(ladder, footing, known, moment)
    if footing.falls_on is not None:
        if footing.falls_on > moment.today:
            return None
        return _fallen(ladder, footing, known, moment, footing.falls_on)
    day = footing.review_on
    if day is None or day > moment.today:
        return None
    if ladder.review.every is None or not ladder.tier(footing.tier).rank:
        return replace(footing, review_on=None)
    if _passes(ladder, footing, known, moment, day):
        return replace(footing, **_kept(ladder, footing, known))
    if ladder.review.grace_days:
        return replace(footing, falls_on=day + timedelta(days=ladder.review.grace_days))
    return _fallen(ladder, footing, known, moment, day)


def by_hand(
    ladder: Ladder,
    footing: Footing | None,
    tier: str,
    known: Known,
    moment: Moment,
    *,
    reason: str,
    until: date | None = None,
    origin: str = "manual",
) -> Footing:
    """Return the footing of a member who is put into a tier.

    Args:
        until: the last day on which no assessment touches it; afterwards what was earned counts,
            and the floor of before. Without it the tier is carried into a period of its own.
    """
    if until is not None:
        was = footing or _lowest(ladder, known, moment)
        return Footing(
            tier, moment.now, was.counts_from, until=until, floor=was.floor, origin=origin,
            reason=reason, ladder_version=ladder.version,
        )  # fmt: skip
    ahead = None
    if ladder.tier(tier).rank:
        ahead = next_review(ladder, moment.today, known, generous=True)
    return Footing(
        tier, moment.now, moment.today, ahead, floor=tier, origin=origin, reason=reason,
        ladder_version=ladder.version,
    )  # fmt: skip


def first_day(ladder: Ladder, enrolled_on: date, today: date) -> date:
    """Return from when on moments count for a member who never left the lowest tier.

    It is the beginning of the review period that ends today or holds it: what lies further back
    would have been reviewed away.
    """
    every = ladder.review.every
    return date.min if every is None else every.around(today, enrolled_on).start


def next_review(ladder: Ladder, day: date, known: Known, *, generous: bool = False) -> date | None:
    """Return the day of the review after a day.

    Args:
        generous: whether a year of the calendar, or of the membership, that has begun already is
            given on top.
    """
    every = ladder.review.every
    if every is None:
        return None
    if every.span is Span.MONTHS:
        return add_months(day, every.length)
    ends = every.around(day, known.diary.enrolled_on).end
    return every.around(ends, known.diary.enrolled_on).end if generous else ends


def _lowest(ladder: Ladder, known: Known, moment: Moment) -> Footing:
    start = first_day(ladder, known.diary.enrolled_on, moment.today)
    return Footing(ladder.tiers[0].code, moment.now, start)


def _moved(ladder: Ladder, footing: Footing, then: Ladder | None, moment: Moment) -> Footing:
    """Return a footing on what a ladder still has of the tiers up to one that it has no more."""
    floor = footing.floor and _kept_below(ladder, footing.floor, then)
    tier = _kept_below(ladder, footing.tier, then)
    ends = footing.falls_on, footing.review_on
    if tier == ladder.tiers[0].code:
        ends = None, None
    return replace(
        footing, tier=tier, since=moment.now, falls_on=ends[0], review_on=ends[1], floor=floor,
        origin="review", reason="the ladder has the tier no more", path=None,
    )  # fmt: skip


def _kept_below(ladder: Ladder, code: str, then: Ladder | None) -> str:
    tiers = then.tiers[: then.tier(code).rank + 1] if then else ()
    kept = [tier.code for tier in tiers if ladder.has(tier.code)]
    return code if ladder.has(code) else (kept or [ladder.tiers[0].code])[-1]


def _end(known: Known, moment: Moment) -> date:
    """Return the day after the last that counts: in a store of another zone it may be tomorrow."""
    return max(moment.today, known.last_day) + _DAY


def _risen(ladder: Ladder, now: Footing, won: Won, known: Known, moment: Moment) -> Footing:
    return Footing(
        won.tier.code, moment.now, now.counts_from, next_review(ladder, moment.today, known),
        floor=now.floor, origin="bought" if won.bought else "earned", path=won.path,
        ladder_version=ladder.version,
    )  # fmt: skip


def _lowered(  # noqa: PLR0917 - of one step
    ladder: Ladder, now: Footing, won: Won, floor: Tier, known: Known, moment: Moment, reason: str
) -> Footing:
    """Return the footing on what is still earned, or on the floor."""
    still = won if won.tier.rank >= floor.rank else Won(floor)
    ahead = None
    if still.tier.rank:
        ahead = next_review(ladder, still.reached or max(now.counts_from, _EPOCH), known)
    return Footing(
        still.tier.code, moment.now, now.counts_from, ahead, floor=now.floor, reason=reason,
        path=still.path, ladder_version=ladder.version,
    )  # fmt: skip


_EPOCH = date(1970, 1, 1)


def _starts(ladder: Ladder, now: Footing, known: Known, moment: Moment) -> date:
    """Return the first day of the period that ends with a standing's review."""
    every = ladder.review.every
    if every is not None and every.span is not Span.MONTHS and now.review_on is not None:
        return every.around(now.review_on - _DAY, known.diary.enrolled_on).start
    if now.origin in _GAINED:
        return max(now.counts_from, local_day(now.since, moment.zone) + _DAY)
    return now.counts_from


def _passes(ladder: Ladder, now: Footing, known: Known, moment: Moment, end: date) -> bool:
    """Tell whether what was done in the period alone would have won the tier."""
    period = Period(_starts(ladder, now, known, moment), end)
    won = earned(ladder, known, period, within=True)
    return won.tier.rank >= ladder.tier(now.tier).rank


def _kept(ladder: Ladder, now: Footing, known: Known) -> dict[str, Any]:
    day = now.review_on
    if day is None:
        return {}
    return {"counts_from": day, "floor": now.tier, "review_on": next_review(ladder, day, known)}


def _fallen(ladder: Ladder, now: Footing, known: Known, moment: Moment, day: date) -> Footing:
    """Return the footing after a fall on a day: one tier down, or to what was earned."""
    period = Period(_starts(ladder, now, known, moment), day)
    won = earned(ladder, known, period, within=True)
    rank = ladder.tier(now.tier).rank
    if won.tier.rank >= rank:
        return replace(now, falls_on=None, **_kept(ladder, now, known))
    least = rank - 1 if ladder.review.soft_landing else 0
    target = won if won.tier.rank >= least else Won(ladder.tiers[least])
    ahead = next_review(ladder, day, known, generous=True) if target.tier.rank else None
    return Footing(
        target.tier.code, moment.now, day, ahead, floor=target.tier.code, origin="review",
        reason="the review was not passed", path=target.path, ladder_version=ladder.version,
    )  # fmt: skip
