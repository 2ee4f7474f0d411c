"""Runs: a member's ways through challenges, completed on the day the goal is reached.

Whoever reckons a member's runs first locks them by an advisory lock, and reads the diary after
that: two that follow the same member at once reckon one after the other, the second with all that
the first one saw. The reward's id is made of the run, so that no run is rewarded twice.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select

from stoa.errors import ChallengeClosedError, ChallengeUnknownError, MemberUnknownError
from stoa.models.challenges import ChallengeRun
from stoa.services import audit, diaries, tiers
from stoa.services.challenges import rewards
from stoa.services.challenges.documents import Held, held, version
from stoa.services.outbox import Heard
from stoa.values.diary import Way
from stoa.values.identifiers import public_id
from stoa.values.periods import Period
from stoa.values.progress import Deeds, reached_on, steps
from stoa.work import Work

__all__ = ["assess", "assess_all", "deeds_of", "follow", "hand_over", "join", "owner"]

_LOCK = 5712
LATE = timedelta(days=31)
"""How long after its period purchases of it may still arrive; then nothing changes any more."""

_Runs = dict[tuple[str, date], ChallengeRun]


def follow(_: Work, heard: Heard) -> None:
    """Assess whoever an event is about: points that came of no purchase are of activities only."""
    if heard.member_id is None:
        return
    bought = "purchase" in heard.event.facts or heard.event.topic == "member.merged"
    heard.at_end(assess_all if bought else _assess_active)


def assess(work: Work, member_id: UUID) -> None:
    """Reckon a member's runs anew; see `assess_all`."""
    assess_all(work, [member_id])


_ACTIVE = """
SELECT DISTINCT o.id FROM members m JOIN members o ON o.id = coalesce(m.merged_into, m.id)
 WHERE m.id = ANY(%s) AND o.status = 'active' ORDER BY o.id
"""


def assess_all(work: Work, members: Sequence[UUID]) -> None:
    """Reckon members' runs anew: complete those whose goal is reached, undo those it left.

    A handful of statements for all of them. Members who are frozen or closed complete nothing; of
    a merged one the member who goes on does.

    Raises:
        WalletBusyError: a wallet stayed locked for too long.
    """
    known = held(work)
    if not known and not work.rows(_ANY_RUN, (list(members),)):
        return
    active = [row[0] for row in work.rows(_ACTIVE, (list(members),))]
    if not active:
        return
    _lock(work, *active)
    runs = _runs(work, active)
    today = work.today()
    for member_id, deeds in _deeds(work, active, known):
        mine = runs.get(member_id, {})
        view = _View(work, member_id, deeds, mine, today)
        for code in sorted(known.keys() | {code for code, _ in mine}):
            one = known.get(code) or version(work, code, max(_versions(mine, code)))
            last, now = one.challenge.period_before(today), one.challenge.period_of(today)
            if last is not None and today - last.end <= LATE:
                _pursue(view, one, last, holds=code in known)
            if now is not None:
                _pursue(view, one, now, holds=code in known)


_ANY_RUN = """
SELECT 1 FROM challenge_runs r JOIN members m ON r.member_id = coalesce(m.merged_into, m.id)
 WHERE m.id = ANY(%s) LIMIT 1
"""


def _assess_active(work: Work, members: Sequence[UUID]) -> None:
    """Reckon members' runs anew where any challenge asks for activities."""
    if any(_asks(held(work), "activities")):
        assess_all(work, members)


def join(work: Work, member_id: UUID, code: str) -> None:
    """Let a member take part in a challenge for its present period; done twice it is done once.

    Raises:
        MemberUnknownError: there is no such member, or the membership ended.
        ChallengeUnknownError: there is no such challenge now.
        ChallengeClosedError: it is not on today, or needs no joining.
    """
    member_id, active = owner(work, member_id)
    if not active:
        raise MemberUnknownError
    one = held(work).get(code)
    if one is None:
        raise ChallengeUnknownError
    period = one.challenge.period_of(work.today())
    if period is None or not one.challenge.opt_in:
        raise ChallengeClosedError
    _lock(work, member_id)
    if work.session.get(ChallengeRun, (member_id, code, period.start)) is None:
        run = _begun(work, member_id, one, period.start, period.end, joined=work.today())
        work.session.add(run)
        work.session.flush()
        audit.record(work, "challenge.join", public_id("mem", member_id), after={"challenge": code})


_OWNER = "SELECT coalesce(merged_into, id), status FROM members WHERE id = %s"


def owner(work: Work, member_id: UUID) -> tuple[UUID, bool]:
    """Return whose runs those of a member are, and whether that one may complete any.

    Raises:
        MemberUnknownError: there is no such member.
    """
    rows = work.rows(_OWNER, (member_id,))
    if not rows:
        raise MemberUnknownError
    if rows[0][1] == "merged":
        return owner(work, rows[0][0])
    return rows[0][0], rows[0][1] == "active"


_TAKEN = """
SELECT coalesce(m.merged_into, m.id), a.activity, a.kind, a.day
  FROM members m JOIN activities a ON a.member_id = m.id
 WHERE m.id = ANY(%(members)s) OR m.merged_into = ANY(%(members)s)
 ORDER BY a.at
"""


def deeds_of(work: Work, member_id: UUID, known: dict[str, Held]) -> Deeds:
    """Return what a member did, as far as any challenge asks for it."""
    return next(_deeds(work, [member_id], known))[1]


def _deeds(
    work: Work, members: Sequence[UUID], known: dict[str, Held]
) -> Iterator[tuple[UUID, Deeds]]:
    """Yield what each of some members did; visits are those of the main ladder (#2)."""
    taken: dict[UUID, dict[str, list[date]]] = {}
    if any(_asks(known, "activities")):
        for owner_id, activity, kind, day in work.rows(_TAKEN, {"members": list(members)}):
            for name in {activity, kind}:
                taken.setdefault(owner_id, {}).setdefault(name, []).append(day)
    main = tiers.current(work).main
    way = Way(main.way.visit_gap_minutes) if main else Way()
    points = any(_asks(known, "qualifying_points"))
    for member_id, diary in diaries.stream(work, members=members, points=points):
        yield member_id, Deeds(diary, taken.get(member_id, {}), way)


def _asks(known: dict[str, Held], fact: str) -> Iterator[bool]:
    return (ask.fact.name == fact for one in known.values() for ask in one.challenge.goal.asks)


_HAND_OVER = """
INSERT INTO challenge_runs AS r
SELECT %(new)s, o.challenge, o.since, o.until, o.version, o.state, o.times, o.joined_on, o.progress,
       o.completed_on, o.transaction_id, o.rewarded_id, o.points, o.changed_at
  FROM challenge_runs o WHERE o.member_id = %(old)s ORDER BY o.challenge, o.since
ON CONFLICT (member_id, challenge, since) DO UPDATE
   SET state = excluded.state, times = greatest(r.times, excluded.times),
       version = excluded.version, completed_on = excluded.completed_on,
       progress = excluded.progress, transaction_id = excluded.transaction_id,
       rewarded_id = excluded.rewarded_id, points = excluded.points
 WHERE r.state <> 'completed' AND excluded.state = 'completed'
RETURNING 1
"""


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Let what a merged member completed count for the one who goes on, and not once more."""
    _lock(work, new_id)
    work.rows(_HAND_OVER, {"old": old_id, "new": new_id})


@dataclass(frozen=True, slots=True)
class _View:
    """What is known while a member's runs are reckoned."""

    work: Work
    member_id: UUID
    deeds: Deeds
    runs: _Runs
    today: date


def _pursue(view: _View, one: Held, period: Period, *, holds: bool) -> None:
    """Reckon the runs of one period: as many are completed as its days make, one by one."""
    mine = sorted(
        (run for (code, since), run in view.runs.items() if code == one.code and since in period),
        key=lambda run: run.since,
    )
    joined = mine[0].joined_on if mine else None
    if one.challenge.opt_in and joined is None:
        return
    first = max(period.start, joined or period.start)
    whole = Period(first, period.end)
    done = [run for run in mine if run.completed_on is not None]
    while done and view.today < period.end:
        by = version(view.work, one.code, done[-1].version)
        if len(_days(view, by, whole)) >= len(done):
            break
        _undo(view, done.pop())
    days = _days(view, one, whole) if holds else []
    for place in range(len(done), one.challenge.most_per_period if holds else 0):
        if place > len(days):
            return
        since = _after(done[-1].completed_on) if done else period.start
        start = _after(days[place - 1]) if place else first
        if max(since, start) >= period.end:
            return
        reached = days[place] if place < len(days) else None
        span = Period(start, period.end)
        run = _noted(view, one, since, span, joined=joined, reached=reached)
        if run is None or reached is None:
            return
        _complete(view, one, run, max(reached, since))
        done.append(run)


def _days(view: _View, one: Held, span: Period) -> list[date]:
    """Return the days on which a goal is reached, each time counted from the day after."""
    found: list[date] = []
    while len(found) < one.challenge.most_per_period:
        rest = Period(_after(found[-1]) if found else span.start, span.end)
        reached = reached_on(one.challenge.goal, view.deeds, rest, view.today)
        if reached is None:
            break
        found.append(reached)
    return found


def _noted(
    view: _View,
    one: Held,
    since: date,
    span: Period,
    *,
    joined: date | None,
    reached: date | None,
) -> ChallengeRun | None:
    """Note how far a run is, as of the day on which it was reached; none where nothing is done."""
    day = reached or view.today
    told = [step.document for step in steps(one.challenge.goal, view.deeds, span, day)]
    run = view.runs.get((one.code, since))
    if run is None:
        if not any(step["found"] for step in told):
            return None
        run = _begun(view.work, view.member_id, one, since, span.end, joined=joined)
        view.work.session.add(run)
        view.runs[one.code, since] = run
    if run.progress != told:
        run.progress, run.changed_at = told, view.work.now()
    run.version = one.version
    return run


def _complete(view: _View, one: Held, run: ChallengeRun, day: date) -> None:
    run.state, run.completed_on, run.changed_at = "completed", day, view.work.now()
    run.times += 1
    transaction_id = _transaction_of(run)
    if rewards.give(view.work, view.member_id, one, transaction_id, run.progress):
        run.transaction_id, run.rewarded_id = transaction_id, view.member_id
        run.points = one.challenge.reward.points if one.challenge.reward else 0
    view.work.session.flush()
    facts = _facts(run) | {"points": run.points, "on": day.isoformat()}
    view.work.record("challenge.completed", facts, member_id=view.member_id, partner_id=None)


def _undo(view: _View, run: ChallengeRun) -> None:
    """Take a completed run back, and its reward: what was spent of it is owed."""
    if run.transaction_id is not None and run.rewarded_id is not None:
        rewards.take_back(view.work, run.rewarded_id, run.challenge, run.transaction_id)
    points, run.points = run.points, 0
    run.state, run.completed_on, run.changed_at = "undone", None, view.work.now()
    run.transaction_id = run.rewarded_id = None
    view.work.session.flush()
    facts = _facts(run) | {"points": points}
    view.work.record("challenge.undone", facts, member_id=view.member_id, partner_id=None)


def _begun(
    work: Work, member_id: UUID, one: Held, since: date, end: date, *, joined: date | None
) -> ChallengeRun:
    until = None if end == date.max else end - timedelta(days=1)
    return ChallengeRun(
        member_id=member_id, challenge=one.code, since=since, until=until, version=one.version,
        state="running", times=0, joined_on=joined, progress=[], completed_on=None,
        transaction_id=None, rewarded_id=None, points=0, changed_at=work.now(),
    )  # fmt: skip


def _runs(work: Work, members: Sequence[UUID]) -> dict[UUID, _Runs]:
    rows = work.session.scalars(
        select(ChallengeRun)
        .where(ChallengeRun.member_id.in_(members))
        .order_by(ChallengeRun.member_id)
        .execution_options(populate_existing=True)
    )
    return {
        member_id: {(run.challenge, run.since): run for run in group}
        for member_id, group in groupby(rows, key=attrgetter("member_id"))
    }


def _after(day: date | None) -> date:
    return day + timedelta(days=1) if day else date.max


def _versions(runs: _Runs, code: str) -> list[int]:
    return [run.version for (each, _), run in runs.items() if each == code]


def _transaction_of(run: ChallengeRun) -> UUID:
    """Return the id of the reward of a run: the same for whoever completes it the n-th time."""
    name = f"challenge {run.member_id} {run.challenge} {run.since} {run.times}"
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16])


def _facts(run: ChallengeRun) -> dict[str, Any]:
    return {
        "member": public_id("mem", run.member_id),
        "challenge": run.challenge,
        "since": run.since.isoformat(),
        "version": run.version,
    }


_LOCKS = "SELECT pg_advisory_xact_lock(%s, hashtext(each)) FROM unnest(%s::text[]) AS each"


def _lock(work: Work, *members: UUID) -> None:
    """Hold members to the end of the transaction, in the order of their ids."""
    work.session.connection()
    work.rows(_LOCKS, (_LOCK, [str(each) for each in sorted(members)]))
