"""Segments: members who belong together, kept so that a purchase only has to look them up.

Who belongs to a condition is drawn from all diaries, a batch of members a statement: soon after the
segment begins to hold, and then once a day, since windows move on by themselves.

A list's members are added and removed by hand. Members of a paused or ended segment are kept; they
count only while its rule is in the book.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError, InvalidRuleError, RuleUnknownError
from stoa.services import audit, diaries, rulebook, tiers
from stoa.values.conditions import Ask, WrongRuleError
from stoa.values.diary import Diary
from stoa.values.segments import Person, Segment, facts_of, read_segment
from stoa.work import Work

__all__ = [
    "add",
    "counts",
    "find",
    "hand_over",
    "of",
    "preview",
    "read",
    "refresh",
    "remove",
    "save",
]

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


def preview(work: Work, document: Mapping[str, Any]) -> int:
    """Return how many members a document would have now; 0 for a list.

    Raises:
        InvalidRuleError: it can't be.
    """
    segment = read(document)
    if segment.is_list:
        return 0
    found = 0
    for each, people in _batches(work, segment.asks):
        for member_id, diary in each:
            facts = facts_of(segment.asks, people[member_id], diary, work.today())
            found += segment.holds(facts)
    return found


_DRAWN = "SELECT segment, version FROM segment_draws WHERE drawn_on = %s"
_KEEP = """
WITH wanted AS MATERIALIZED (
    SELECT member_id, segment FROM unnest(%(members)s::uuid[], %(segments)s::text[])
        AS w (member_id, segment)
), gone AS (
    DELETE FROM segment_members s
     WHERE s.member_id = ANY (%(batch)s::uuid[]) AND s.segment = ANY (%(drawn)s::text[])
       AND NOT EXISTS (SELECT 1 FROM wanted w
                        WHERE w.member_id = s.member_id AND w.segment = s.segment)
)
INSERT INTO segment_members (member_id, segment, since)
SELECT member_id, segment, %(now)s FROM wanted ORDER BY member_id, segment
ON CONFLICT DO NOTHING RETURNING 1
"""
_NOTE = """
INSERT INTO segment_draws (segment, version, drawn_on, drawn_at, members)
SELECT d.segment, d.version, %(today)s, %(now)s,
       (SELECT count(*) FROM segment_members s WHERE s.segment = d.segment)
  FROM unnest(%(segments)s::text[], %(versions)s::int[]) AS d (segment, version)
ON CONFLICT (segment) DO UPDATE
   SET version = excluded.version, drawn_on = excluded.drawn_on, drawn_at = excluded.drawn_at,
       members = excluded.members
RETURNING segment
"""


def refresh(work: Work, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Draw the segments that hold and were not drawn today by their version; return how many.

    Args:
        stopping: asked before each batch of members; what was begun is drawn anew the next time.
    """
    today = work.today()
    drawn = {tuple(row) for row in work.rows(_DRAWN, (today,))}
    due: dict[str, tuple[int, Segment]] = {}
    for code, kept in rulebook.current(work).of(_KIND).items():
        segment = read(kept.document)
        if not segment.is_list and (code, kept.version) not in drawn:
            due[code] = (kept.version, segment)
    if not due:
        return 0
    asks = frozenset[Ask]().union(*(segment.asks for _, segment in due.values()))
    for each, people in _batches(work, asks):
        if stopping():
            return 0
        wanted: list[tuple[UUID, str]] = []
        for member_id, diary in each:
            facts = facts_of(asks, people[member_id], diary, today)
            wanted += [(member_id, code) for code, (_, one) in due.items() if one.holds(facts)]
        values = {
            "members": [member_id for member_id, _ in wanted],
            "segments": [code for _, code in wanted],
            "batch": [member_id for member_id, _ in each],
            "drawn": list(due), "now": work.now(),
        }  # fmt: skip
        work.rows(_KEEP, values)
    versions = [version for version, _ in due.values()]
    values = {"segments": list(due), "versions": versions, "today": today, "now": work.now()}
    return len(work.rows(_NOTE, values))


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


_PEOPLE = f"""
SELECT m.id, {tiers.STANDINGS}, m.born_on FROM members m WHERE m.id = ANY (%s::uuid[])
"""  # noqa: S608 - a constant


def _batches(
    work: Work, asks: frozenset[Ask]
) -> Iterator[tuple[list[tuple[UUID, Diary]], dict[UUID, Person]]]:
    """Walk through all members, a batch at a time, each with what is known of them."""
    points = any(ask.fact.name == "qualifying_points" for ask in asks)
    stream = diaries.stream(work, points=points)
    book = tiers.current(work).version
    while batch := list(islice(stream, diaries.BATCH)):
        rows = work.rows(_PEOPLE, ([member_id for member_id, _ in batch],))
        yield batch, {row[0]: Person(tiers.place(work, book, row[1]).tier, row[2]) for row in rows}
