"""The log of partners' requests: written in batches, read by the partner, forgotten in days."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import LiteralString
from uuid import UUID

from stoa.models import NOBODY
from stoa.values.identifiers import new_uuid, public_id, uuid_of
from stoa.work import Work

__all__ = ["COLUMNS", "Kept", "Wanted", "find", "forget", "page", "write"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A request as it is kept; `body`, `answer` and `path` are masked."""

    partner_id: UUID
    at: datetime
    method: str
    route: str
    path: str
    status: int
    code: str
    duration_us: int
    request_id: str
    idempotency_key: str
    client: str
    body: str
    answer: str
    id: UUID = NOBODY

    @property
    def public_id(self) -> str:
        """The name of the row, by which the next page is asked for."""
        return public_id("rql", self.id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests to show.

    Attributes:
        status: ``409``, or ``4xx`` for all that begin so; empty for all.
        method: ``GET`` or ``POST``; empty for both.
        path: what the path begins with; empty for all.
        since: not what came before.
        before: the public id of the last one of the page before.
    """

    status: str = ""
    method: str = ""
    path: str = ""
    since: datetime | None = None
    before: str = ""


COLUMNS: LiteralString = (
    "partner_id, at, method, route, path, status, code, duration_us, request_id, idempotency_key,"
    " client, body, answer, id"
)
_NAMES = tuple(field.name for field in fields(Kept))
_facts = attrgetter(*_NAMES)
_WRITE = f"""
WITH put AS (
    INSERT INTO request_log ({COLUMNS})
    SELECT {COLUMNS} FROM jsonb_populate_recordset(NULL::request_log, %s::jsonb) RETURNING 1
) SELECT count(*) FROM put
"""  # noqa: S608 - our own columns
_PAGE = f"""
SELECT {COLUMNS} FROM request_log
 WHERE partner_id = %(partner)s AND status BETWEEN %(least)s AND %(most)s
   AND (%(method)s = '' OR method = %(method)s) AND starts_with(path, %(path)s)
   AND (%(since)s::timestamptz IS NULL OR at >= %(since)s::timestamptz)
   AND (%(before)s::uuid IS NULL OR (at, id) < (
       SELECT b.at, b.id FROM request_log b
        WHERE b.partner_id = %(partner)s AND b.id = %(before)s::uuid))
 ORDER BY at DESC, id DESC LIMIT %(limit)s
"""  # noqa: S608 - our own columns
_FIND = f"SELECT {COLUMNS} FROM request_log WHERE partner_id = %s AND request_id = %s"  # noqa: S608
_FORGET = """
DELETE FROM request_log WHERE ctid IN (
    SELECT ctid FROM request_log WHERE at < %s LIMIT %s) RETURNING 1
"""


def write(work: Work, rows: Sequence[Kept]) -> int:
    """Write requests in one statement; return how many.

    Nobody waits until they are on disk: a crash loses the last of them, and no sale stands behind
    them in the queue for it.
    """
    work.session.connection().exec_driver_sql("SET LOCAL synchronous_commit = off")
    told = [dict(zip(_NAMES, _facts(row), strict=True)) | {"id": new_uuid()} for row in rows]
    return int(work.rows(_WRITE, (json.dumps(told, default=str),))[0][0])


def page(work: Work, partner_id: UUID, wanted: Wanted, *, limit: int) -> list[Kept]:
    """Return requests of a partner, the latest first."""
    least, most = _statuses(wanted.status)
    values = {
        "partner": partner_id, "least": least, "most": most, "method": wanted.method,
        "path": wanted.path, "since": wanted.since, "limit": limit,
        "before": uuid_of("rql", wanted.before),
    }  # fmt: skip
    return [Kept(*row) for row in work.rows(_PAGE, values)]


def find(work: Work, partner_id: UUID, request_id: str) -> Kept | None:
    """Return a request of a partner by the id that its answer told; ``None`` if it is not kept."""
    rows = work.rows(_FIND, (partner_id, request_id))
    return Kept(*rows[0]) if rows else None


def forget(work: Work, *, limit: int = 10_000, stopping: Callable[[], bool] = lambda: False) -> int:
    """Drop what is older than the programme says; return how many rows went.

    Args:
        limit: how many one statement drops.
        stopping: asked before each statement; the rest waits when it says so.
    """
    before = work.now() - timedelta(days=work.programme.request_log_days)
    done, dropped = 0, limit
    while dropped == limit and not stopping():
        dropped = len(work.rows(_FORGET, (before, limit)))
        done += dropped
    return done


def _statuses(asked: str) -> tuple[int, int]:
    if not asked:
        return 0, 999
    if asked.endswith("xx"):
        return int(asked[0]) * 100, int(asked[0]) * 100 + 99
    return int(asked), int(asked)
