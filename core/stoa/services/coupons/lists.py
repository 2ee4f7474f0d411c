"""Lists: a member's coupons, and codes that are over."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from stoa.services.coupons import pools
from stoa.services.coupons.calls import send
from stoa.services.coupons.pools import Kept
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Owned", "expire", "of"]


@dataclass(frozen=True, slots=True)
class Owned:
    """A coupon as its member sees it; whoever is shown the code may use it."""

    id: UUID
    code: str
    kept: Kept
    state: str
    uses: int
    uses_left: int
    valid_from: date
    valid_until: date
    issued_at: datetime


_OF = """
SELECT c.id, c.code, c.pool, c.pool_version,
       CASE WHEN c.state = 'issued' AND c.valid_until < %(today)s THEN 'expired' ELSE c.state END,
       c.uses, c.uses_left, c.valid_from, c.valid_until, c.issued_at
  FROM coupons c
 WHERE c.member_id IN (SELECT m.id FROM members m
                        WHERE m.id = %(member)s OR m.merged_into = %(member)s)
 ORDER BY (c.state = 'issued' AND c.valid_until >= %(today)s) DESC, c.valid_until, c.id
 LIMIT %(most)s
"""


def of(work: Work, member_id: UUID, *, most: int = 200) -> list[Owned]:
    """Return a member's coupons: those that can be used first, by their last days."""
    rows = work.rows(_OF, {"member": member_id, "today": work.today(), "most": most})
    return [Owned(row[0], row[1], pools.version_of(work, row[2], row[3]), *row[4:]) for row in rows]


_EXPIRE = "SELECT id, code, pool, member_id FROM stoa_expire_coupons(%s::date, %s)"


def expire(work: Work, *, limit: int = 500) -> int:
    """End coupons whose last day is over, in the programme's zone; return how many.

    They are refused from midnight on whether or not this has been done.
    """
    rows = send(work, _EXPIRE, (work.today(), limit))
    for coupon_id, code, pool, member_id in rows:
        if member_id is None:
            continue
        facts = {
            "coupon": public_id("cpn", coupon_id), "last4": code[-4:], "pool": pool,
            "member": public_id("mem", member_id),
        }  # fmt: skip
        work.record("coupon.expired", facts, member_id=member_id, partner_id=None)
    return len(rows)
