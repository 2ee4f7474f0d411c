"""Drafts: an agreement as a form, filled with what holds and read back with every mistake."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from stoa.services.agreements import Draft
from stoa.values.amounts import Money
from stoa.values.clearing.clauses import Clauses
from stoa_admin.clearing.wording import CHOICES, LABELS, value_of
from stoa_admin.language import gettext

__all__ = ["filled", "read_day", "read_draft", "told_faults"]

_PRICES = ("issue_price", "reimbursement_rate", "fee_issuing", "fee_redeeming")
_DAYS = ("backdate_days", "return_days", "pending_days", "dispute_days", "payment_days")
_MONEYS = ("credit_limit_minor", "alert_minor")
_WORDS = ("reimburse_by", "funding", "overflow")
_TAXES = ("tax_issue", "tax_redemption", "tax_third_party")
_PRICE = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")
_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")
_POINTS = re.compile(r"[0-9]{1,15}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MAX_PRICE, _MAX_DAYS, _WHOLE = Decimal(1000), 3650, 100


def filled(draft: Draft, money_currency: str) -> dict[str, str]:
    """Return a draft as the texts of the form's fields."""
    given = {}
    for name in LABELS:
        value = value_of(draft, name)
        if value is None:
            given[name] = ""
        elif name in _PRICES:
            given[name] = f"{value.normalize():f}"
        elif name in _MONEYS:
            given[name] = Money(value, money_currency).amount
        elif name == "reserve_ratio":
            given[name] = f"{(value * _WHOLE).normalize():f}"
        else:
            given[name] = str(value)
    return given


def read_day(form: Mapping[str, str], errors: dict[str, str]) -> date | None:
    """Read the first day of a draft."""
    try:
        return date.fromisoformat(form.get("effective_from", ""))
    except ValueError:
        errors["effective_from"] = gettext("Choose a day.")
        return None


def read_draft(
    form: Mapping[str, str], errors: dict[str, str], *, taxes: set[str], money_currency: str
) -> Draft | None:
    """Read a draft; ``None`` where something is wrong, which `errors` then names by field.

    Args:
        taxes: the tax codes there are.
    """
    before = len(errors)
    prices = {name: _price(form, name, errors) for name in _PRICES}
    days = {name: _whole_days(form, name, errors) for name in _DAYS}
    moneys = {name: _money(form, name, errors, money_currency) for name in _MONEYS}
    for name in _WORDS:
        if form.get(name) not in CHOICES[name]:
            errors[name] = gettext("Choose from the list.")
    for name in _TAXES:
        if form.get(name, "") not in {"", *taxes}:
            errors[name] = gettext("Choose from the list.")
    percent = form.get("reserve_ratio", "").strip()
    if not _PERCENT.fullmatch(percent) or Decimal(percent) > _WHOLE:
        errors["reserve_ratio"] = gettext("Write a share from 0 to 100.")
    alert = form.get("alert_points", "").strip()
    if alert and not _POINTS.fullmatch(alert):
        errors["alert_points"] = gettext("Write a whole number of points.")
    settles = form.get("settlement_currency", "").strip().upper()
    if settles and not _CURRENCY.fullmatch(settles):
        errors["settlement_currency"] = gettext("Write an ISO 4217 code such as CNY.")
    if len(errors) > before:
        return None
    clauses = Clauses(
        reimburse_by=form["reimburse_by"], fee_issuing=prices["fee_issuing"],
        fee_redeeming=prices["fee_redeeming"], funding=form["funding"], overflow=form["overflow"],
        credit_limit_minor=moneys["credit_limit_minor"],
        alert_points=int(alert) if alert else None, alert_minor=moneys["alert_minor"],
        reserve_ratio=Decimal(percent) / _WHOLE,
        settlement_currency="" if settles == money_currency else settles,
        tax_issue=form.get("tax_issue", ""), tax_redemption=form.get("tax_redemption", ""),
        tax_third_party=form.get("tax_third_party", ""), dispute_days=days["dispute_days"],
        payment_days=days["payment_days"],
    )  # fmt: skip
    return Draft(
        prices["issue_price"], prices["reimbursement_rate"], days["backdate_days"],
        days["return_days"], days["pending_days"], clauses,
    )  # fmt: skip


def told_faults(faults: Mapping[str, object], first_day: str) -> dict[str, str]:
    """Return what the deed found wrong, in the page's language, by field."""
    words = {
        "effective_from": gettext("The first day can be %(day)s.", day=first_day),
        "credit_limit_minor": gettext("Credit needs a limit."),
        "overflow": gettext("After a credit comes a refusal, or the operator carries the points."),
        "dispute_days": gettext("Write a whole number of days, 0 to 365."),
        "payment_days": gettext("Write a whole number of days, 0 to 365."),
    }
    return {name: words.get(name, gettext("This can't be agreed.")) for name in faults}


def _price(form: Mapping[str, str], name: str, errors: dict[str, str]) -> Decimal:
    text = form.get(name, "").strip()
    if not _PRICE.fullmatch(text) or Decimal(text) > _MAX_PRICE:
        errors[name] = gettext("Write money per point with at most six decimals, such as 0.012.")
        return Decimal(0)
    return Decimal(text)


def _whole_days(form: Mapping[str, str], name: str, errors: dict[str, str]) -> int:
    text = form.get(name, "").strip()
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > _MAX_DAYS:
        errors[name] = gettext("Write a whole number of days, 0 to 3650.")
        return 0
    return int(text)


def _money(form: Mapping[str, str], name: str, errors: dict[str, str], currency: str) -> int | None:
    text = form.get(name, "").strip().replace(",", "")
    if not text:
        return None
    try:
        minor = Money.parse(text, currency).minor
    except ValueError:
        minor = -1
    if minor < 0:
        errors[name] = gettext("Write an amount such as 200.00.")
        return None
    return minor
