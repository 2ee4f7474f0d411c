"""Receipts that serve claims: a member's of a day and a site, net of what came back of them.

A receipt serves one live claim of a benefit. What a claim used stays written when it has ended, and
when the goods come back later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, update

from stoa.models.benefits import ClaimReceipt
from stoa.services.partners import StoreTerms
from stoa.values.facts import Line, Receipt
from stoa.values.handback import worth
from stoa.values.wire import from_json
from stoa.work import Work, alliance_wide

__all__ = ["Sold", "free", "keep", "let_go", "shown"]

_MOST = 50


@dataclass(frozen=True, slots=True)
class Sold:
    """A receipt that may serve a claim; `minor` is what did not come back of it."""

    purchase_id: UUID
    seller_id: UUID
    seller: str
    at: datetime
    minor: int


_FREE = """
SELECT p.id, p.partner_id, r.code, p.occurred_at, p.total_minor, p.lines, p.returned, p.given_back
  FROM purchases p
  JOIN stores s ON s.id = p.store_id
  JOIN sites i ON i.id = s.site_id
  JOIN partners r ON r.id = p.partner_id
 WHERE p.member_id IN (SELECT id FROM members WHERE id = %(member)s OR merged_into = %(member)s)
   AND p.business_date = %(day)s AND p.money_currency = %(money)s AND i.code = %(site)s
   AND p.status IN ('posted', 'pending')
   AND NOT EXISTS (
       SELECT 1 FROM claim_receipts c
        WHERE c.purchase_id = p.id AND c.partner_id = %(partner)s AND c.benefit = %(benefit)s
          AND c.live AND c.claim_id <> %(claim)s)
 ORDER BY p.occurred_at, p.id LIMIT %(most)s
"""


@alliance_wide
def free(
    work: Work,
    member_id: UUID,
    store: StoreTerms,
    *,
    day: date,
    scope: UUID,
    benefit: str,
    claim_id: UUID,
) -> list[Sold]:
    """Return the receipts that no other live claim of the benefit uses, in the order of the sales.

    Args:
        scope: whose benefit it is; ``NOBODY`` for one of all partners.
        claim_id: the claim that may use its own again.
    """
    values = {
        "member": member_id, "day": day, "money": store.currency, "site": store.site,
        "partner": scope, "benefit": benefit, "claim": claim_id, "most": _MOST,
    }  # fmt: skip
    found = []
    for row in work.rows(_FREE, values):
        lines = [from_json(Line, each) for each in row[5]]
        minor = row[4] - worth(lines, row[6], row[7].get("lines", {}))
        if minor > 0:
            found.append(Sold(row[0], row[1], row[2], row[3], minor))
    return found


def shown(sold: Sequence[Sold], partner_id: UUID) -> tuple[Receipt, ...]:
    """Return receipts as a plugin sees them: numbered, and whether the partner's own."""
    return tuple(
        Receipt(number, each.minor, each.at, each.seller_id == partner_id)
        for number, each in enumerate(sold, 1)
    )


def keep(work: Work, claim_id: UUID, used: Sequence[Sold], *, scope: UUID, benefit: str) -> None:
    """Write down which receipts a claim uses from now on, in place of those it used before."""
    let_go(work, claim_id)
    before = set(
        work.session.scalars(
            update(ClaimReceipt)
            .where(ClaimReceipt.claim_id == claim_id)
            .where(ClaimReceipt.purchase_id.in_([each.purchase_id for each in used]))
            .values(live=True)
            .returning(ClaimReceipt.purchase_id)
        )
    )
    rows = [
        {
            "claim_id": claim_id, "purchase_id": each.purchase_id, "partner_id": scope,
            "benefit": benefit, "seller_id": each.seller_id, "minor": each.minor, "live": True,
        }
        for each in used if each.purchase_id not in before
    ]  # fmt: skip
    if rows:
        work.session.execute(insert(ClaimReceipt), rows)


def let_go(work: Work, claim_id: UUID) -> None:
    """Let other claims use the receipts of one that has ended."""
    work.session.execute(
        update(ClaimReceipt)
        .where(ClaimReceipt.claim_id == claim_id, ClaimReceipt.live)
        .values(live=False)
    )
