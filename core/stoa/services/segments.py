"""Segments: members who belong together, kept so that a purchase only has to look them up.

A list's members are added and removed by hand. Members of a paused or ended segment are kept; they
count only while its rule is in the book.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError, InvalidRuleError, RuleUnknownError
from stoa.services import audit, rulebook
from stoa.values.conditions import WrongRuleError
from stoa.values.segments import Segment, read_segment
from stoa.work import Work

__all__ = ["add", "counts", "find", "hand_over", "of", "read", "remove", "save"]

_KIND = "segment"


def read(document: Mapping[str, Any]) -> Segment:
    """Read a segment's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_segment(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a segment's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or would make a list of a condition or the other way round.
    """
    segment = read(document)
    with suppress(RuleUnknownError):
        if find(work, code).is_list != segment.is_list:
            text = "A list stays a list, and a condition a condition: choose another code."
            raise InvalidRuleError(errors={"list": [text]})
    return rulebook.save(work, _KIND, code, document, note=note)


def find(work: Work, code: str) -> Segment:
    """Return a segment as it was saved last.

    Raises:
        RuleUnknownError: there is no such segment.
    """
    return read(rulebook.find(work, _KIND, code).document)


_ADD = """
INSERT INTO segment_members (member_id, segment, since)
SELECT m.id, %(code)s, %(now)s FROM members m
 WHERE m.id = ANY (%(members)s::uuid[]) AND m.status <> 'merged'
 ORDER BY m.id
    ON CONFLICT DO NOTHING RETURNING member_id
"""
_REMOVE = """
DELETE FROM segment_members WHERE segment = %(code)s AND member_id = ANY (%(members)s::uuid[])
RETURNING member_id
"""


def add(work: Work, code: str, members: Sequence[UUID]) -> int:
    """Put members on a list; return how many were not on it.

    Raises:
        RuleUnknownError: there is no such segment.
        InvalidBodyError: the segment is no list.
    """
    return _change(work, code, members, deed="add")


def remove(work: Work, code: str, members: Sequence[UUID]) -> int:
    """Take members off a list; return how many were on it; raises as `add` does."""
    return _change(work, code, members, deed="remove")


_COUNTS = "SELECT segment, count(*) FROM segment_members GROUP BY segment ORDER BY segment"


def counts(work: Work) -> dict[str, int]:
    """Return how many members each segment has that has any."""
    return dict(tuple(row) for row in work.rows(_COUNTS))


_OF = "SELECT segment FROM segment_members WHERE member_id = %s ORDER BY segment"


def of(work: Work, member_id: UUID) -> tuple[str, ...]:
    """Return the segments a member is in, of those that hold now."""
    held = rulebook.current(work).of(_KIND)
    return tuple(row[0] for row in work.rows(_OF, (member_id,)) if row[0] in held)


_HAND_OVER = """
WITH gone AS (DELETE FROM segment_members WHERE member_id = %(old)s RETURNING segment, since)
INSERT INTO segment_members (member_id, segment, since)
SELECT %(new)s, segment, since FROM gone ORDER BY segment ON CONFLICT DO NOTHING
RETURNING segment
"""


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Put the member who goes on after a merger into the segments of the other one."""
    work.rows(_HAND_OVER, {"old": old_id, "new": new_id})


def _change(work: Work, code: str, members: Sequence[UUID], *, deed: str) -> int:
    if not find(work, code).is_list:
        text = "Its condition says who belongs to it; only a list is filled by hand."
        raise InvalidBodyError(errors={"segment": [text]})
    values = {"code": code, "now": work.now(), "members": list(members)}
    done = len(work.rows(_ADD if deed == "add" else _REMOVE, values))
    audit.record(work, f"segment.{deed}", f"{_KIND}/{code}", after={"members": done})
    return done
