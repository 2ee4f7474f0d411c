"""Handing a file in, keeping what was said about it, and looking at what became of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError
from stoa.services import audit
from stoa.services.imports.lines import WrongRow
from stoa.services.uploads.fitting import guesses
from stoa.services.uploads.reading import Sheet, read_file
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = [
    "KEPT",
    "Upload",
    "cancel",
    "content_of",
    "earlier",
    "find",
    "forget",
    "hand_in",
    "keep_mapping",
    "mappings",
    "page",
    "queue",
    "sheet_of",
    "tell",
    "wrong_counts",
    "wrong_rows",
]

KEPT = timedelta(days=90)
"""How long an upload and its wrong rows are kept after it ended, or after it was handed in."""

_MOST_NAME = 80
_OPEN = ("draft", "rehearsed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed in, without its content.

    Attributes:
        state: ``draft``, ``queued``, ``running``, ``rehearsed``, ``done``, ``failed`` or
            ``cancelled``.
        percent: how far it is, from 0 to 100.
        rehearsal: whole numbers by name of the last dry run; `report` those of the import.
        errors: why it failed, by field; texts.
        made_by: who handed it in, ``staff:stf_…``.
        whole: whether its content is still there.
    """

    id: UUID
    kind: str
    filename: str
    sha256: str
    size: int
    given: dict[str, Any]
    state: str
    dry_run: bool
    stopping: bool
    step: str
    percent: int
    lines: int
    rehearsal: dict[str, Any] | None
    report: dict[str, Any] | None
    errors: dict[str, list[str]]
    made_by: str
    made_at: datetime
    queued_at: datetime | None
    ended_at: datetime | None
    whole: bool

    @property
    def under_way(self) -> bool:
        """Whether the worker has it or will have it."""
        return self.state in ("queued", "running")


_COLUMNS = """
SELECT u.id, u.kind, u.filename, u.sha256, u.size, u.given, u.state, u.dry_run, u.stopping, u.step,
       u.percent, u.lines, u.rehearsal, u.report, u.errors, u.made_by, u.made_at, u.queued_at,
       u.ended_at, u.content IS NOT NULL
  FROM uploads u"""
_FIND = _COLUMNS + " WHERE u.id = %s"
_PAGE = (
    _COLUMNS + " WHERE %(before)s::uuid IS NULL OR u.id < %(before)s ORDER BY u.id DESC"
    " LIMIT %(limit)s"
)
_EARLIER = (
    _COLUMNS + " WHERE u.sha256 = %s AND u.kind = %s AND u.id <> %s AND u.state = 'done'"
    " ORDER BY u.id DESC LIMIT 3"
)
_INSERT = """
INSERT INTO uploads (id, kind, filename, sha256, size, content, given, state, dry_run, stopping,
                     step, percent, lines, errors, made_by, made_at)
VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, 'draft', true, false, '', 0, 0, '{}', %s, %s)
RETURNING 1
"""


def hand_in(work: Work, kind: str, filename: str, raw: bytes, *, given: Mapping[str, str]) -> UUID:
    """Keep a file for an import with what is guessed of it; nothing else happens yet.

    Args:
        kind: ``purchases`` or ``openings``.
        given: what the form begins with, besides the guesses.

    Raises:
        InvalidBodyError: it can't be read; `errors` has a word under ``file``.
    """
    sheet = read_file(filename, raw)
    upload_id = new_uuid()
    told = {**guesses(kind, sheet.columns), **given}
    digest = hashlib.sha256(raw).hexdigest()
    name = " ".join(filename.replace("\\", "/").rpartition("/")[2].split())[:120] or "file"
    values = (
        upload_id, kind, name, digest, len(raw), sheet.content, json.dumps(told),
        work.actor.name, work.now(),
    )  # fmt: skip
    work.session.connection()
    work.rows(_INSERT, values)
    after = {"filename": name, "sha256": digest, "kind": kind}
    audit.record(work, "upload.hand_in", public_id("upl", upload_id), after=after)
    return upload_id


def find(work: Work, upload_id: UUID) -> Upload | None:
    """Return an upload; ``None`` where there is none."""
    found = work.rows(_FIND, (upload_id,))
    return Upload(*found[0]) if found else None


def page(work: Work, *, before: UUID | None = None, limit: int = 50) -> list[Upload]:
    """Return uploads, the latest first."""
    return [Upload(*row) for row in work.rows(_PAGE, {"before": before, "limit": limit})]


def earlier(work: Work, upload: Upload) -> list[Upload]:
    """Return imports of the same bytes that were done before."""
    values = (upload.sha256, upload.kind, upload.id)
    return [Upload(*row) for row in work.rows(_EARLIER, values)]


def content_of(work: Work, upload_id: UUID) -> bytes:
    """Return what a file says, as CSV; nothing where it was wiped."""
    found = work.rows("SELECT content FROM uploads WHERE id = %s", (upload_id,))
    return bytes(found[0][0]) if found and found[0][0] is not None else b""


def sheet_of(work: Work, upload_id: UUID) -> Sheet | None:
    """Return the columns and the first rows of a file; ``None`` where it was wiped."""
    content = content_of(work, upload_id)
    return read_file("", content) if content else None


_TELL = """
UPDATE uploads SET given = %s::jsonb, errors = '{}', state = 'draft', rehearsal = NULL
 WHERE id = %s AND state = ANY (%s) AND content IS NOT NULL RETURNING 1
"""


def tell(work: Work, upload_id: UUID, given: Mapping[str, str]) -> None:
    """Keep what a form said about a file; an earlier dry run counts no more.

    Raises:
        InvalidBodyError: it is under way or over.
    """
    if not work.rows(_TELL, (json.dumps(dict(given)), upload_id, list(_OPEN))):
        raise InvalidBodyError(errors={"state": ["The import is under way, or over."]})


_QUEUE = """
UPDATE uploads SET state = 'queued', dry_run = %s, stopping = false, step = '', percent = 0,
       lines = 0, errors = '{}', queued_at = %s, beat_at = NULL, ended_at = NULL
 WHERE id = %s AND state = ANY (%s) AND content IS NOT NULL RETURNING filename, sha256, given
"""


def queue(work: Work, upload_id: UUID, *, dry_run: bool) -> None:
    """Let the worker try a file, or import it.

    Raises:
        InvalidBodyError: it is under way or over.
    """
    work.session.connection()
    found = work.rows(_QUEUE, (dry_run, work.now(), upload_id, list(_OPEN)))
    if not found:
        raise InvalidBodyError(errors={"state": ["The import is under way, or over."]})
    if not dry_run:
        filename, digest, given = found[0]
        after = {"filename": filename, "sha256": digest, "mapping": given}
        audit.record(work, "upload.import", public_id("upl", upload_id), after=after)


_CANCEL = """
UPDATE uploads SET stopping = state = 'running',
       state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
       ended_at = CASE state WHEN 'queued' THEN %s::timestamptz ELSE ended_at END
 WHERE id = %s AND state IN ('queued', 'running') RETURNING filename
"""


def cancel(work: Work, upload_id: UUID) -> None:
    """Ask the worker to stop; parts that are posted stay, and the import may be taken up again.

    Raises:
        InvalidBodyError: it is not under way.
    """
    work.session.connection()
    found = work.rows(_CANCEL, (work.now(), upload_id))
    if not found:
        raise InvalidBodyError(errors={"state": ["The import is not under way."]})
    audit.record(
        work, "upload.cancel", public_id("upl", upload_id), after={"filename": found[0][0]}
    )


_MAPPINGS = "SELECT name, given FROM upload_mappings WHERE kind = %s ORDER BY name"
_KEEP = """
INSERT INTO upload_mappings (kind, name, given, changed_by, changed_at)
VALUES (%s, %s, %s::jsonb, %s, %s)
ON CONFLICT (kind, name) DO UPDATE SET given = excluded.given, changed_by = excluded.changed_by,
       changed_at = excluded.changed_at RETURNING 1
"""


def mappings(work: Work, kind: str) -> dict[str, dict[str, str]]:
    """Return the mappings that were kept, by name."""
    return {row[0]: row[1] for row in work.rows(_MAPPINGS, (kind,))}


def keep_mapping(work: Work, kind: str, name: str, given: Mapping[str, str]) -> None:
    """Keep a mapping under a name for the next file; one of the same name is replaced.

    Raises:
        InvalidBodyError: the name is none of 1 to 80 printable characters.
    """
    if not name.isprintable() or not 0 < len(name) <= _MOST_NAME:
        raise InvalidBodyError(errors={"keep_as": ["Write a name of 1 to 80 characters."]})
    values = (kind, name, json.dumps(dict(given)), work.actor.name, work.now())
    work.session.connection()
    work.rows(_KEEP, values)
    audit.record(work, "upload.keep_mapping", f"mapping_{kind}_{name}", after=dict(given))


_ROWS = """
SELECT line, code, detail FROM upload_rows WHERE upload_id = %s AND line > %s
 ORDER BY line LIMIT %s
"""
_ROW_COUNTS = """
SELECT code, count(*) FROM upload_rows WHERE upload_id = %s GROUP BY 1 ORDER BY 2 DESC, 1
"""


def wrong_rows(
    work: Work, upload_id: UUID, *, after: int = 0, limit: int = 100
) -> Sequence[WrongRow]:
    """Return lines that were not taken, in their order."""
    return [WrongRow(*row) for row in work.rows(_ROWS, (upload_id, after, limit))]


def wrong_counts(work: Work, upload_id: UUID) -> dict[str, int]:
    """Return how many lines were not taken by the code of why, the most first."""
    return {row[0]: row[1] for row in work.rows(_ROW_COUNTS, (upload_id,))}


_FORGET_ROWS = """
DELETE FROM upload_rows r USING uploads u
 WHERE u.id = r.upload_id AND coalesce(u.ended_at, u.made_at) < %s RETURNING 1
"""
_FORGET = """
DELETE FROM uploads WHERE coalesce(ended_at, made_at) < %s
   AND state NOT IN ('queued', 'running') AND state <> 'done' RETURNING 1
"""
_WIPE = """
UPDATE uploads SET content = NULL WHERE content IS NOT NULL
   AND coalesce(ended_at, made_at) < %s AND state NOT IN ('queued', 'running') RETURNING 1
"""
_DRAFTS = timedelta(days=7)


def forget(work: Work) -> int:
    """Wipe files that nobody went on with for a week; forget rows and drafts after `KEPT`."""
    work.session.connection()
    done = len(work.rows(_WIPE, (work.now() - _DRAFTS,)))
    done += len(work.rows(_FORGET_ROWS, (work.now() - KEPT,)))
    return done + len(work.rows(_FORGET, (work.now() - KEPT,)))
