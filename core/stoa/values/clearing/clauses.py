"""Clauses: what an agreement with a partner says about clearing (economics §3.2, §3.6, §3.7).

Prices stand in the agreement itself; these are how they are applied, and what is owed besides.
"""

from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

__all__ = ["FUNDINGS", "OVERFLOWS", "REIMBURSE_BY", "Clauses", "Mode"]


class Mode(StrEnum):
    """Who pays for a redeemed point: the pool that issuers paid into, or the lot's issuer."""

    POOL = "POOL"
    ISSUER_PAYS = "ISSUER_PAYS"


REIMBURSE_BY = ("", "burn_date", "lot")
"""Which day's rate pays for a redeemed point; by the mode where nothing is said."""

FUNDINGS = ("open", "prepaid", "credit")
"""How a partner stands for the points it pays: on trust, from packs, or up to a limit."""

OVERFLOWS = ("refuse", "reserve_pack", "credit", "member_first")
"""What happens to points that packs or credit no longer cover."""

_DEFAULT_BY_MODE = {Mode.POOL: "burn_date", Mode.ISSUER_PAYS: "lot"}
_NOTHING, _ALL = Decimal(0), Decimal(1)
_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Clauses:
    """What is agreed besides prices and days.

    Attributes:
        reimburse_by: one of `REIMBURSE_BY`.
        fee_issuing: money to the operator for each redeemed point of this partner's lots.
        fee_redeeming: money to the operator for each point redeemed at this partner.
        credit_limit_minor: the most that may be unbilled and unpaid, with funding by credit.
        alert_points: with packs, the partner is told when no more is left.
        alert_minor: with credit, likewise.
        reserve_ratio: the part of outstanding points that is held in cash, 0 to 1.
        settlement_currency: ISO 4217; empty for the programme's.
        tax_issue: the tax code of the issue service, empty for none; likewise `tax_redemption` of
            the redemption service and `tax_third_party` of third-party consideration (§3.1).
        dispute_days: for how long a statement may be disputed.
        payment_days: within how many days it is paid.
    """

    reimburse_by: str = ""
    fee_issuing: Decimal = _NOTHING
    fee_redeeming: Decimal = _NOTHING
    funding: str = "open"
    overflow: str = "refuse"
    credit_limit_minor: int | None = None
    alert_points: int | None = None
    alert_minor: int | None = None
    reserve_ratio: Decimal = _ALL
    settlement_currency: str = ""
    tax_issue: str = ""
    tax_redemption: str = ""
    tax_third_party: str = ""
    dispute_days: int = 30
    payment_days: int = 30

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all clauses, as columns have them."""
        return tuple(field.name for field in fields(cls))

    def rate_by(self, mode: Mode) -> str:
        """Return ``burn_date`` or ``lot``: which day's rate pays for a redeemed point (§3.6)."""
        return self.reimburse_by or _DEFAULT_BY_MODE[mode]

    def faults(self) -> dict[str, list[str]]:
        """Return what can't be agreed, by the name of the clause."""
        found: dict[str, list[str]] = {}
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                found[name] = [f"Choose one of {', '.join(word for word in words if word)}."]
        for name, most in _MOST.items():
            if not 0 <= (getattr(self, name) or 0) <= most:
                found[name] = [f"Write a number from 0 to {most}."]
        money = self.settlement_currency
        if money and not (len(money) == _LETTERS and money.isascii() and money.isupper()):
            found["settlement_currency"] = ["Write a code of ISO 4217, such as HKD."]
        if "credit" in (self.funding, self.overflow) and self.credit_limit_minor is None:
            found["credit_limit_minor"] = ["Credit needs a limit."]
        if self.funding == "credit" and self.overflow in ("reserve_pack", "credit"):
            found["overflow"] = ["A credit is followed by a refusal or by the operator."]
        return found


_WORDS = {"reimburse_by": REIMBURSE_BY, "funding": FUNDINGS, "overflow": OVERFLOWS}
_MOST = {
    "fee_issuing": 1_000,
    "fee_redeeming": 1_000,
    "credit_limit_minor": 10**15,
    "alert_points": 10**15,
    "alert_minor": 10**15,
    "reserve_ratio": 1,
    "dispute_days": 365,
    "payment_days": 365,
}
