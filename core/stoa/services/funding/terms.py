"""How a partner's points are funded: open, by packs that it bought, or within a credit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError, PartnerUnknownError
from stoa.services import audit
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["KINDS", "OVERFLOWS", "FundingTerms", "micros", "money", "set_terms", "terms_of"]

KINDS = ("open", "prepaid", "credit")
"""How points are funded: without a limit, by packs, within a credit."""

OVERFLOWS = ("refuse", "reserve_pack", "credit", "member_first")
"""When it is used up: a refusal, reserve packs, the credit, or the operator carries."""

_MOST = 9 * 10**12
"""The largest amount of money: its millionths fit a BIGINT."""


@dataclass(frozen=True, slots=True)
class FundingTerms:
    """How a partner's points are funded.

    Attributes:
        kind: one of `KINDS`.
        overflow: one of `OVERFLOWS`.
        credit_limit: the most that may be owed, in the programme's money, of ``credit``.
        alert_points: of ``prepaid``: at so many points left, or fewer, the partner is told.
        alert_amount: of ``credit``: likewise, in the programme's money.
    """

    kind: str = "open"
    overflow: str = "refuse"
    credit_limit: Decimal | None = None
    alert_points: int | None = None
    alert_amount: Decimal | None = None

    @property
    def on_credit(self) -> bool:
        """Whether a credit pays, alone or after packs."""
        return self.kind == "credit" or (self.kind == "prepaid" and self.overflow == "credit")


_SET = "SELECT stoa_set_funding(%s, %s, %s, %s, %s, %s)"


def set_terms(work: Work, partner_id: UUID, terms: FundingTerms) -> None:
    """Let a partner be funded so from now on; packs and what is owed stay as they are.

    Points that were issued before were not drawn from packs, and are not given back to them.

    Raises:
        InvalidBodyError: the terms contradict each other.
        PartnerUnknownError: there is no such partner.
    """
    _check(terms)
    before = terms_of(work, partner_id)
    alert = terms.alert_points
    if terms.kind == "credit":
        alert = None if terms.alert_amount is None else micros(terms.alert_amount)
    limit = micros(terms.credit_limit or Decimal()) if terms.on_credit else 0
    work.session.flush()
    work.rows(_SET, (partner_id, terms.kind, terms.overflow, alert, limit, work.now()))
    if before != terms:
        audit.record(
            work, "partner.funding", public_id("prt", partner_id), before=_told(before),
            after=_told(terms),
        )  # fmt: skip


_TERMS = """
SELECT coalesce(f.kind, 'open'), coalesce(f.overflow, 'refuse'), f.credit, f.alert
  FROM partners p LEFT JOIN partner_funding f ON f.partner_id = p.id WHERE p.id = %s
"""


def terms_of(work: Work, partner_id: UUID) -> FundingTerms:
    """Return how a partner is funded now.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    rows = work.rows(_TERMS, (partner_id,))
    if not rows:
        raise PartnerUnknownError
    kind, overflow, credit, alert = rows[0]
    terms = FundingTerms(kind, overflow)
    return FundingTerms(
        kind,
        overflow,
        money(credit) if terms.on_credit else None,
        alert if kind == "prepaid" else None,
        money(alert) if kind == "credit" and alert is not None else None,
    )


def micros(amount: Decimal) -> int:
    """Return an amount of money in millionths, exact.

    Raises:
        InvalidBodyError: it has more than six decimals, or is too large.
    """
    whole = amount.scaleb(6)
    if whole != whole.to_integral_value() or abs(amount) > _MOST:
        raise InvalidBodyError(errors={"amount": ["At most six decimals, and no more than 9e12."]})
    return int(whole)


def money(figure: int) -> Decimal:
    """Return millionths as an amount of money."""
    return Decimal(figure).scaleb(-6)


def _check(terms: FundingTerms) -> None:
    errors: dict[str, list[str]] = {}
    if terms.kind not in KINDS:
        errors["funding"] = [f"Choose one of {', '.join(KINDS)}."]
    if terms.overflow not in OVERFLOWS:
        errors["overflow"] = [f"Choose one of {', '.join(OVERFLOWS)}."]
    elif terms.kind == "credit" and terms.overflow in ("reserve_pack", "credit"):
        errors["overflow"] = ["A credit is followed by a refusal or by the operator."]
    if terms.on_credit and terms.credit_limit is None:
        errors["credit_limit"] = ["A credit has a limit."]
    for name in ("credit_limit", "alert_points", "alert_amount"):
        figure = getattr(terms, name)
        if figure is not None and figure < 0:
            errors[name] = ["This is below zero."]
    if errors:
        raise InvalidBodyError(errors=errors)


def _told(terms: FundingTerms) -> dict[str, Any]:
    told = {"funding": terms.kind, "overflow": terms.overflow, "alert_points": terms.alert_points}
    for name in ("credit_limit", "alert_amount"):
        amount = getattr(terms, name)
        told[name] = None if amount is None else f"{amount:f}"
    return told
