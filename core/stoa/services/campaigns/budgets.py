"""Budgets and caps: what is left, what comes back, which are empty; the ledger's functions take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from stoa.errors import PartnerFundingExhaustedError
from stoa.services.ledger import LimitReachedError
from stoa.services.outbox import Heard
from stoa.values.campaigns import Awarded, Limit, Offer
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = [
    "Fund",
    "empty",
    "fund",
    "funds",
    "give_back",
    "give_back_all",
    "hand_over",
    "left",
    "note_exhausted",
    "note_limit",
    "without",
]

_EMPTY_FOR = timedelta(seconds=3)
_EMPTY = "campaigns.empty"
_SHARED = ("budget", "funding")
"""What is empty for all members alike."""


@dataclass(frozen=True, slots=True)
class Fund:
    """A campaign's budget: granted in all, left to pay, and since when nothing was left."""

    campaign: str
    granted: int
    left: int
    exhausted_at: datetime | None


def fund(work: Work, code: str, points: int) -> int:
    """Give a campaign the budget of its version in force; return what is left of it."""
    rows = work.rows("SELECT stoa_fund_campaign(%s, %s)", (code, points))
    _forget_empty(work, code)
    return int(rows[0][0])


_FUNDS = """
SELECT f.campaign, f.granted, coalesce(sum(b.remaining), 0)::bigint, f.exhausted_at
  FROM campaign_funds f LEFT JOIN campaign_budgets b ON b.campaign = f.campaign
 WHERE f.campaign = ANY(%s::text[])
 GROUP BY f.campaign ORDER BY f.campaign
"""


def funds(work: Work, codes: Sequence[str]) -> dict[str, Fund]:
    """Return the budgets of campaigns, by code; a draft has none."""
    return {row[0]: Fund(*row) for row in work.rows(_FUNDS, (list(codes),))}


def left(work: Work, codes: Sequence[str]) -> dict[str, int]:
    """Return what is left of the budgets of campaigns, by code."""
    return {code: each.left for code, each in funds(work, codes).items()}


def note_limit(work: Work, reached: LimitReachedError) -> None:
    """Remember for a few seconds that nothing is left, so that not every purchase finds it so."""
    if reached.by in _SHARED and reached.left == 0:
        known: dict[str, tuple[datetime, str]] = work.memo.setdefault(_EMPTY, {})
        known[reached.campaign] = (work.now() + _EMPTY_FOR, reached.by)


def without(
    work: Work,
    offer: Offer | None,
    awarded: Awarded,
    short: PartnerFundingExhaustedError,
    *,
    seller: UUID,
) -> Offer:
    """Return an offer without the campaigns that another partner pays and has not funded.

    A till's sale does not fail because of them: their whole bonus falls away, and it is reckoned
    again.

    Raises:
        PartnerFundingExhaustedError: the seller itself has not funded what it pays, and its own
            funding decides on its own sale.
    """
    payer = short.payer_id
    codes = awarded.paid_by(public_id("prt", payer)) if payer and payer != seller else []
    if offer is None or not codes:
        raise short
    for code in codes:
        note_limit(work, LimitReachedError(code, 0, "funding"))
        offer = offer.limited(code, Limit(0, "funding"))
    return offer


def empty(work: Work, code: str) -> str | None:
    """Tell what was empty a moment ago: a campaign's ``budget``, or its payers' ``funding``."""
    until, by = work.memo.get(_EMPTY, {}).get(code, (None, ""))
    return by if until is not None and work.now() < until else None


def give_back(work: Work, heard: Heard) -> None:
    """Give what a return took of campaigns' points back to their budgets and caps, once.

    Follows ``points.clawed_back``, in the transaction in which it is told.
    """
    purchase_id = uuid_of("pur", str(heard.event.facts.get("purchase", "")))
    if heard.member_id is None or purchase_id is None:
        return
    give_back_all(work, [(heard.member_id, purchase_id)])


_GIVE_BACK = """
SELECT stoa_give_back_campaigns(each.member_id, each.purchase_id, %s)
  FROM unnest(%s::uuid[], %s::uuid[]) AS each (member_id, purchase_id)
"""


def give_back_all(work: Work, purchases: Sequence[tuple[UUID, UUID]]) -> None:
    """Give what returns took of purchases' campaigns back to budgets and caps, each return once.

    Args:
        purchases: the member and the purchase of each.
    """
    if purchases:
        members, ids = zip(*purchases, strict=True)
        work.rows(_GIVE_BACK, (work.now(), list(members), list(ids)))


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Let what a merged member had of campaigns count for the member who goes on."""
    work.rows(
        "SELECT 1 FROM stoa_merge_campaigns(%s::uuid, %s::uuid, %s)", (old_id, new_id, work.now())
    )


def note_exhausted(work: Work) -> int:
    """Tell once of each campaign that its budget is paid out; return of how many.

    A budget that was made larger since may be exhausted again.
    """
    work.session.connection()
    rows = work.rows("SELECT * FROM stoa_exhaust_campaigns(%s)", (work.now(),))
    for (code,) in rows:
        work.record("campaign.exhausted", {"campaign": code}, member_id=None, partner_id=None)
    return len(rows)


def _forget_empty(work: Work, code: str) -> None:
    work.memo.get(_EMPTY, {}).pop(code, None)
