"""The records of sandboxes, in the live database: one row a partner that has one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.work import Work

__all__ = ["Box", "Credential", "find", "find_by_code", "listed", "recent", "touch"]

_EVERY = timedelta(seconds=30)
"""How often it is noted that a sandbox is used."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A client of a sandbox, which outlives resets; only the hash of its secret is kept.

    Attributes:
        partner: the code of the partner in the sandbox whose client it is.
        prefix: the first letters of the secret.
    """

    partner: str
    client_id: str
    hash: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Box:
    """A sandbox as it stands.

    Attributes:
        code: the partner's, by which the sandbox is addressed.
        database: the one that it is now; another one after each reset.
        ahead: by how much its clock is ahead of the real one.
        used_at: when somebody used it last, to half a minute.
    """

    partner_id: UUID
    code: str
    name: str
    database: str
    generation: int
    opened_at: datetime
    opened_by: str
    reset_at: datetime
    reset_by: str
    reset_key: str | None
    used_at: datetime
    ahead: timedelta
    clients: tuple[Credential, ...]


_SELECT = """
SELECT s.partner_id, p.code, p.name, s.database, s.generation, s.opened_at, s.opened_by,
       s.reset_at, s.reset_by, s.reset_key, s.used_at, s.ahead_s, s.clients
  FROM sandboxes s JOIN partners p ON p.id = s.partner_id
"""
_FIND = _SELECT + " WHERE s.partner_id = %s"
_BY_CODE = _SELECT + " WHERE p.code = %s"
_LISTED = _SELECT + " ORDER BY p.code"
_RECENT = _SELECT + " WHERE s.used_at > %s ORDER BY s.used_at DESC LIMIT %s"


def find(work: Work, partner_id: UUID) -> Box | None:
    """Return a partner's sandbox; ``None`` where it has none."""
    return _first(work.rows(_FIND, (partner_id,)))


def find_by_code(work: Work, code: str) -> Box | None:
    """Return the sandbox of the partner with this code; ``None`` where there is none."""
    return _first(work.rows(_BY_CODE, (code,))) if "\0" not in code else None


def listed(work: Work) -> list[Box]:
    """Return all sandboxes in the order of their codes."""
    return [_box(row) for row in work.rows(_LISTED)]


def recent(work: Work, *, within: timedelta, limit: int) -> list[Box]:
    """Return the sandboxes that were used within so long, the last used first."""
    return [_box(row) for row in work.rows(_RECENT, (work.now() - within, limit))]


_TOUCH = "UPDATE sandboxes SET used_at = %s WHERE partner_id = %s AND used_at < %s RETURNING 1"


def touch(work: Work, box: Box) -> None:
    """Note that a sandbox is used, at most every half a minute."""
    if work.now() - box.used_at >= _EVERY:
        work.rows(_TOUCH, (work.now(), box.partner_id, work.now() - _EVERY / 2))


def _first(rows: Sequence[Any]) -> Box | None:
    return _box(rows[0]) if rows else None


def _box(row: Any) -> Box:  # noqa: ANN401 - a row of _SELECT
    clients = tuple(Credential(**each) for each in row[12])
    return Box(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
        timedelta(seconds=row[11]), clients,
    )  # fmt: skip
