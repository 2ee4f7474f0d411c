"""Standings: where members are in each ladder, read and written; and tiers given by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError
from stoa.services import audit
from stoa.services.tiers import books
from stoa.values.facts import Standing
from stoa.values.footings import Footing
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.ladders import Ladder, Tier
from stoa.values.languages import ENGLISH
from stoa.work import Work, alliance_wide

__all__ = [
    "Change",
    "Kept",
    "better_name",
    "changes",
    "chosen",
    "hand_over",
    "keep",
    "note",
    "of",
    "of_many",
    "standing",
]

_COLUMNS = """
       s.member_id, s.ladder, s.tier, s.since, s.counts_from, s.review_on, s.falls_on, s.until,
       s.floor, s.origin, s.reason, s.path, s.ladder_version
"""
_OF = f"SELECT {_COLUMNS} FROM standings s WHERE s.member_id = ANY(%(members)s)"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Kept:
    """A footing to keep, and the tier of before: the same where only its dates changed."""

    member_id: UUID
    ladder: str
    before: str
    footing: Footing


def of(work: Work, member_id: UUID) -> dict[str, Footing]:
    """Return a member's footings by ladder: one statement; empty for who stands in none."""
    return of_many(work, [member_id]).get(member_id, {})


def of_many(work: Work, members: Sequence[UUID]) -> dict[UUID, dict[str, Footing]]:
    """Return the footings of members by ladder: one statement; those without any are missing."""
    found: dict[UUID, dict[str, Footing]] = {}
    for row in work.rows(_OF, {"members": list(members)}):
        found.setdefault(row[0], {})[row[1]] = Footing(*row[2:])
    return found


_KEEP = """
INSERT INTO standings (member_id, ladder, tier, since, counts_from, review_on, falls_on, until,
       due_on, floor, origin, reason, path, ladder_version, evaluated_at)
SELECT each.*, %(now)s
  FROM unnest(%(members)s::uuid[], %(ladders)s::text[], %(tiers)s::text[],
       %(sinces)s::timestamptz[], %(counts)s::date[], %(reviews)s::date[], %(falls)s::date[],
       %(untils)s::date[], %(dues)s::date[], %(floors)s::text[], %(origins)s::text[],
       %(reasons)s::text[], %(paths)s::jsonb[], %(versions)s::int[]) AS each
    ON CONFLICT (member_id, ladder) DO UPDATE
   SET tier = excluded.tier, since = excluded.since, counts_from = excluded.counts_from,
       review_on = excluded.review_on, falls_on = excluded.falls_on, until = excluded.until,
       due_on = excluded.due_on, floor = excluded.floor, origin = excluded.origin,
       reason = excluded.reason, path = excluded.path,
       ladder_version = excluded.ladder_version, evaluated_at = excluded.evaluated_at
RETURNING 1
"""
_CHANGE = """
INSERT INTO standing_changes (member_id, id, ladder, at, from_tier, to_tier, origin, reason, path,
       ladder_version, actor)
SELECT each.member_id, each.id, each.ladder, %(now)s, each.from_tier, each.to_tier, each.origin,
       each.reason, each.path, each.version, %(actor)s
  FROM unnest(%(members)s::uuid[], %(ids)s::uuid[], %(ladders)s::text[], %(befores)s::text[],
       %(tiers)s::text[], %(origins)s::text[], %(reasons)s::text[], %(paths)s::jsonb[],
       %(versions)s::int[])
       AS each (member_id, id, ladder, from_tier, to_tier, origin, reason, path, version)
RETURNING 1
"""


def keep(work: Work, kept: Sequence[Kept]) -> None:
    """Write footings, and the history of those whose tier changed: two statements at most."""
    if kept:
        work.rows(_KEEP, _columns(work, kept))
    changed = [each for each in kept if each.before != each.footing.tier]
    if changed:
        columns = _columns(work, changed)
        columns |= {
            "ids": [new_uuid() for _ in changed],
            "befores": [each.before for each in changed],
            "actor": work.actor.name,
        }
        work.rows(_CHANGE, columns)


def chosen(work: Work, code: str | None, *, tier: str, until: date | None = None) -> Ladder:
    """Return the ladder of this code, the main one of ``None``, if a tier of it may be given.

    Raises:
        InvalidBodyError: there is no such ladder, or it has no such tier, or the day is over.
    """
    ladders = books.current(work)
    found = ladders.main if code is None else ladders.by_code.get(code)
    if found is None:
        raise InvalidBodyError(errors={"ladder": ["There is no such ladder."]})
    if not found.has(tier):
        raise InvalidBodyError(errors={"tier": ["The ladder has no such tier."]})
    if until is not None and until < work.today():
        raise InvalidBodyError(errors={"until": ["This day is over."]})
    return found


def note(
    work: Work, member_id: UUID, ladder: Ladder, tier: str, *, reason: str, until: date | None
) -> None:
    """Write down who put a member into a tier, and why."""
    was = of(work, member_id).get(ladder.code)
    after = {"ladder": ladder.code, "tier": tier, "reason": reason}
    if until is not None:
        after["until"] = until.isoformat()
    audit.record(
        work, "standing.assign", public_id("mem", member_id),
        before={"tier": was.tier} if was else None, after=after,
    )  # fmt: skip


_HISTORY = """
SELECT ladder, at, from_tier, to_tier, origin, reason, path, ladder_version, actor
  FROM standing_changes WHERE member_id = %(member)s ORDER BY id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A move from tier to tier; `path` is the trace that won, as JSON."""

    ladder: str
    at: datetime
    before: str
    tier: str
    origin: str
    reason: str
    path: dict[str, Any] | None
    ladder_version: int
    actor: str


def changes(work: Work, member_id: UUID, *, limit: int = 50) -> list[Change]:
    """Return a member's moves between tiers, the latest first."""
    rows = work.rows(_HISTORY, {"member": member_id, "limit": limit})
    return [Change(*row) for row in rows]


_GONE = "DELETE FROM standings WHERE member_id = %s RETURNING 1"


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Let the better tier of two members win in each ladder when they become one."""
    found = of_many(work, [old_id, new_id])
    kept = []
    for code, footing in found.get(old_id, {}).items():
        ladder = books.current(work).by_code.get(code)
        mine = found.get(new_id, {}).get(code)
        if ladder is None:
            continue
        before = ladder.tier(mine.tier if mine else None)
        if _better(ladder, footing, mine):
            reason = f"merged with {public_id('mem', old_id)}"
            merged = replace(footing, origin="merged", reason=reason)
            kept.append(Kept(new_id, code, before.code, merged))
            after = {"ladder": code, "tier": footing.tier, "reason": reason}
            audit.record(work, "standing.assign", public_id("mem", new_id), after=after)
    keep(work, kept)
    work.rows(_GONE, (old_id,))


def _better(ladder: Ladder, footing: Footing, mine: Footing | None) -> bool:
    """Tell whether a footing is higher than another, or as high and lasts longer."""
    rank, other = ladder.tier(footing.tier).rank, ladder.tier(mine.tier if mine else None).rank
    if rank != other or mine is None or not rank:
        return rank > other
    return (footing.due_on or date.max) > (mine.due_on or date.max)


def better_name(work: Work, old_id: UUID, new_id: UUID) -> str:
    """Return the English name of the better tier of two members; empty without a ladder."""
    pair = _pair(work, old_id, new_id)
    return max(pair, key=lambda tier: tier.rank).name.of(ENGLISH) if pair else ""


_SPENT = f"""
SELECT {books.RULEBOOK}, {books.STANDINGS}, coalesce((
       SELECT sum(total_minor) FROM purchases
        WHERE member_id = %(member)s AND business_date = %(day)s AND money_currency = %(money)s
          AND status IN ('posted', 'pending')), 0)::bigint
  FROM (SELECT %(member)s::uuid AS id) AS m
"""  # noqa: S608 - constants


@alliance_wide
def standing(work: Work, member_id: UUID, day: date) -> Standing:
    """Return a member's main tier and the spend of a day, in the programme's money."""
    values = {
        "member": member_id, "day": day, "money": work.programme.money_currency,
        "now": work.now(),
    }  # fmt: skip
    version, standings, spent = work.rows(_SPENT, values)[0]
    place = books.place(work, version, standings)
    return Standing(place.tier, place.rank, spent)


def _pair(work: Work, old_id: UUID, new_id: UUID) -> tuple[Tier, Tier] | None:
    """Return the tiers of two members in the main ladder."""
    main = books.current(work).main
    if main is None:
        return None
    found = of_many(work, [old_id, new_id])
    old, new = (found.get(each, {}).get(main.code) for each in (old_id, new_id))
    return main.tier(old.tier if old else None), main.tier(new.tier if new else None)


def _columns(work: Work, kept: Sequence[Kept]) -> dict[str, Any]:
    all_of = [each.footing for each in kept]
    return {
        "now": work.now(),
        "members": [each.member_id for each in kept],
        "ladders": [each.ladder for each in kept],
        "tiers": [each.tier for each in all_of],
        "sinces": [each.since for each in all_of],
        "counts": [each.counts_from for each in all_of],
        "reviews": [each.review_on for each in all_of],
        "falls": [each.falls_on for each in all_of],
        "untils": [each.until for each in all_of],
        "dues": [each.due_on for each in all_of],
        "floors": [each.floor for each in all_of],
        "origins": [each.origin for each in all_of],
        "reasons": [each.reason for each in all_of],
        "paths": [None if each.path is None else json.dumps(each.path) for each in all_of],
        "versions": [each.ladder_version for each in all_of],
    }
