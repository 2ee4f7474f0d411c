"""Sweeps: all members looked at, when another version of a ladder holds or when asked to.

A beat of the worker compares the ladders that hold with those by which everybody was looked at
last, and takes a batch of members a call until both are the same. How far it has come is kept with
each batch: a worker that is killed loses the batch it was at, and another one goes on. One worker
at a time has the sweep; who shops meanwhile is looked at by the new ladders anyway.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from stoa.models import NOBODY
from stoa.services.tiers import assessing, books
from stoa.services.tiers.books import Ladders
from stoa.work import Actor, Desk, Work

__all__ = ["Progress", "reassess_all", "sweep", "sweeping"]

_BATCH = 1000
_SWEPT_AT_ONCE = 200

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a look at all has come: members looked at, of about so many; standings changed."""

    done: int
    total: int
    changed: int


_MEMBERS = """
SELECT id FROM members WHERE id > %(after)s AND status <> 'merged' ORDER BY id LIMIT %(limit)s
"""
_TOTAL = "SELECT count(*) FROM members WHERE status <> 'merged'"


def reassess_all(
    desk: Desk, actor: Actor, *, told: Callable[[Progress], None] | None = None
) -> Progress:
    """Look at all members, as after an import.

    Each batch is a transaction of its own, and holds only members who move; so it may run beside
    workers and tills, and may be broken off and begun anew.

    Args:
        told: called after each batch.
    """
    with desk.work(actor) as work:
        total = work.rows(_TOTAL)[0][0]
    done = changed = 0
    after: UUID = NOBODY
    while True:
        with desk.work(actor) as work:
            rows = work.rows(_MEMBERS, {"after": after, "limit": _BATCH})
            if not rows:
                return Progress(done, total, changed)
            members = [row[0] for row in rows]
            changed += _move(work, members, books.current(work))
        done, after = done + len(members), members[-1]
        if told:
            told(Progress(done, total, changed))


_STATE = "SELECT rulebook, ended_at IS NOT NULL, done, total, changed FROM tier_sweeps"
_FIRST = """
INSERT INTO tier_sweeps (id, rulebook, assessed, ladders, after, done, total, changed, started_at,
       ended_at)
VALUES (1, 0, '{}', '{}', %(nobody)s, 0, 0, 0, %(now)s, %(now)s) ON CONFLICT DO NOTHING RETURNING 1
"""
_HAVE = """
SELECT rulebook, ended_at IS NOT NULL, assessed, ladders, after, done, total, changed
  FROM tier_sweeps FOR NO KEY UPDATE SKIP LOCKED
"""
_BEGIN = f"""
UPDATE tier_sweeps
   SET rulebook = %(rulebook)s, ladders = %(ladders)s::jsonb, after = %(nobody)s, done = 0,
       changed = 0, total = ({_TOTAL}), started_at = %(now)s, ended_at = NULL
RETURNING assessed, ladders, after, done, total, changed
"""  # noqa: S608 - a constant
_SAME = "UPDATE tier_sweeps SET rulebook = %(rulebook)s RETURNING 1"
_ON = """
UPDATE tier_sweeps SET after = %(after)s, done = done + %(looked)s, changed = changed + %(changed)s
RETURNING done, total, changed
"""
_END = "UPDATE tier_sweeps SET assessed = ladders, ended_at = %(now)s RETURNING done, changed"


def sweep(work: Work, *, limit: int = _SWEPT_AT_ONCE) -> int:
    """Look at the next members by ladders of which another version holds; return at how many.

    Args:
        limit: the most members of one call.
    """
    ladders = books.current(work)
    state = work.rows(_STATE)
    known, ended = state[0][:2] if state else (0, True)
    if ended and known >= ladders.version:
        return 0
    work.session.connection()
    if not state:
        work.rows(_FIRST, {"nobody": NOBODY, "now": work.now()})
    rows = work.rows(_HAVE)
    if not rows:
        return 0  # another worker has it
    known, ended, *place = rows[0]
    if known > ladders.version or (ended and known == ladders.version):
        return 0  # another worker was here a moment ago, or has a clock ahead of this one
    wanted = {code: each.version for code, each in ladders.by_code.items()}
    assessed, target = place[:2]
    if known < ladders.version and wanted == (assessed if ended else target):
        work.rows(_SAME, {"rulebook": ladders.version})  # of other rules
        if ended:
            return 0
    elif known < ladders.version:
        place = _begun(work, ladders, wanted)
    return _batch(work, ladders, place, limit)


def sweeping(work: Work) -> Progress | None:
    """Return how far the look at all by the newest ladders has come; ``None`` when it is done."""
    state = work.rows(_STATE)
    return None if not state or state[0][1] else Progress(*state[0][2:])


def _begun(work: Work, ladders: Ladders, wanted: Mapping[str, int]) -> Sequence[Any]:
    values = {
        "rulebook": ladders.version, "ladders": json.dumps(wanted), "nobody": NOBODY,
        "now": work.now(),
    }  # fmt: skip
    _log.info("tiers.sweep_begins", ladders=wanted)
    found: Sequence[Any] = work.rows(_BEGIN, values)[0]
    return found


def _batch(work: Work, ladders: Ladders, place: Sequence[Any], limit: int) -> int:
    assessed, target, after = place[:3]
    other = {
        code: ladder
        for code, ladder in ladders.by_code.items()
        if assessed.get(code) != target.get(code)
    }
    rows = work.rows(_MEMBERS, {"after": after, "limit": limit}) if other else []
    if not rows:
        done, changed = work.rows(_END, {"now": work.now()})[0]
        _log.info("tiers.swept", members=done, changed=changed)
        return 0
    members = [row[0] for row in rows]
    changed = _move(work, members, Ladders(ladders.version, other, ladders.main))
    values = {"after": members[-1], "looked": len(members), "changed": changed}
    done, total, changed = work.rows(_ON, values)[0]
    _log.info("tiers.sweeping", done=done, total=total, changed=changed)
    return len(members)


def _move(work: Work, members: Sequence[UUID], ladders: Ladders) -> int:
    """Move those of a batch who are due to; they are looked at again once they are held."""
    step = assessing.upward(work)
    cases = assessing.cases(work, members, ladders=ladders)
    movers = sorted({case.member_id for case in cases if step(case) is not None})
    if not movers:
        return 0
    assessing.lock(work, movers)
    return assessing.settle(work, assessing.cases(work, movers, ladders=ladders), step)
