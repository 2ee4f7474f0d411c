"""Adjustments as they are read: one, those that wait, those that were decided, what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from stoa.errors import AdjustmentUnknownError
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Adjustment", "decided", "find", "left_alone", "waiting"]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Points given (above zero) or taken by hand.

    Attributes:
        state: ``proposed``, ``posted``, ``rejected`` or ``withdrawn``.
        note: why, in words; `decision` is what the second person wrote.
        proposed_by: the actor's name, such as ``staff:stf_…``; likewise `decided_by`.
        proposer: the person's name for people, likewise `decider`.
        reverses: the adjustment that it takes back.
        reversal: the adjustment that takes it back, proposed or posted.
        expires_on: the last day of its points, where it was given.
    """

    id: UUID
    member_id: UUID
    member_name: str
    currency: str
    points: int
    reason_code: str
    note: str
    state: str
    proposed_by: str
    proposer: str
    proposed_at: datetime
    decided_by: str | None
    decider: str
    decided_at: datetime | None
    decision: str
    reverses: UUID | None
    reversal: UUID | None
    expires_on: date | None


_LEFT = """
SELECT coalesce(sum(abs(points)), 0) FROM adjustments
 WHERE member_id = %s AND currency = %s AND day = %s AND state = 'posted'
   AND decided_by = proposed_by
"""


def left_alone(work: Work, member_id: UUID, currency: str | None = None) -> int:
    """Return how many points one person may still adjust alone for a member today."""
    values = (member_id, currency or work.programme.currency, work.today())
    return max(0, work.programme.adjustment_limit - int(work.rows(_LEFT, values)[0][0]))


_COLUMNS = """
SELECT a.id, a.member_id, m.display_name, a.currency, a.points, a.reason_code, a.note, a.state,
       a.proposed_by, a.proposed_at, a.decided_by, a.decided_at, a.decision, a.reverses,
       (SELECT r.id FROM adjustments r
         WHERE r.reverses = a.id AND r.state IN ('proposed', 'posted')), a.expires_on
  FROM adjustments a JOIN members m ON m.id = a.member_id
"""
_FIND = f"{_COLUMNS} WHERE a.id = %s"  # constants, likewise below
_WAITING = f"{_COLUMNS} WHERE a.state = 'proposed' ORDER BY a.proposed_at, a.id LIMIT %s"
_DECIDED = f"""{_COLUMNS} WHERE a.state <> 'proposed' AND (%s::uuid IS NULL OR a.member_id = %s)
 ORDER BY a.decided_at DESC, a.id DESC LIMIT %s"""


def find(work: Work, adjustment_id: UUID) -> Adjustment:
    """Return one adjustment.

    Raises:
        AdjustmentUnknownError: there is none of this id.
    """
    found = _read(work, _FIND, (adjustment_id,))
    if not found:
        raise AdjustmentUnknownError
    return found[0]


def waiting(work: Work, *, limit: int = 100) -> list[Adjustment]:
    """Return what waits for a second person, the oldest first."""
    return _read(work, _WAITING, (limit,))


def decided(work: Work, *, member_id: UUID | None = None, limit: int = 50) -> list[Adjustment]:
    """Return what was decided, of one member or of all, the latest first."""
    return _read(work, _DECIDED, (member_id, member_id, limit))


def _read(work: Work, statement: LiteralString, values: Sequence[Any]) -> list[Adjustment]:
    rows = work.rows(statement, values)
    if not rows:
        return []
    people = work.rows("SELECT id, name FROM staff")
    names = {f"staff:{public_id('stf', row[0])}": row[1] for row in people}
    found = []
    for row in rows:
        proposer, decider = (names.get(row[place], row[place] or "") for place in (8, 10))
        found.append(Adjustment(*[*row[:9], proposer, *row[9:11], decider, *row[11:]]))
    return found
