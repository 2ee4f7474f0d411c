"""Chores of the worker: each is written down when it was done, with what went wrong.

A failure is kept without what the chore was given: the kind of error, the database's own code, and
where in our code it arose. No text of an error is kept, for it may carry a member's data.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from traceback import extract_tb
from typing import Any

import structlog

from stoa.errors import StoaError
from stoa.work import Actor, Desk, Work

__all__ = ["Chore", "Fault", "Notes", "all_of", "fault_of", "note"]

_NOTED = timedelta(seconds=20)
_MOST_MS = 2**31 - 1

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong, without anybody's data.

    Attributes:
        kind: the class of the error, such as ``OperationalError``.
        code: the SQLSTATE of the database or the code of a refusal; empty where there is none.
        where: the last place in our code, ``stoa/services/log/appending.py:41``.
    """

    kind: str
    code: str
    where: str


@dataclass(frozen=True, slots=True)
class Chore:
    """One chore and how it went the last time; `done` is how many things it did then."""

    name: str
    kind: str
    rhythm: str
    at: datetime
    took_ms: int
    done: int
    next_at: datetime | None
    failures: int
    failed_at: datetime | None
    fault: Fault | None


def fault_of(wrong: BaseException) -> Fault:
    """Return what may be kept of an error."""
    inner = getattr(wrong, "orig", None)
    code = wrong.code if isinstance(wrong, StoaError) else getattr(inner, "sqlstate", None)
    where = ""
    for frame in extract_tb(wrong.__traceback__):
        _, ours, rest = frame.filename.replace("\\", "/").rpartition("/stoa/")
        if ours:
            where = f"stoa/{rest}:{frame.lineno}"
    return Fault(type(inner or wrong).__name__, str(code or ""), where)


_NOTE = """
INSERT INTO worker_chores AS c (name, kind, rhythm, at, took_ms, done, next_at, failures,
                                failed_at, fault)
VALUES (%(name)s, %(kind)s, %(rhythm)s, %(at)s, %(took_ms)s, %(done)s, %(next_at)s,
        %(failed)s::int, CASE WHEN %(failed)s::int = 1 THEN %(at)s::timestamptz END,
        %(fault)s::jsonb)
ON CONFLICT (name) DO UPDATE
   SET kind = excluded.kind, rhythm = excluded.rhythm, at = excluded.at,
       took_ms = excluded.took_ms, done = excluded.done, next_at = excluded.next_at,
       failures = CASE WHEN excluded.failures = 0 THEN 0 ELSE c.failures + 1 END,
       failed_at = coalesce(excluded.failed_at, c.failed_at),
       fault = coalesce(excluded.fault, c.fault)
 WHERE c.at <= excluded.at
RETURNING 1
"""


def note(
    work: Work,
    name: str,
    *,
    kind: str,
    rhythm: str,
    took_ms: int,
    done: int = 0,
    next_at: datetime | None = None,
    fault: Fault | None = None,
) -> None:
    """Write down that a chore was done now, or that it failed.

    Args:
        kind: ``beat`` or ``turn``.
        rhythm: seconds of a beat, the cron line of a turn.
        next_at: when it comes next; ``None`` where it follows at once.
    """
    told = None
    if fault is not None:
        told = json.dumps({"kind": fault.kind, "code": fault.code, "where": fault.where})
    values = {
        "name": name,
        "kind": kind,
        "rhythm": rhythm,
        "at": work.now(),
        "took_ms": took_ms,
        "done": done,
        "next_at": next_at,
        "failed": int(fault is not None),
        "fault": told,
    }
    work.rows(_NOTE, values)


class Notes:
    """Writes chores down for one worker: beats now and then, every turn and every failure.

    A chore is done whether it could be written down or not.
    """

    def __init__(self, desk: Desk, actor: Actor) -> None:
        self._desk = desk
        self._actor = actor
        self._noted: dict[str, datetime] = {}

    def did(
        self, name: str, rhythm: str, begun: float, done: int, next_at: datetime | None = None
    ) -> None:
        """Write down that a chore was done.

        Args:
            begun: when, on the monotonic clock.
            next_at: when a turn comes again; a beat has none.
        """
        now, last = self._desk.clock(), self._noted.get(name)
        if next_at is None and last is not None and now - last < _NOTED:
            return
        self._noted[name] = now
        self._note(name, rhythm, begun, done=done, next_at=next_at)

    def failed(
        self,
        name: str,
        rhythm: str,
        begun: float,
        wrong: Exception,
        next_at: datetime | None = None,
    ) -> None:
        """Write down that a chore failed; `did` tells at once when it is well again."""
        self._noted.pop(name, None)
        self._note(name, rhythm, begun, next_at=next_at, fault=fault_of(wrong))

    def _note(
        self,
        name: str,
        rhythm: str,
        begun: float,
        *,
        done: int = 0,
        next_at: datetime | None,
        fault: Fault | None = None,
    ) -> None:
        took_ms = min(int((monotonic() - begun) * 1000), _MOST_MS)
        try:
            with self._desk.work(self._actor) as work:
                note(
                    work, name, kind="turn" if next_at else "beat", rhythm=rhythm,
                    took_ms=took_ms, done=done, next_at=next_at, fault=fault,
                )  # fmt: skip
        except Exception:  # noqa: BLE001 - whatever keeps it from being written down
            _log.exception("worker.not_noted", deed=name)


_ALL = """
SELECT name, kind, rhythm, at, took_ms, done, next_at, failures, failed_at, fault
  FROM worker_chores ORDER BY failures = 0, kind DESC, name
"""


def all_of(work: Work) -> list[Chore]:
    """Return every chore that some worker did, those that fail first."""
    return [_chore(row) for row in work.rows(_ALL)]


def _chore(row: Any) -> Chore:  # noqa: ANN401 - a row of the statement above
    name, kind, rhythm, at, took_ms, done, next_at, failures, failed_at, fault = row
    kept = None if fault is None else Fault(**fault)
    return Chore(name, kind, rhythm, at, took_ms, done, next_at, failures, failed_at, kept)
