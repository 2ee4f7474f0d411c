"""Reports: the liability at the end of each closed period, frozen, and its revenue booked."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stoa.models.liability import LiabilityReport
from stoa.services import clearing_terms
from stoa.services.liability.movements import gather, kept
from stoa.values.clearing.accounts import Account
from stoa.values.clearing.liability import CohortLine, Liability, report
from stoa.values.clearing.lines import POINTS_OF
from stoa.values.clearing.reserves import Reserve, reserve
from stoa.values.clearing.statements import exact_text
from stoa.values.clearing.terms import Terms, period_after
from stoa.work import Work

__all__ = ["Report", "close", "last_day", "reckoned", "reports", "reserve_of"]


@dataclass(frozen=True, slots=True)
class Report:
    """A frozen report; `document` is JSON whose amounts are exact texts."""

    period: str
    document: dict[str, Any]
    sha256: str
    made_at: datetime


_PLACES = Decimal("0.0001")
_CURRENCY = "SELECT money_currency, expiry_rule, expiry_months FROM currencies WHERE code = %s"
_BEFORE = """
SELECT revenue FROM liability_reports WHERE points_currency = %s AND period < %s
 ORDER BY period DESC LIMIT 1
"""
_PASSED = """
SELECT coalesce(sum(paid), 0) FROM liability_movements WHERE points_currency = %s AND period = %s
"""
_BOOK = "SELECT stoa_book_revenue(%s, %s, %s, %s, %s)"


def close(work: Work, points_currency: str, period: str) -> Liability:
    """Reckon a period that is being closed, keep its report, and book its revenue.

    The caller holds the lock of the journal, and everything of the period is booked.
    """
    gather(work, points_currency, period)
    terms = clearing_terms.of_period(work, points_currency, period)
    found = reckoned(work, points_currency, period, terms)
    document = _document(work, points_currency, found, terms)
    frozen = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    work.session.add(
        LiabilityReport(
            points_currency=points_currency, period=period, document=frozen,
            sha256=hashlib.sha256(frozen.encode()).hexdigest(), revenue=found.revenue,
            deferred=found.deferred, outstanding=found.outstanding, made_at=work.now(),
        )
    )  # fmt: skip
    work.session.flush()
    money = work.rows(_CURRENCY, (points_currency,))[0][0]
    passed = Decimal(0)
    if terms.revenue == "agent":
        passed = work.rows(_PASSED, (points_currency, period))[0][0]
    work.rows(_BOOK, (points_currency, money, period, found.change, passed))
    return found


def reports(work: Work, points_currency: str) -> Sequence[Report]:
    """Return all reports, the newest first."""
    rows = work.rows(
        "SELECT period, document, sha256, made_at FROM liability_reports"
        " WHERE points_currency = %s ORDER BY period DESC",
        (points_currency,),
    )
    return [Report(period, json.loads(text), sha256, at) for period, text, sha256, at in rows]


_OUTSTANDING = """
SELECT coalesce(sum(points), 0)::bigint FROM money_sums
 WHERE points_currency = %s AND period <= %s AND line = ANY(%s)
"""
_CASH = """
SELECT coalesce(sum(CASE WHEN debit = %(cash)s THEN amount ELSE 0 END), 0)
       - coalesce(sum(CASE WHEN credit = %(cash)s THEN amount ELSE 0 END), 0)
  FROM money_sums WHERE points_currency = %(currency)s AND period <= %(period)s
   AND %(cash)s IN (debit, credit)
"""
_HIGHEST = """
SELECT coalesce(max(a.reimbursement_rate), 0)
  FROM partners p
 CROSS JOIN LATERAL (
       SELECT a.reimbursement_rate FROM agreements a
        WHERE a.partner_id = p.id AND a.effective_from <= %s
        ORDER BY a.effective_from DESC, a.version DESC LIMIT 1) AS a
"""


def reserve_of(work: Work, points_currency: str, period: str, terms: Terms) -> Reserve:
    """Return how all points outstanding at the end of a period are covered.

    Each is reckoned at the highest rate that any partner was paid then: what is needed is enough
    wherever members go.
    """
    lines = [str(line) for line in POINTS_OF]
    outstanding = work.rows(_OUTSTANDING, (points_currency, period, lines))[0][0]
    values = {"currency": points_currency, "period": period, "cash": str(Account.CASH)}
    held = work.rows(_CASH, values)[0][0]
    rate = work.rows(_HIGHEST, (last_day(period),))[0][0]
    return reserve(outstanding, rate, ratio=terms.reserve_ratio, held=held)


def reckoned(work: Work, points_currency: str, period: str, terms: Terms) -> Liability:
    """Return the liability at the end of a closed period, reckoned anew from its movements."""
    _, rule, months = work.rows(_CURRENCY, (points_currency,))[0]
    life = {"rolling": months, "month_end": months + 1, "year_end": months + 12}.get(rule)
    before = work.rows(_BEFORE, (points_currency, period))
    return report(
        kept(work, points_currency, period), period=period, terms=terms, life_months=life,
        before=before[0][0] if before else Decimal(0),
    )  # fmt: skip


def _document(work: Work, points_currency: str, found: Liability, terms: Terms) -> dict[str, Any]:
    covered = reserve_of(work, points_currency, found.period, terms)
    return {
        "shape": 1, "points_currency": points_currency, "period": found.period,
        "revenue_mode": terms.revenue, "recognition": terms.recognition,
        "expected_beforehand_percent": exact_text(terms.urr_percent),
        "billed": exact_text(found.billed), "paid": exact_text(found.paid),
        "revenue": exact_text(found.revenue), "revenue_of_period": exact_text(found.change),
        "deferred": exact_text(found.deferred), "margin": exact_text(found.margin),
        "cohorts": [_cohort(each) for each in found.lines],
        "outstanding_points": covered.outstanding,
        "reserve": {
            "rate": exact_text(covered.rate), "needed": exact_text(covered.needed),
            "agreed": exact_text(covered.wanted), "held": exact_text(covered.held),
            "coverage": exact_text(covered.coverage.quantize(_PLACES, ROUND_HALF_UP)),
            "shortfall": exact_text(covered.shortfall),
        },
    }  # fmt: skip


def _cohort(each: CohortLine) -> dict[str, Any]:
    return {
        "month": each.month, "issued": each.issued, "redeemed": each.redeemed,
        "expired": each.expired, "outstanding": each.outstanding,
        "billed": exact_text(each.billed), "paid": exact_text(each.paid),
        "expected_percent": exact_text(each.urr_percent.quantize(_PLACES, ROUND_HALF_UP)),
        "breakage_points": exact_text(each.breakage.quantize(_PLACES, ROUND_HALF_UP)),
        "revenue": exact_text(each.recognised.revenue),
        "deferred": exact_text(each.recognised.liability),
    }  # fmt: skip


def last_day(period: str) -> date:
    """Return the last day of a period."""
    return date.fromisoformat(f"{period_after(period)}-01") - timedelta(days=1)
