"""Standings: where members are in each ladder, read and written; and tiers given by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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
from stoa.work import Work

__all__ = ["Kept", "assign", "better", "better_name", "keep", "of", "of_many", "standing"]

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


def assign(
    work: Work,
    member_id: UUID,
    tier: str,
    *,
    reason: str,
    until: date | None = None,
    ladder: str | None = None,
) -> None:
    """Put a member into a tier by hand.

    Args:
        until: the last day on which no assessment changes it; without one it is a place like any
            other, from which to rise, and to fall at a review.
        ladder: the main one by default.

    Raises:
        InvalidBodyError: there is no such ladder, or it has no such tier.
    """
    chosen = _ladder(work, ladder)
    if not chosen.has(tier):
        raise InvalidBodyError(errors={"tier": ["The ladder has no such tier."]})
    was = of(work, member_id).get(chosen.code)
    before = was.tier if was else chosen.tiers[0].code
    footing = Footing(
        tier, work.now(), work.today(), until=until, floor=tier, origin="manual", reason=reason,
        ladder_version=chosen.version,
    )  # fmt: skip
    keep(work, [Kept(member_id, chosen.code, before, footing)])
    after = {"ladder": chosen.code, "tier": tier, "reason": reason}
    if until is not None:
        after["until"] = until.isoformat()
    audit.record(
        work, "standing.assign", public_id("mem", member_id), before={"tier": before}, after=after
    )


def better(work: Work, old_id: UUID, new_id: UUID) -> str | None:
    """Return the tier of `old_id` where it is above that of `new_id`; ``None`` where it is not."""
    pair = _pair(work, old_id, new_id)
    return pair[0].code if pair and pair[0].rank > pair[1].rank else None


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


def _ladder(work: Work, code: str | None) -> Ladder:
    ladders = books.current(work)
    chosen = ladders.main if code is None else ladders.by_code.get(code)
    if chosen is None:
        raise InvalidBodyError(errors={"ladder": ["There is no such ladder."]})
    return chosen


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
