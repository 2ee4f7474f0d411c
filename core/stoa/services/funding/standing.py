"""Where a partner's funding stands: what is left, what is owed, how long it lasts at this rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.services.funding.packs import Bought, packs_of
from stoa.services.funding.terms import FundingTerms, money, terms_of
from stoa.values.clearing.packs import lasts_days
from stoa.work import Work

__all__ = ["Day", "Standing", "history", "overview", "standing"]

_RATE_DAYS = 14
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a partner's funding stands now.

    Attributes:
        left_points: of packs that are no reserve, in the programme's currency.
        reserve_points: of reserve packs, likewise.
        exposure: what is unbilled or unpaid on credit, in the programme's money; ``None`` where no
            credit pays.
        left_amount: what the credit has left; below zero where the limit lies below the exposure.
        carried_points: that the operator carries for the partner, returns taken off.
        used_points: issued at the partner's cost in the last 14 days, returns taken off.
        lasts_days: for how many days what is left lasts at that rate; ``None`` where nothing is
            used or funding is open.
        low_at: since when the alert is reached; `exhausted_at` and `flagged_at` likewise.
    """

    partner_id: UUID
    terms: FundingTerms
    currency: str
    money_currency: str
    left_points: int
    reserve_points: int
    exposure: Decimal | None
    left_amount: Decimal | None
    carried_points: int
    used_points: int
    lasts_days: int | None
    low_at: datetime | None
    exhausted_at: datetime | None
    flagged_at: datetime | None
    packs: tuple[Bought, ...]


_POOLS = """
SELECT f.low_at, f.exhausted_at, f.flagged_at,
       (SELECT coalesce(sum(s.remaining), 0)::bigint FROM partner_funds s
         WHERE s.partner_id = p.id AND s.pool = 'packs' AND s.currency = %(currency)s),
       (SELECT coalesce(sum(s.remaining), 0)::bigint FROM partner_funds s
         WHERE s.partner_id = p.id AND s.pool = 'reserve' AND s.currency = %(currency)s),
       (SELECT coalesce(sum(s.remaining), 0)::bigint FROM partner_funds s
         WHERE s.partner_id = p.id AND s.pool = 'credit')
  FROM partners p LEFT JOIN partner_funding f ON f.partner_id = p.id WHERE p.id = %(partner)s
"""
_USED = """
SELECT coalesce(sum(r.points), 0)::bigint FROM positions r
 WHERE r.payer_id = %s AND r.account IN ('issued', 'adjusted') AND r.business_date > %s
   AND r.business_date <= %s
"""
_CARRIED = """
SELECT coalesce(sum(d.points), 0)::bigint FROM funding_draws d
 WHERE d.partner_id = %s AND d.pool = 'carried'
"""
_PRICE = """
SELECT a.issue_price FROM agreements a
 WHERE a.partner_id = %s AND a.effective_from <= %s ORDER BY a.version DESC LIMIT 1
"""


def standing(work: Work, partner_id: UUID) -> Standing:
    """Return where a partner's funding stands.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    terms = terms_of(work, partner_id)
    row = work.rows(_POOLS, {"partner": partner_id, "currency": work.programme.currency})[0]
    used = _used(work, partner_id)
    exposure = left_amount = None
    if terms.on_credit:
        left_amount = money(row[5])
        exposure = (terms.credit_limit or Decimal()) - left_amount
    return Standing(
        partner_id, terms, work.programme.currency, work.programme.money_currency, row[3], row[4],
        exposure, left_amount, _carried(work, terms, row[2], partner_id), used,
        _lasts(work, partner_id, terms, left=row[3], micros=row[5], used=used), row[0], row[1],
        row[2], tuple(packs_of(work, partner_id)),
    )  # fmt: skip


_LIMITED = "SELECT partner_id FROM partner_funding ORDER BY partner_id"


def overview(work: Work) -> list[Standing]:
    """Return where every partner stands whose funding is limited."""
    return [standing(work, partner_id) for (partner_id,) in work.rows(_LIMITED)]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a partner's funding: points of packs bought, and points issued less returns."""

    day: date
    bought: int
    used: int


_HISTORY = """
SELECT day::date, coalesce(b.points, 0)::bigint, coalesce(u.points, 0)::bigint
  FROM generate_series(%(since)s::date, %(until)s::date, interval '1 day') AS day
  LEFT JOIN (SELECT (k.bought_at AT TIME ZONE %(zone)s)::date AS day, sum(k.points) AS points
               FROM funding_packs k WHERE k.partner_id = %(partner)s GROUP BY 1) AS b
 USING (day)
  LEFT JOIN (SELECT r.business_date AS day, sum(r.points) AS points FROM positions r
              WHERE r.payer_id = %(partner)s AND r.account IN ('issued', 'adjusted')
                AND r.business_date BETWEEN %(since)s AND %(until)s GROUP BY 1) AS u
 USING (day)
 ORDER BY 1
"""


def history(work: Work, partner_id: UUID, *, days: int = 30) -> Sequence[Day]:
    """Return the last days of a partner's funding, today included."""
    until = work.today()
    since = until - timedelta(days=min(max(days, 1), _MOST_DAYS) - 1)
    values: dict[str, Any] = {
        "partner": partner_id, "since": since, "until": until, "zone": work.programme.zone,
    }  # fmt: skip
    return [Day(*row) for row in work.rows(_HISTORY, values)]


def _used(work: Work, partner_id: UUID) -> int:
    today = work.today()
    values = (partner_id, today - timedelta(days=_RATE_DAYS), today)
    used: int = work.rows(_USED, values)[0][0]
    return used


def _carried(work: Work, terms: FundingTerms, flagged_at: datetime | None, partner_id: UUID) -> int:
    if flagged_at is None and terms.overflow != "member_first":
        return 0
    carried: int = work.rows(_CARRIED, (partner_id,))[0][0]
    return carried


def _lasts(
    work: Work, partner_id: UUID, terms: FundingTerms, *, left: int, micros: int, used: int
) -> int | None:
    if terms.kind == "open":
        return None
    if terms.kind == "prepaid":
        return lasts_days(left, used, _RATE_DAYS)
    rows = work.rows(_PRICE, (partner_id, work.today()))
    price = rows[0][0] if rows else Decimal()
    return lasts_days(micros, int(used * price.scaleb(6)), _RATE_DAYS)
