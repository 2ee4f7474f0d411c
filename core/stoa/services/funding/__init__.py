"""Funding: what partners may still issue, and what fills it: packs, credit, payments.

    set_terms(work, partner_id, FundingTerms("prepaid", alert_points=3_000))
    buy(work, partner_id, 15_000, price=Decimal("0.011"))          # 165.00
    standing(work, partner_id)                                     # left, exposure, forecast
    refill(work, partner_id, Decimal("84.00"), source="payment", subject="pay_…")

The ledger checks it before a point is promised (`models/functions/funding.sql`).
"""

from stoa.services.funding.alerts import note
from stoa.services.funding.credit import refill
from stoa.services.funding.draws import Issued, Share, draw
from stoa.services.funding.foreseeing import unfunded
from stoa.services.funding.packs import Bought, Refund, buy, packs_of, refund
from stoa.services.funding.standing import Day, Standing, history, overview, standing
from stoa.services.funding.terms import KINDS, OVERFLOWS, FundingTerms, set_terms, terms_of

__all__ = [
    "KINDS",
    "OVERFLOWS",
    "Bought",
    "Day",
    "FundingTerms",
    "Issued",
    "Refund",
    "Share",
    "Standing",
    "buy",
    "draw",
    "history",
    "note",
    "overview",
    "packs_of",
    "refill",
    "refund",
    "set_terms",
    "standing",
    "terms_of",
    "unfunded",
]
