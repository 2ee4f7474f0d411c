"""Wording: how pages name what an agreement says, and how they write it."""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from stoa.services.agreements import Draft
from stoa.values.amounts import Money
from stoa.values.clearing.clauses import Clauses
from stoa_admin import texts
from stoa_admin.language import gettext, ngettext, noted

__all__ = ["CHOICES", "LABELS", "MODES", "RECOGNITIONS", "REVENUES", "told", "value_of"]

LABELS = {
    "issue_price": noted("Price of an issued point"),
    "reimbursement_rate": noted("For a redeemed point"),
    "reimburse_by": noted("Rate of which day"),
    "fee_issuing": noted("Fee for a point of its lots that is redeemed"),
    "fee_redeeming": noted("Fee for a point redeemed at its tills"),
    "backdate_days": noted("Purchases may be reported for"),
    "return_days": noted("Goods may come back for"),
    "pending_days": noted("Points are pending for"),
    "funding": noted("Points are funded"),
    "overflow": noted("When funding is used up"),
    "credit_limit_minor": noted("Credit limit"),
    "alert_points": noted("Alert below so many points"),
    "alert_minor": noted("Alert below so much credit"),
    "reserve_ratio": noted("Part of points held in cash"),
    "settlement_currency": noted("Settles in"),
    "tax_issue": noted("Tax on issuing"),
    "tax_redemption": noted("Tax on redemption"),
    "tax_third_party": noted("Tax on third-party consideration"),
    "dispute_days": noted("Statements may be disputed for"),
    "payment_days": noted("Statements are paid within"),
}
"""What a draft says, in the order of the page."""

CHOICES = {
    "reimburse_by": {
        "": noted("as the mode has it"),
        "burn_date": noted("of the day it is redeemed"),
        "lot": noted("of the day it was issued"),
    },
    "funding": {
        "open": noted("on trust, billed by statement"),
        "prepaid": noted("from packs that are paid beforehand"),
        "credit": noted("up to a credit limit"),
    },
    "overflow": {
        "refuse": noted("points are refused"),
        "reserve_pack": noted("from the reserve pack"),
        "credit": noted("on credit"),
        "member_first": noted("members get them, the operator carries them"),
    },
}
"""The words of a clause that is one of several."""

MODES = {
    "POOL": noted("Pool: issuers pay in, the pool pays for redemptions"),
    "ISSUER_PAYS": noted("Issuer pays: whoever issued a point pays for it when it is redeemed"),
}
REVENUES = {
    "principal": noted("Principal: points are the operator's own promise"),
    "agent": noted("Agent: the operator's revenue is its fee"),
}
RECOGNITIONS = {
    "proportional": noted("Proportional: breakage is spread over redemptions"),
    "remote": noted("Remote: breakage counts once points expire"),
}

_CLAUSES = {field.name for field in fields(Clauses)}


def value_of(draft: Draft, name: str) -> Any:  # noqa: ANN401 - a field of a draft
    """Return what a draft says by the name of a field of its own or of its clauses."""
    return getattr(draft.clauses if name in _CLAUSES else draft, name)


def told(draft: Draft, name: str, money_currency: str) -> str:
    """Return what a draft says in words, with units."""
    value = value_of(draft, name)
    if name in CHOICES:
        return gettext(CHOICES[name][value])
    if value is None or value == "":
        return money_currency if name == "settlement_currency" else gettext("none")
    return _WRITERS.get(name, _plain)(value, money_currency)


def _plain(value: Any, _: str) -> str:  # noqa: ANN401 - a field of a draft
    return texts.points(value) if isinstance(value, int) else str(value)


def _price(value: Decimal, currency: str) -> str:
    return f"{texts.decimal(value)} {currency}"


def _amount(minor: int, currency: str) -> str:
    return texts.money(Money(minor, currency))


def _days(days: int, _: str) -> str:
    return ngettext("%(num)d day", "%(num)d days", days)


def _share(part: Decimal, _: str) -> str:
    return f"{texts.decimal(part * Decimal(100))} %"


_WRITERS: dict[str, Callable[[Any, str], str]] = {
    "issue_price": _price,
    "reimbursement_rate": _price,
    "fee_issuing": _price,
    "fee_redeeming": _price,
    "credit_limit_minor": _amount,
    "alert_minor": _amount,
    "backdate_days": _days,
    "return_days": _days,
    "pending_days": _days,
    "dispute_days": _days,
    "payment_days": _days,
    "reserve_ratio": _share,
}
