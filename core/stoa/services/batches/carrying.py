"""The worker carries batches out: of each partner one, in the order of its rows, chunk by chunk.

A chunk is one transaction: it holds the lock of its batch from the claim to the moment when the
answers of its rows are written. The rows themselves are posted by works of their own, each once by
its key, so that no till waits for a chunk. A worker that is killed lets go of the lock: the next
one begins the chunk again, and a row that had been posted answers as a repeat of itself.

Partners take turns, and each is paced: a file never takes what tills need.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic_ns
from typing import Any
from uuid import UUID

import structlog

from stoa.services.batches.records import Batch
from stoa.work import Actor, Desk, Work

__all__ = ["Again", "Done", "Post", "carry_on"]

_CHUNK = 50
_CHUNK_MS = 1000
_FIRST_REST_MS = 200
_TRIES = 5
_ACTOR = Actor("worker")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What a row came to.

    Attributes:
        answer: what its own door would have answered: facts, or a problem.
        refused: it is a problem, and the row had no effect.
        replayed: its key had done it before.
    """

    kind: str
    key: str
    answer: dict[str, Any]
    refused: bool = False
    replayed: bool = False


class Again(Exception):  # noqa: N818 - no fault: a row that may succeed a moment later
    """A row could not be carried out now; `done` is what is told of it if it never can."""

    def __init__(self, done: Done) -> None:
        super().__init__(done.kind)
        self.done = done


Post = Callable[[Work, str, str], Done]
"""Post one line under a name for its problem: ``post(work, line, "bat_…/17")``; raises `Again`."""


class _Undo(Exception):  # noqa: N818 - ends a work whose deed shall have no effect
    pass


_CLAIM = """
SELECT b.id, b.partner_id, b.actor, b.dry_run, b.state, b.total, b.done, b.repeated, b.failed,
       b.attempts, b.made_at, b.started_at, b.ended_at
  FROM batches b
 WHERE b.state IN ('queued', 'running') AND b.next_at <= clock_timestamp()
   AND NOT EXISTS (SELECT 1 FROM batches o
                    WHERE o.partner_id = b.partner_id AND o.state IN ('queued', 'running')
                      AND o.id < b.id)
 ORDER BY b.next_at
 LIMIT 1
   FOR UPDATE OF b SKIP LOCKED
"""
_WAITING = """
SELECT row_no, line FROM batch_rows WHERE batch_id = %s AND state = 'waiting'
 ORDER BY row_no LIMIT %s
"""
_OURS = """
SELECT k.created_at > %(made_at)s AND NOT EXISTS (
           SELECT 1 FROM batch_rows r
            WHERE r.batch_id = %(batch)s AND r.key = %(key)s AND r.state = 'done')
  FROM keys k WHERE k.partner_id = %(partner)s AND k.key = %(key)s
"""
_NOTE = """
UPDATE batch_rows r
   SET state = n.state, kind = n.kind, key = n.key, answer = n.answer,
       line = CASE WHEN n.state = 'failed' THEN r.line ELSE '' END
  FROM unnest(%(numbers)s::int[], %(states)s::text[], %(kinds)s::text[], %(keys)s::text[],
              %(answers)s::jsonb[]) AS n (row_no, state, kind, key, answer)
 WHERE r.batch_id = %(batch)s AND r.row_no = n.row_no
RETURNING r.row_no
"""
_COUNT = """
UPDATE batches
   SET done = done + %(done)s, repeated = repeated + %(repeated)s, failed = failed + %(failed)s,
       started_at = coalesce(started_at, %(now)s), attempts = %(attempts)s,
       next_at = clock_timestamp() + %(pause)s::interval,
       state = CASE WHEN total = done + repeated + failed + %(all)s THEN 'done' ELSE 'running' END,
       ended_at = CASE WHEN total = done + repeated + failed + %(all)s
                       THEN %(now)s::timestamptz END
 WHERE id = %(batch)s
RETURNING state
"""


@dataclass(slots=True)
class _Chunk:
    """The rows of a batch that are carried out in one transaction."""

    batch: Batch
    noted: list[tuple[int, str, Done]] = field(default_factory=list)
    stuck: bool = False

    def note(self, row_no: int, done: Done, *, ours: bool) -> None:
        """Keep what a row came to; `ours`: what is replayed was done by this very batch."""
        repeated = done.replayed and not ours
        state = "failed" if done.refused else "repeated" if repeated else "done"
        self.noted.append((row_no, state, done))

    def count(self, state: str) -> int:
        """Return how many rows came to a state."""
        return sum(each == state for _, each, _ in self.noted)


def carry_on(
    desk: Desk, post: Post, *, rows_per_s: int = 0, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Carry out the next chunk of the batch whose turn it is; return 1 where there was one, else 0.

    Args:
        post: reads and posts a row.
        rows_per_s: the most rows of one partner in a second, on average; 0 for any number.
        stopping: asked between rows; what is done by then is kept.
    """
    with desk.work(_ACTOR) as work:
        claimed = work.session.connection().exec_driver_sql(_CLAIM).first()
        if claimed is None:
            return 0
        batch = Batch(*claimed)
        begun = _now_ms()
        waiting = work.rows(_WAITING, (batch.id, _CHUNK))
        chunk = _Chunk(batch)
        for row_no, line in waiting:
            if stopping() or _now_ms() - begun > _CHUNK_MS or chunk.stuck:
                break
            _carry_out(desk, post, chunk, row_no, line)
        took_ms = _now_ms() - begun
        _write(work, chunk, pause=_pause(chunk, rows_per_s, took_ms))
    return 1


def _carry_out(desk: Desk, post: Post, chunk: _Chunk, row_no: int, line: str) -> None:
    """Post a row as its sender, by a work of its own; a dry one is posted and undone."""
    batch = chunk.batch
    sender = Actor(batch.actor, batch.partner_id)
    name = f"{batch.public_id}/{row_no}"
    try:
        if batch.dry_run:
            done = _tried(desk, post, sender, (line, name))
        else:
            with desk.work(sender) as work:
                done = post(work, line, name)
                ours = done.replayed and _is_ours(work, chunk, done.key)
            chunk.note(row_no, done, ours=ours)
            return
    except Again as again:
        # The rows before this one are as they should be; only the first of a chunk is out of luck.
        if chunk.noted or batch.attempts + 1 < _TRIES:
            chunk.stuck = True
            return
        done = again.done
    chunk.note(row_no, done, ours=False)


def _tried(desk: Desk, post: Post, sender: Actor, row: tuple[str, str]) -> Done:
    """Post a row in one transaction, and undo it."""
    found: list[Done] = []
    with suppress(_Undo), desk.work(sender) as work:
        work.session.connection()
        found.append(post(work, *row))
        raise _Undo
    return found[0]


def _is_ours(work: Work, chunk: _Chunk, key: str) -> bool:
    """Tell whether what a key did was done by this batch, by a worker that was killed then."""
    if any(done.key == key for _, state, done in chunk.noted if state == "done"):
        return False
    values = {
        "made_at": chunk.batch.made_at, "batch": chunk.batch.id, "key": key,
        "partner": chunk.batch.partner_id,
    }  # fmt: skip
    found: Sequence[Any] = work.rows(_OURS, values)
    return bool(found and found[0][0])


def _pause(chunk: _Chunk, rows_per_s: int, took_ms: int) -> timedelta:
    """Return how long the batch rests: by its pace, or longer and longer where it is stuck."""
    rest_ms = 1000 * len(chunk.noted) // rows_per_s - took_ms if rows_per_s else 0
    if chunk.stuck and not chunk.noted:
        rest_ms = max(rest_ms, _FIRST_REST_MS << chunk.batch.attempts)
    return timedelta(milliseconds=max(rest_ms, 0))


def _now_ms() -> int:
    return monotonic_ns() // 1_000_000


def _write(work: Work, chunk: _Chunk, *, pause: timedelta) -> None:
    batch: UUID = chunk.batch.id
    noted = chunk.noted
    if noted:
        work.rows(
            _NOTE,
            {
                "batch": batch, "numbers": [no for no, _, _ in noted],
                "states": [state for _, state, _ in noted],
                "kinds": [done.kind for _, _, done in noted],
                "keys": [done.key for _, _, done in noted],
                "answers": [json.dumps(done.answer) for _, _, done in noted],
            },
        )  # fmt: skip
    stuck = chunk.stuck and not noted
    state = work.rows(
        _COUNT,
        {
            "batch": batch, "now": work.now(), "pause": pause, "all": len(noted),
            "attempts": chunk.batch.attempts + 1 if stuck else 0,
            **{state: chunk.count(state) for state in ("done", "repeated", "failed")},
        },
    )[0][0]  # fmt: skip
    if state == "done":
        _log.info("batch.done", batch=chunk.batch.public_id, rows=chunk.batch.total)
