"""Lists of challenges: those on offer, and how a member gets on with each."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from stoa.models.challenges import ChallengeRun
from stoa.services.challenges.documents import Held, held
from stoa.services.challenges.runs import deeds_of, owner
from stoa.values.periods import Period
from stoa.values.progress import Deeds, Step, steps
from stoa.work import Work

__all__ = ["Standing", "of", "offered"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's present way through a challenge.

    Attributes:
        since: the first day that counts, and `until` the last one; ``None`` without such.
        joined: whether the member takes part.
        completed: how often it was completed in this period, of at most so many times.
        completed_on: the last time; `points` is what that brought.
        steps: how far the run is that goes on, or how far the last one went.
    """

    held: Held
    since: date | None
    until: date | None
    joined: bool
    completed: int
    completed_on: date | None
    points: int
    steps: tuple[Step, ...]


def offered(work: Work) -> list[Held]:
    """Return the challenges that are on today, by their codes."""
    known = held(work)
    today = work.today()
    return [known[code] for code in sorted(known) if known[code].challenge.period_of(today)]


def of(work: Work, member_id: UUID) -> list[Standing]:
    """Return how a member gets on with each challenge that is on today, reckoned now.

    Raises:
        MemberUnknownError: there is no such member.
    """
    member_id, _ = owner(work, member_id)
    on = offered(work)
    deeds = deeds_of(work, member_id, {one.code: one for one in on})
    rows = work.session.scalars(
        select(ChallengeRun)
        .where(ChallengeRun.member_id == member_id)
        .order_by(ChallengeRun.challenge, ChallengeRun.since)
    )
    runs: dict[str, list[ChallengeRun]] = {}
    for run in rows:
        runs.setdefault(run.challenge, []).append(run)
    return [_standing(one, deeds, runs.get(one.code, []), work.today()) for one in on]


def _standing(one: Held, deeds: Deeds, runs: list[ChallengeRun], today: date) -> Standing:
    period = one.challenge.period_of(today)
    if period is None:
        raise ValueError("a challenge that is not on has no standing")
    mine = [run for run in runs if run.since in period]
    done = [run for run in mine if run.completed_on is not None]
    joined = mine[0].joined_on if mine else None
    takes_part = joined is not None or not one.challenge.opt_in
    first = max(period.start, joined or period.start)
    last = done[-1].completed_on if done else None
    if last is None:
        span, day = Period(first, period.end), today
    elif len(done) < one.challenge.most_per_period:
        span, day = Period(last + timedelta(days=1), period.end), today
    else:
        span, day = Period(max(first, done[-1].since), period.end), last
    return Standing(
        one, None if first == date.min else first,
        None if period.end == date.max else period.end - timedelta(days=1), takes_part,
        len(done), last, done[-1].points if done else 0,
        steps(one.challenge.goal, deeds, span, day) if takes_part else (),
    )  # fmt: skip
