"""Tiers and standing: the ladder as data, and a member's place in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from stoa.errors import InvalidBodyError
from stoa.models.tiers import StandingRow, Tier
from stoa.services import audit
from stoa.values.facts import Standing
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["TierTerms", "assign", "better", "define", "ladder", "standing"]


@dataclass(frozen=True, slots=True)
class TierTerms:
    """A rung of the ladder: `rank` 0 is the lowest; `uplift_percent` is added to base points."""

    code: str
    name: str
    rank: int
    uplift_percent: int


def define(work: Work, tiers: Sequence[TierTerms]) -> None:
    """Set the whole ladder, lowest first; members keep the codes they stand in."""
    work.session.execute(delete(Tier))
    for tier in tiers:
        work.session.add(
            Tier(code=tier.code, name=tier.name, rank=tier.rank, uplift_percent=tier.uplift_percent)
        )
    work.session.flush()


def ladder(work: Work) -> list[TierTerms]:
    """Return the ladder, lowest tier first."""
    rows = work.session.scalars(select(Tier).order_by(Tier.rank))
    return [TierTerms(tier.code, tier.name, tier.rank, tier.uplift_percent) for tier in rows]


def assign(work: Work, member_id: UUID, tier: str, *, reason: str) -> None:
    """Put a member into a tier by hand.

    Raises:
        InvalidBodyError: the ladder has no such tier.
    """
    if work.session.get(Tier, tier) is None:
        raise InvalidBodyError(errors={"tier": ["The ladder has no such tier."]})
    row = {"member_id": member_id, "tier": tier, "since": work.now(), "reason": reason}
    work.session.execute(
        insert(StandingRow)
        .values(row)
        .on_conflict_do_update(index_elements=["member_id"], set_=row)
    )
    audit.record(work, "standing.assign", public_id("mem", member_id), after={"tier": tier})


_BETTER = """
SELECT t.code FROM standings s JOIN tiers t ON t.code = s.tier
 WHERE s.member_id = %(old)s AND t.rank > coalesce((
       SELECT own.rank FROM standings mine JOIN tiers own ON own.code = mine.tier
        WHERE mine.member_id = %(new)s), 0)
"""


def better(work: Work, old_id: UUID, new_id: UUID) -> str | None:
    """Return the tier of `old_id` where it is above that of `new_id`; ``None`` where it is not."""
    rows = work.rows(_BETTER, {"old": old_id, "new": new_id})
    return str(rows[0][0]) if rows else None


_STANDING = """
SELECT coalesce(t.code, 'basic'), coalesce(t.rank, 0), coalesce((
       SELECT sum(total_minor) FROM purchases
        WHERE member_id = %(member)s AND business_date = %(day)s AND money_currency = %(money)s
          AND status IN ('posted', 'pending')), 0)::bigint
  FROM (SELECT 1) AS one
  LEFT JOIN standings s ON s.member_id = %(member)s
  LEFT JOIN tiers t ON t.code = coalesce(s.tier, (SELECT code FROM tiers ORDER BY rank LIMIT 1))
"""


def standing(work: Work, member_id: UUID, day: date) -> Standing:
    """Return a member's tier and the spend of a day, in the programme's money."""
    values = {"member": member_id, "day": day, "money": work.programme.money_currency}
    row = work.rows(_STANDING, values)[0]
    return Standing(row[0], row[1], row[2])
