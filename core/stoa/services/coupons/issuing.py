"""Issuing: codes given out within the transaction of whatever they come from, and taken back.

An order, a draw, a batch each have an origin such as ``order:<uuid>``; what came from it can be
cancelled as long as nobody has used it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from stoa.errors import CouponPoolUnknownError, InvalidBodyError, PartnerSuspendedError
from stoa.services import partners
from stoa.services.coupons import pools
from stoa.services.coupons.calls import send
from stoa.services.coupons.pools import Kept
from stoa.services.ledger import array
from stoa.values.codes import new_code
from stoa.values.coupons import last_day
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["MOST_AT_ONCE", "Issued", "cancel", "cancel_of", "issue", "issue_by_partner"]

MOST_AT_ONCE = 10_000
"""How many codes one deed issues or imports."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A coupon as it was issued; whoever has the code has the coupon."""

    id: UUID
    code: str
    pool: str
    version: int
    member_id: UUID | None
    valid_from: date
    valid_until: date
    uses: int


_ISSUE = (
    "SELECT * FROM stoa_issue_coupons(%s, %s::integer, %s, %s::text[], %s::uuid[], %s::uuid,"
    " %s::integer, %s::date, %s::date, %s, %s, %s::uuid, %s::uuid, %s::jsonb)"
)
_HAND_OUT = (
    "SELECT * FROM stoa_hand_out_coupons(%s, %s::integer, %s, %s::integer, %s::uuid, %s::integer,"
    " %s::date, %s::date, %s, %s, %s::uuid, %s::uuid, %s::jsonb)"
)
_CANCEL = "SELECT gone, kept FROM stoa_cancel_coupons(%s, %s::uuid, %s, %s::uuid, %s::jsonb)"


def issue(
    work: Work, pool: str, *, member_id: UUID | None, origin: str, count: int = 1
) -> list[Issued]:
    """Issue coupons of a pool within the transaction of this work; it commits nothing.

    Codes are made, or those are given out that were imported. All are issued or none.

    Args:
        member_id: whose they are; ``None`` for whoever shows the code.
        origin: what they come from, such as ``order:<uuid>``; empty for nothing that is undone.
        count: 1 to 10,000.

    Raises:
        CouponPoolUnknownError: no pool of this code holds, or its last day is over.
        CouponSoldOutError: fewer are left; `left` says how many.
        InvalidBodyError: the count can't be.
        WalletBusyError: the supply stayed locked for too long.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise InvalidBodyError(errors={"count": [f"Choose between 1 and {MOST_AT_ONCE}."]})
    kept = pools.find(work, pool)
    today = work.today()
    if kept.pool.last < today:
        raise CouponPoolUnknownError("The last day of these coupons is over.")
    first, last = max(kept.pool.first, today), last_day(kept.pool, today)
    facts = _facts(kept, member_id, count, last, origin)
    end = (
        member_id, kept.pool.uses, first, last, work.actor.name, origin, new_uuid(),
        work.actor.partner_id, json.dumps(facts),
    )  # fmt: skip
    start = (pool, kept.version, work.now())
    if kept.pool.codes == "imported":
        rows = send(work, _HAND_OUT, (*start, count, *end))
    else:
        made = array(new_code() for _ in range(count)), array(new_uuid() for _ in range(count))
        rows = send(work, _ISSUE, (*start, *made, *end))
    return [_issued(row._mapping) for row in rows]  # noqa: SLF001 - as SQLAlchemy documents


def issue_by_partner(
    work: Work, pool: str, *, member_id: UUID | None, count: int = 1
) -> list[Issued]:
    """Issue coupons for the caller's partner, where the pool names it among its issuers.

    Raises:
        PartnerSuspendedError: the caller is no active partner.
        CouponPoolUnknownError: no such pool holds, or it is not the caller's to issue.
        CouponSoldOutError: fewer are left; `left` says how many.
        WalletBusyError: the supply stayed locked for too long.
    """
    if work.actor.partner_id is None:
        raise PartnerSuspendedError("Partners issue coupons here.")
    terms = partners.terms_now(work, work.actor.partner_id)
    if not terms.may_issue:
        raise PartnerSuspendedError
    if terms.code not in pools.find(work, pool).pool.issuers:
        raise CouponPoolUnknownError
    origin = "" if member_id else f"batch:{new_uuid()}"
    return issue(work, pool, member_id=member_id, origin=origin, count=count)


def cancel_of(work: Work, origin: str) -> bool:
    """Take back the coupons of an origin that nobody has used, within this work's transaction.

    Returns:
        Whether all could be taken back; where not, the caller may refuse, and nothing is done.
    """
    return _cancel(work, origin, None, {"origin": origin})[1] == 0


def cancel(work: Work, coupon_id: UUID) -> bool:
    """Take one coupon back; return whether it could be, for a used one can't."""
    facts = {"coupon": public_id("cpn", coupon_id)}
    gone, kept = _cancel(work, "", coupon_id, facts)
    return gone == 1 and kept == 0


def _cancel(
    work: Work, origin: str, coupon_id: UUID | None, facts: dict[str, Any]
) -> tuple[int, int]:
    values = (origin, coupon_id, work.now(), new_uuid(), json.dumps(facts))
    row = send(work, _CANCEL, values)[0]
    return row[0], row[1]


def _facts(
    kept: Kept, member_id: UUID | None, count: int, last: date, origin: str
) -> dict[str, Any]:
    facts = {
        "pool": kept.code,
        "version": kept.version,
        "count": count,
        "valid_until": last.isoformat(),
        "origin": origin,
    }
    return facts | ({"member": public_id("mem", member_id)} if member_id else {})


def _issued(row: Mapping[str, Any]) -> Issued:
    return Issued(
        row["id"], row["code"], row["pool"], row["pool_version"], row["member_id"],
        row["valid_from"], row["valid_until"], row["uses"],
    )  # fmt: skip
