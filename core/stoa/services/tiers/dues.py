"""Who is to be looked at: after something happened, and when a review is due.

What happened to a member is noted as a row, which blocks nobody; a beat of the worker takes the
rows in batches, each member once, as soon as they are there. Workers side by side take different
ones.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from stoa.services.outbox import Heard
from stoa.services.tiers import assessing, books
from stoa.values import footings
from stoa.work import Work

__all__ = [
    "after_earning",
    "after_return",
    "after_upgrade",
    "recheck",
    "recheck_due",
    "review_due",
]

_NOTE = """
INSERT INTO reassessments (member_id, lowers, asked_at)
SELECT each, %(lowers)s, %(now)s FROM unnest(%(members)s::uuid[]) AS each
RETURNING 1
"""


def recheck(
    work: Work, member_id: UUID, *, lowers: bool = False, version: int | None = None
) -> None:
    """Let a member be looked at within a second or so; nothing where no ladder asks anything.

    Args:
        lowers: whether something that may have won a tier is undone.
        version: of the rulebook that holds, where it was read a moment ago.
    """
    _note(work, [member_id], lowers=lowers, version=version)


def after_earning(_: Work, heard: Heard) -> None:
    """Look at a member to whom something happened that may win a tier."""
    if heard.member_id is not None:
        heard.at_end(_note)


def after_return(_: Work, heard: Heard) -> None:
    """Look at a member of whom goods came back."""
    if heard.member_id is not None:
        heard.at_end(_note_lower)


def _note(
    work: Work, members: Sequence[UUID], *, lowers: bool = False, version: int | None = None
) -> None:
    ladders = books.current(work) if version is None else books.at(work, version)
    if any(ladder.asks for ladder in ladders.by_code.values()):
        work.rows(_NOTE, {"members": list(members), "lowers": lowers, "now": work.now()})


def _note_lower(work: Work, members: Sequence[UUID]) -> None:
    _note(work, members, lowers=True)


_INVITERS = """
SELECT inviter_id FROM referrals WHERE invitee_id = %(member)s AND state <> 'refused'
"""


def after_upgrade(work: Work, heard: Heard) -> None:
    """Look at whoever invited a member who rose (#14)."""
    for (inviter_id,) in work.rows(_INVITERS, {"member": heard.member_id}):
        recheck(work, inviter_id)


_TAKE = """
WITH taken AS (
    DELETE FROM reassessments WHERE id IN (
        SELECT id FROM reassessments ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    RETURNING member_id, lowers)
SELECT coalesce(m.merged_into, m.id), bool_or(t.lowers)
  FROM taken t JOIN members m ON m.id = t.member_id GROUP BY 1
"""


def recheck_due(work: Work, *, limit: int = 200) -> int:
    """Look at the members of the oldest notes, all in one transaction; return how many.

    Args:
        limit: the most notes of one call.
    """
    work.session.connection()
    rows = work.rows(_TAKE, {"limit": limit})
    if rows:
        members = [row[0] for row in rows]
        assessing.lock(work, members)
        _pass_on(work, rows)
        lowers = {row[0] for row in rows if row[1]}
        assessing.settle(
            work, assessing.cases(work, members), assessing.upward(work, lowers=lowers)
        )
    return len(rows)


_HEIRS = """
SELECT id, merged_into FROM members WHERE id = ANY(%(members)s) AND status = 'merged'
"""


def _pass_on(work: Work, rows: Sequence[Any]) -> None:
    """Note for the heirs of members who were merged before they could be held."""
    heirs = dict(work.rows(_HEIRS, {"members": [row[0] for row in rows]}))
    for member_id, lowers in rows:
        if member_id in heirs:
            recheck(work, heirs[member_id], lowers=lowers)


_DUE = """
SELECT m.id FROM members m
 WHERE m.id IN (SELECT s.member_id FROM standings s
                 WHERE s.due_on <= %(today)s AND s.ladder = ANY(%(ladders)s)
                 ORDER BY s.due_on LIMIT %(limit)s)
   AND m.status <> 'merged'
 ORDER BY m.id FOR NO KEY UPDATE SKIP LOCKED
"""


def review_due(work: Work, *, limit: int = 200) -> int:
    """Take the next step of standings whose day has come: reviews, falls, ends of what was given.

    Returns:
        Of how many members there was one.
    """
    work.session.connection()
    ladders = books.current(work)
    values = {"today": work.today(), "ladders": list(ladders.by_code), "limit": limit}
    members = [row[0] for row in work.rows(_DUE, values)]
    if members:
        now = assessing.moment(work)
        assessing.settle(
            work,
            (case for case in assessing.cases(work, members) if case.footing is not None),
            lambda case: case.footing and footings.review(
                case.ladder, case.footing, case.known, now),
        )  # fmt: skip
    return len(members)
