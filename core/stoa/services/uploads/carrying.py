"""The worker at an upload: one at a time, a dry run or the import, with its progress and its end.

Who has it is heard of with every step; one that was not heard of for two minutes is taken again,
and the import goes on where it stood. A cancelled one stops at the next step: of a reading nothing
stays, parts that are posted stay.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic_ns
from typing import Any
from uuid import UUID

import structlog

from stoa.errors import IdempotencyInFlightError, InvalidBodyError, StoaError
from stoa.services.imports import openings, runs
from stoa.services.imports.lines import WrongRow
from stoa.services.imports.stage import Progress
from stoa.services.uploads.fitting import fitted, openings_of
from stoa.services.uploads.lists import content_of
from stoa.services.uploads.reading import rows_of
from stoa.values.identifiers import public_id
from stoa.values.sections import InvalidDocumentError
from stoa.work import Actor, Desk, Work

__all__ = ["carry_on"]

MOST_ROWS = 10_000
"""How many lines that were not taken are kept; the rest is counted."""

_EVERY_NS = 500_000_000
_LEASE_S = 120
_ACTOR = Actor("worker")

_log = structlog.get_logger(__name__)


class _Cancelled(Exception):  # noqa: N818 - nobody's mistake
    """Somebody asked for the end."""


@dataclass(frozen=True, slots=True)
class _Task:
    filename: str
    content: bytes
    given: Mapping[str, str]
    _: KW_ONLY
    dry_run: bool


_TAKE = """
UPDATE uploads SET state = 'running', beat_at = %(now)s, step = 'reading'
 WHERE id = (SELECT id FROM uploads
              WHERE state = 'queued'
                 OR (state = 'running' AND beat_at < %(now)s - make_interval(secs => %(lease)s))
              ORDER BY queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, filename, given, dry_run
"""


def carry_on(desk: Desk, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Take the oldest upload that waits and do it; return 1, or 0 where none waits.

    Args:
        stopping: asked at each step; the upload waits for another worker when it says so.
    """
    with desk.work(_ACTOR) as work:
        found = work.rows(_TAKE, {"now": work.now(), "lease": _LEASE_S})
        if not found:
            return 0
        content = content_of(work, found[0][0])
    upload_id, kind, filename, given, dry_run = found[0]
    task = _Task(filename, content, given, dry_run=dry_run)
    ticker = _Ticker(desk, upload_id, stopping)
    try:
        deed = _purchases if kind == "purchases" else _openings
        counts, rows = deed(desk, task, ticker)
    except _Cancelled:
        _end(desk, upload_id, "queued" if stopping() else "cancelled")
    except IdempotencyInFlightError:
        _end(desk, upload_id, "queued")
    except InvalidDocumentError as refused:
        _end(desk, upload_id, "failed", errors=refused.errors)
    except InvalidBodyError as refused:
        _end(desk, upload_id, "failed", errors=refused.members["errors"])
    except StoaError as refused:
        _end(desk, upload_id, "failed", errors={"": [str(refused) or refused.code]})
    except Exception as wrong:  # noqa: BLE001 - whatever it is, people are told and may try again
        _log.exception("upload.failed", upload=public_id("upl", upload_id))
        _end(desk, upload_id, "failed", errors={"": [type(wrong).__name__]})
    else:
        _done(desk, upload_id, dry_run=dry_run, counts=counts, wrong=rows)
    return 1


_BEAT = """
UPDATE uploads SET beat_at = %s, step = %s, percent = %s, lines = %s
 WHERE id = %s AND state = 'running' RETURNING stopping
"""


class _Ticker:
    """Writes progress down twice a second, and hears whether to stop."""

    def __init__(self, desk: Desk, upload_id: UUID, stopping: Callable[[], bool]) -> None:
        self._desk = desk
        self._id = upload_id
        self._stopping = stopping
        self._last = 0

    def __call__(self, progress: Progress) -> None:
        if monotonic_ns() - self._last < _EVERY_NS and progress.share < 1:
            return
        self._last = monotonic_ns()
        with self._desk.work(_ACTOR) as work:
            values = (
                work.now(),
                progress.step,
                int(progress.share * 100),
                progress.lines,
                self._id,
            )
            found = work.rows(_BEAT, values)
        if self._stopping() or not found or found[0][0]:
            raise _Cancelled


_Done = tuple[dict[str, Any], Sequence[WrongRow]]


def _purchases(desk: Desk, task: _Task, ticker: _Ticker) -> _Done:
    header = next(rows_of(task.content))[1]
    mapping = fitted(task.given, header)
    with TemporaryDirectory(prefix="stoa-upload-") as folder:
        path = _written(folder, task.filename, task.content)
        done = runs.run_import(desk, path, mapping, dry_run=task.dry_run, progress=ticker)
    return {**done.counts, "lines": done.lines, "state": done.state, "id": done.id}, done.wrong


def _openings(desk: Desk, task: _Task, ticker: _Ticker) -> _Done:
    with TemporaryDirectory(prefix="stoa-upload-") as folder:
        path = _written(folder, task.filename, openings_of(task.given, task.content))
        done = openings.open_balances(
            desk,
            path,
            task.given.get("points_currency", ""),
            dry_run=task.dry_run,
            progress=ticker,
        )
    counts = {
        "lines": done.lines,
        "opened": done.opened,
        "points": done.points,
        "already_known": done.known,
        "members": done.members,
        "rejected": len(done.wrong),
    }
    state = "already imported" if done.known and not done.opened else "imported"
    return {**counts, "state": "rehearsed" if task.dry_run else state}, done.wrong


def _written(folder: str, filename: str, content: bytes) -> Path:
    plain = "".join(each if each.isalnum() or each in "._- " else "_" for each in filename)
    path = Path(folder) / f"{plain[:80]}.csv"
    path.write_bytes(content)
    return path


_END = """
UPDATE uploads SET state = %(state)s, errors = %(errors)s::jsonb, stopping = false, beat_at = NULL,
       ended_at = CASE %(state)s WHEN 'queued' THEN NULL ELSE %(now)s::timestamptz END
 WHERE id = %(id)s AND state = 'running' RETURNING 1
"""


def _end(
    desk: Desk, upload_id: UUID, state: str, *, errors: Mapping[str, Sequence[str]] | None = None
) -> None:
    with desk.work(_ACTOR) as work:
        values = {
            "state": state, "errors": json.dumps(errors or {}), "now": work.now(), "id": upload_id,
        }  # fmt: skip
        work.rows(_END, values)


_FINISH = """
UPDATE uploads SET state = CASE WHEN %(dry_run)s THEN 'rehearsed' ELSE 'done' END, percent = 100,
       lines = %(lines)s, errors = '{}', stopping = false, beat_at = NULL, ended_at = %(now)s,
       rehearsal = CASE WHEN %(dry_run)s THEN %(report)s::jsonb ELSE rehearsal END,
       report = CASE WHEN %(dry_run)s THEN report ELSE %(report)s::jsonb END
 WHERE id = %(id)s AND state = 'running' RETURNING 1
"""
_CLEAR = "DELETE FROM upload_rows WHERE upload_id = %s RETURNING 1"
_KEEP = """
INSERT INTO upload_rows (upload_id, line, code, detail)
SELECT %s, line, code, detail FROM unnest(%s::bigint[], %s::text[], %s::text[])
       AS each (line, code, detail)
ON CONFLICT DO NOTHING RETURNING 1
"""


def _done(
    desk: Desk,
    upload_id: UUID,
    *,
    dry_run: bool,
    counts: dict[str, Any],
    wrong: Sequence[WrongRow],
) -> None:
    kept = wrong[:MOST_ROWS]
    counts["wrong"] = len(wrong)
    with desk.work(_ACTOR) as work:
        work.session.connection()
        _replace_rows(work, upload_id, kept)
        values = {
            "dry_run": dry_run, "report": json.dumps(counts), "lines": counts["lines"],
            "now": work.now(), "id": upload_id,
        }  # fmt: skip
        work.rows(_FINISH, values)
    told = Counter(row.code for row in wrong)
    _log.info("upload.done", upload=public_id("upl", upload_id), dry_run=dry_run, wrong=dict(told))


def _replace_rows(work: Work, upload_id: UUID, kept: Sequence[WrongRow]) -> None:
    work.rows(_CLEAR, (upload_id,))
    columns = (
        [row.line for row in kept],
        [row.code for row in kept],
        [row.detail for row in kept],
    )
    work.rows(_KEEP, (upload_id, *columns))
