"""Carries runs of what-if out, part by part; takes one again whose worker was killed.

A holder takes a run for a minute and prolongs that with each part. The figures of a part, the
members it moves and the part's number are written by one statement, so a part counts once, whoever
did it; of a killed worker only the parts in its hands are done again. A cancelled run is not
written to any more: its holder sees that at the next part and lets go.
"""

import json
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import DBAPIError

from stoa.errors import StoaError
from stoa.models import NOBODY
from stoa.services.crew import Crew, OpenDesk
from stoa.services.whatif.drafts import Question
from stoa.services.whatif.parts import ACTOR, Part, count, cut
from stoa.values import whatif
from stoa.values.identifiers import public_id
from stoa.work import Desk

__all__ = ["carry_on"]

PART_PURCHASES = 4000
"""About how many purchases are read by one statement."""

_LEASE = timedelta(seconds=60)
_MOST_ATTEMPTS = 5

_log = structlog.get_logger(__name__)

_TAKE = """
UPDATE whatif_runs
   SET state = 'running', holder = %(holder)s, lease_until = %(until)s, attempts = attempts + 1,
       started_at = coalesce(started_at, %(now)s)
 WHERE id = (SELECT id FROM whatif_runs
              WHERE (state = 'waiting' OR (state = 'running' AND lease_until < %(now)s))
                AND id = coalesce(%(id)s::uuid, id)
              ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, draft, since, until, day, parts, done, passed, tally, attempts
"""
_CUT = """
UPDATE whatif_runs SET parts = %(parts)s::text::jsonb, total = %(total)s, lease_until = %(until)s
 WHERE id = %(id)s AND holder = %(holder)s AND state = 'running'
RETURNING id
"""
_KEEP = """
WITH taken AS (
    UPDATE whatif_runs
       SET done = done || %(number)s::int, passed = passed + %(purchases)s,
           tally = %(tally)s::text::jsonb, lease_until = %(until)s, attempts = 1
     WHERE id = %(id)s AND holder = %(holder)s AND state = 'running'
       AND NOT %(number)s::int = ANY (done)
    RETURNING id
), moved AS (
    INSERT INTO whatif_members (run_id, member_id, before, after, rise, points, missing)
    SELECT taken.id, m.member_id, m.before, m.after, m.rise, m.points, m.missing
      FROM taken, jsonb_to_recordset(%(members)s::text::jsonb)
           AS m (member_id uuid, before text, after text, rise int, points bigint, missing jsonb)
)
SELECT id FROM taken
"""
_END = """
UPDATE whatif_runs SET state = %(state)s, fault = %(fault)s, ended_at = %(now)s, lease_until = NULL
 WHERE id = %(id)s AND holder = %(holder)s AND state = 'running'
RETURNING id
"""
_LET_GO = """
UPDATE whatif_runs SET lease_until = %(now)s - interval '1 second'
 WHERE id = %(id)s AND holder = %(holder)s AND state = 'running'
RETURNING id
"""


def carry_on(
    desk: Desk,
    *,
    run_id: UUID | None = None,
    hands: int = 1,
    open_desk: OpenDesk | None = None,
    stopping: Callable[[], bool] = lambda: False,
    told: Callable[[int, int], None] | None = None,
    size: int = PART_PURCHASES,
) -> int:
    """Carry out the run that waits longest, or go on with one whose holder is gone.

    Args:
        run_id: this run only.
        hands: processes that count side by side; more than one needs `open_desk`.
        stopping: asked between parts; a run that is let go of so is taken up by the next worker.
        told: after each part, the purchases passed and all of them.
        size: about how many purchases a part has.

    Returns:
        Whether there was a run, as 1 or 0.
    """
    holder = uuid4().hex
    with desk.work(ACTOR) as work:
        now = work.now()
        taken = {"holder": holder, "now": now, "until": now + _LEASE, "id": run_id}
        rows = work.rows(_TAKE, taken)
    if not rows:
        return 0
    attempts = rows[0][10]
    held = _Held(desk, holder, Question(*rows[0][:6]), told)
    if attempts > _MOST_ATTEMPTS:
        held.end("failed", "Its workers ended five times without coming further.")
        return 1
    try:
        whole = held.go_on(
            rows[0][6:10], size=size, stopping=stopping, hands=hands, open_desk=open_desk
        )
    except StoaError as wrong:
        held.end("failed", f"{wrong.title}: {wrong}")
        return 1
    except (DBAPIError, BrokenProcessPool):
        raise  # nothing is wrong with the run: it is taken again when its lease has ended
    except Exception as wrong:
        held.end("failed", type(wrong).__name__)
        _log.exception("whatif.failed", run=public_id("wif", held.question.id))
        raise
    if whole:
        held.end("done")
    return 1


class _Held:
    """A run in the hands of this process."""

    def __init__(
        self, desk: Desk, holder: str, question: Question, told: Callable[[int, int], None] | None
    ) -> None:
        self._desk = desk
        self._holder = holder
        self._told = told or (lambda _passed, _total: None)
        self.question = question

    def go_on(
        self,
        kept: tuple[list[Any] | None, list[int], int, dict[str, Any]],
        *,
        size: int,
        stopping: Callable[[], bool],
        hands: int,
        open_desk: OpenDesk | None,
    ) -> bool:
        """Count the parts that are not done; return whether all are, and this run is still ours."""
        cuts, done, passed, tally = kept
        parts = self._cut(size) if cuts is None else _parts(cuts)
        total = sum(part.purchases for part in parts)
        self._told(passed, total)
        waiting = [part for part in parts if part.number not in done]
        if len(waiting) <= 1:
            hands = 1
        with Crew(self._desk, hands=hands, open_desk=open_desk) as crew:
            for part, (counted, moved) in crew.do(partial(count, self.question), waiting):
                tally = whatif.merged(tally, counted)
                if not self._keep(part, tally, moved):
                    return False
                passed += part.purchases
                self._told(passed, total)
                if stopping():
                    self._write(_LET_GO)
                    return False
        return True

    def end(self, state: str, fault: str = "") -> None:
        """Write down how the run ended, unless it was cancelled."""
        self._write(_END, state=state, fault=fault)

    def _cut(self, size: int) -> list[Part]:
        with self._desk.work(ACTOR) as work:
            parts = cut(work, self.question, size=size)
        kept = [[str(part.last), part.purchases] for part in parts]
        self._write(_CUT, parts=json.dumps(kept), total=sum(part.purchases for part in parts))
        return parts

    def _keep(self, part: Part, tally: dict[str, Any], moved: list[Any]) -> bool:
        return self._write(
            _KEEP, number=part.number, purchases=part.purchases, tally=json.dumps(tally),
            members=json.dumps(moved),
        )  # fmt: skip

    def _write(self, statement: Any, **values: Any) -> bool:  # noqa: ANN401 - a literal
        with self._desk.work(ACTOR) as work:
            now = work.now()
            values |= {
                "id": self.question.id, "holder": self._holder, "now": now, "until": now + _LEASE,
            }  # fmt: skip
            return bool(work.rows(statement, values))


def _parts(cuts: list[Any]) -> list[Part]:
    parts: list[Part] = []
    after = NOBODY
    for number, (last, purchases) in enumerate(cuts):
        parts.append(Part(number, after, UUID(last), purchases))
        after = UUID(last)
    return parts
