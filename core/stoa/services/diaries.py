"""Diaries: what members bought, read from their purchases for the facts of windows.

One member's diary is one statement; `stream` reads those of all members, a batch of members a
statement, so that memory is bounded and no long transaction holds anything up. A member into whom
others were merged did what they did. What is back of a purchase, and what points paid of it, is
reckoned only where something is back or points paid: the others cost the database no JSON.

    diary = diaries.of(work, member_id)
    for member_id, diary in diaries.stream(work):

Rules that ask for qualifying points want ``points=True``, which reads the postings too.
What is done with a diary stands in `stoa.values.diary`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from stoa.errors import MemberUnknownError
from stoa.models import NOBODY
from stoa.values.diary import NO_POINTS, Diary, Entry
from stoa.values.facts import EarnedLine, Line, Tender, TenderKind
from stoa.values.handback import points_back, tenders_back, worth
from stoa.values.wire import from_json
from stoa.work import Work, alliance_wide

__all__ = ["BATCH", "LATELY", "kind_of", "lately", "of", "stream"]

BATCH = 1000
"""Members of one statement of `stream`."""

_PLAIN = """
p.returned = '{}' AND p.given_back = '{}' AND NOT p.tenders @> '[{"kind": "points"}]'
"""
_SELF = """
WITH who AS (SELECT id, enrolled_at FROM members WHERE {which}),
     self AS MATERIALIZED (
       SELECT id AS owner, id, enrolled_at FROM who
        UNION ALL
       SELECT who.id, old.id, who.enrolled_at FROM who JOIN members old ON old.merged_into = who.id)
"""
_EARNED = """
   , earned AS (
       SELECT i.member_id, i.transaction_id,
              sum(i.points) FILTER (WHERE i.reason LIKE 'tier_uplift:%%')::bigint AS uplift,
              sum(i.points) FILTER (WHERE i.reason LIKE 'campaign:%%')::bigint AS campaign,
              sum(i.points)::bigint AS points
         FROM self JOIN postings i ON i.member_id = self.id AND i.account = 'issued'
        GROUP BY i.member_id, i.transaction_id)
"""
_SELECT = f"""
SELECT self.owner, (self.enrolled_at AT TIME ZONE %(zone)s)::date, p.id, p.occurred_at,
       p.business_date, p.store_id, s.code, p.partner_id, a.code, p.total_minor,
       p.money_currency = %(money)s,
       CASE WHEN NOT ({_PLAIN}) THEN
            jsonb_build_array(p.lines, p.tenders, p.returned, p.given_back) END
"""
_POINTS = f""",
       e.points, e.uplift, e.campaign, CASE WHEN NOT ({_PLAIN}) THEN (
            SELECT t.explanation -> 'lines' FROM transactions t
             WHERE t.member_id = p.member_id AND t.id = p.id AND t.kind = 'earn') END
"""  # noqa: S608 - constants
_FROM = """
  FROM self
  LEFT JOIN purchases p ON p.member_id = self.id AND p.status IN ('posted', 'pending')
  LEFT JOIN stores s ON s.id = p.store_id
  LEFT JOIN partners a ON a.id = p.partner_id
"""
_JOINED = " LEFT JOIN earned e ON e.member_id = p.member_id AND e.transaction_id = p.id"
_ORDER = " ORDER BY self.owner, p.business_date, p.occurred_at, p.id"
LATELY = f"""
(SELECT jsonb_agg(jsonb_build_array(
        p.id, p.occurred_at, p.business_date, p.store_id, p.partner_id,
        p.total_minor, p.money_currency = %(money)s, CASE WHEN NOT ({_PLAIN}) THEN
             jsonb_build_array(p.lines, p.tenders, p.returned, p.given_back) END))
   FROM purchases p
  WHERE p.member_id = ANY(ARRAY(
        SELECT o.id FROM members o WHERE o.id = m.id OR o.merged_into = m.id))
    AND p.status IN ('posted', 'pending') AND p.business_date + 0 >= %(since)s::date
    AND p.id <> %(purchase)s::uuid)
"""  # noqa: S608 - constants
"""Entries from the day ``since`` on of a members row ``m``, but for one purchase, as one value."""
_ONE = "id = %(member)s"
_LISTED = "id = ANY(%(members)s) AND status <> 'merged'"
_NEXT = """
id IN (SELECT id FROM members WHERE id > %(after)s AND status <> 'merged'
        ORDER BY id LIMIT %(batch)s)
"""


class _Row(NamedTuple):
    """A purchase as it is read; all but the first two are empty for a member without any."""

    owner: UUID
    enrolled_on: date
    purchase_id: UUID | None
    at: datetime
    day: date
    store_id: UUID
    store: str
    partner_id: UUID
    partner: str
    total_minor: int
    ours: bool
    changed: list[Any] | None
    points: int | None = None
    uplift: int | None = None
    campaign: int | None = None
    earned: list[Any] | None = None


def of(work: Work, member_id: UUID, *, points: bool = False) -> Diary:
    """Return a member's diary: one statement.

    Args:
        points: whether entries tell what they earned.

    Raises:
        MemberUnknownError: there is no such member.
    """
    values = _values(work) | {"member": member_id}
    rows = _rows(work, _statement(_ONE, points=points), values)
    if not rows:
        raise MemberUnknownError
    return _diary([_Row(*row) for row in rows])


def stream(
    work: Work,
    *,
    members: Sequence[UUID] | None = None,
    points: bool = False,
    after: UUID = NOBODY,
    batch: int = BATCH,
) -> Iterator[tuple[UUID, Diary]]:
    """Return the diaries of all members but merged ones, in the order of their ids.

    Members without purchases have an empty one. Each batch is read when the first of it is asked
    for; where the work has no session of its own, nothing is held between two batches.

    Args:
        members: only these.
        points: whether entries tell what they earned.
        after: only those behind this member, so that a broken-off run can go on.
    """
    if members is not None:
        wanted = sorted(each for each in set(members) if each > after)
        statement = _statement(_LISTED, points=points)
        for low in range(0, len(wanted), batch):
            values = _values(work) | {"members": wanted[low : low + batch]}
            yield from _diaries(_rows(work, statement, values))
        return
    statement = _statement(_NEXT, points=points)
    while True:
        rows = _rows(work, statement, _values(work) | {"after": after, "batch": batch})
        if not rows:
            return
        yield from _diaries(rows)
        after = rows[-1][0]


def lately(kept: Sequence[Any] | None, enrolled_on: date, more: Sequence[Entry] = ()) -> Diary:
    """Return the diary of the value that `LATELY` gave, and of more entries.

    Entries know neither points nor the codes of stores and partners.
    """
    entries = []
    for one, at, day, store, partner, *rest in kept or ():
        read = _Row(
            NOBODY, enrolled_on, UUID(one), datetime.fromisoformat(at), date.fromisoformat(day),
            UUID(store), "", UUID(partner), "", *rest,
        )  # fmt: skip
        entries.append(
            Entry(
                read.purchase_id or NOBODY, read.at, read.day, read.store_id, "", read.partner_id,
                "", _spend(read),
            )
        )  # fmt: skip
    return Diary.of(enrolled_on, [*entries, *more])


def kind_of(reason: str) -> str:
    """Return the kind of points that an earn line's reason says: base, uplift or campaign."""
    if reason.startswith("tier_uplift:"):
        return "uplift"
    return "campaign" if reason.startswith("campaign:") else "base"


@alliance_wide
def _rows(work: Work, statement: LiteralString, values: dict[str, Any]) -> Sequence[Any]:
    return work.rows(statement, values)


def _statement(which: LiteralString, *, points: bool) -> LiteralString:
    if points:
        return _SELF.format(which=which) + _EARNED + _SELECT + _POINTS + _FROM + _JOINED + _ORDER
    return _SELF.format(which=which) + _SELECT + _FROM + _ORDER


def _values(work: Work) -> dict[str, Any]:
    return {"zone": work.programme.zone, "money": work.programme.money_currency}


def _diaries(rows: Sequence[Any]) -> Iterator[tuple[UUID, Diary]]:
    for owner, group in groupby(rows, key=itemgetter(0)):
        yield owner, _diary([_Row(*row) for row in group])


def _diary(rows: Sequence[_Row]) -> Diary:
    entries = tuple(
        Entry(
            row.purchase_id, row.at, row.day, row.store_id, row.store, row.partner_id, row.partner,
            _spend(row), _points(row),
        )
        for row in rows
        if row.purchase_id is not None
    )  # fmt: skip
    return Diary(rows[0].enrolled_on, entries)


def _spend(row: _Row) -> int:
    if not row.ours:
        return 0
    if row.changed is None:
        return row.total_minor
    lines, tenders = _lines(row.changed), from_json(tuple[Tender, ...], row.changed[1])
    given_back = row.changed[3]
    whole = worth(lines, row.changed[2], given_back.get("lines", {}))
    back = tenders_back(tenders, given_back.get("tenders", {}), whole)
    return sum(
        tender.minor - gone
        for tender, gone in zip(tenders, back, strict=True)
        if tender.kind is not TenderKind.POINTS
    )


def _points(row: _Row) -> Mapping[str, int]:
    if row.points is None:
        return NO_POINTS
    uplift, campaign = row.uplift or 0, row.campaign or 0
    points = {"base": row.points - uplift - campaign, "uplift": uplift, "campaign": campaign}
    if row.changed is not None:
        lines = {str(line.line_no): line for line in _lines(row.changed)}
        amounts = row.changed[3].get("lines", {})
        for earned in from_json(tuple[EarnedLine, ...], row.earned or []):
            gone = points_back(earned, lines, row.changed[2], amounts)
            points[kind_of(earned.reason)] -= gone
    return points


def _lines(changed: list[Any]) -> tuple[Line, ...]:
    return from_json(tuple[Line, ...], changed[0])
