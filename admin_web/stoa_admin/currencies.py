"""Currencies: the points of the alliance and of its partners, and the rates between them."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import (
    CodeTakenError,
    CurrencyUnknownError,
    ExchangeCycleGainsError,
    InvalidBodyError,
)
from stoa.services import currencies, exchange, rosters
from stoa.values.amounts import Rounding
from stoa.values.exchange import Rate
from stoa.values.identifiers import uuid_of
from stoa.values.periods import ExpiryRule
from stoa.values.tenders import Spending
from stoa_admin.front import open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = ["add", "doors", "page", "set_rate", "spend", "spending"]

doors = Room("currencies", __name__, reads="currencies.read", changes="currencies.change")

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_PRICE = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_MOST_POINTS = 10**9
_SPENDING = ("min_points", "step", "max_share_percent", "step_up_points")
_BOUNDS = {
    "min_points": {"least": 1, "most": _MOST_POINTS},
    "step": {"least": 1, "most": _MOST_POINTS},
    "max_share_percent": {"least": 1, "most": 100},
    "step_up_points": {"least": 0, "most": _MOST_POINTS},
}
_MAX_NAME = 60
_MAX_MONTHS = 1200
_RULES = {
    ExpiryRule.MONTH_END: noted("at the end of a month"),
    ExpiryRule.YEAR_END: noted("at the end of a year"),
    ExpiryRule.ROLLING: noted("to the day"),
    ExpiryRule.NEVER: noted("never"),
}
_ROUNDINGS = {
    Rounding.DOWN: noted("down"),
    Rounding.UP: noted("up"),
    Rounding.HALF_UP: noted("to the nearest"),
    Rounding.HALF_EVEN: noted("to the nearest, halves to even"),
}


@doors.get("/currencies")
def page() -> str:
    """Show the currencies with their terms, and the rates with their versions."""
    return _page()


@doors.post("/currencies")
def add() -> Response:
    """Found a currency of the alliance or of a partner."""
    fields = ("code", "name", "issuer", "rule", "months", "face_value", "rounding")
    given = {field: request.form.get(field, "").strip() for field in fields}
    errors = _wrong_currency(given)
    if not errors:
        try:
            with open_work() as work:
                currencies.found(
                    work, given["code"], given["name"],
                    issuer_id=uuid_of("prt", given["issuer"]), rule=ExpiryRule(given["rule"]),
                    months=int(given["months"]), face_value=Decimal(given["face_value"]),
                    rounding=Rounding(given["rounding"]),
                )  # fmt: skip
        except CodeTakenError:
            errors["code"] = gettext("This code is taken.")
        else:
            flash(gettext("%(code)s is a points currency now.", code=given["code"]), "success")
            return to("currencies.page")
    return make_response(_page(given, errors), 422)


@doors.post("/currencies/rates")
def set_rate() -> Response:
    """Add a version of a rate; one by which somebody could gain is refused with the circle."""
    fields = ("source", "target", "given", "brought", "round", "since")
    given = {field: request.form.get(field, "").strip() for field in fields}
    errors = _wrong_rate(given)
    if not errors:
        rate = Rate(
            given["source"], given["target"], int(given["brought"]), int(given["given"]),
            Rounding(given["round"]),
        )  # fmt: skip
        try:
            with open_work() as work:
                exchange.set_rates(work, [rate], effective_from=date.fromisoformat(given["since"]))
        except ExchangeCycleGainsError as refused:
            errors["rate"] = _circle(refused.members)
        except InvalidBodyError as refused:
            late = "effective_from" in refused.members["errors"]
            errors["since" if late else "rate"] = (
                gettext("Choose today or a later day.")
                if late
                else gettext("Choose two different currencies.")
            )
        else:
            flash(gettext("The rate is kept as a new version."), "success")
            return to("currencies.page")
    return make_response(_page(given, errors), 422)


@doors.get("/currencies/<code>/spending")
def spending(code: str) -> str:
    """Show how the points of a currency pay, to be changed."""
    return _spending(code)


@doors.post("/currencies/<code>/spending")
def spend(code: str) -> Response:
    """Keep how the points of a currency pay, as a new version of it."""
    given = {field: request.form.get(field, "").strip() for field in _SPENDING}
    errors = {
        field: gettext("Write a whole number.")
        for field, text in given.items()
        if not _WHOLE.fullmatch(text) and (text or field != "step_up_points")
    }
    if not errors:
        numbers = {field: int(text) for field, text in given.items() if text}
        try:
            with open_work() as work:
                currencies.change(work, code, spending=Spending(**numbers))
        except CurrencyUnknownError:
            abort(404)
        except InvalidBodyError as refused:
            for field in refused.members["errors"]:
                errors[field] = gettext("Choose between %(least)d and %(most)d.", **_BOUNDS[field])
        else:
            flash(gettext("How %(code)s pays is kept as a new version.", code=code), "success")
            return to("currencies.page")
    return make_response(_spending(code, given, errors), 422)


def _spending(
    code: str, given: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> str:
    with open_work() as work:
        lines = {line.code: line for line in currencies.listed(work)}
    if code not in lines:
        abort(404)
    rules = lines[code].terms.spending
    stand = {field: getattr(rules, field) for field in _SPENDING}
    return render_template(
        "admin/currency_spending.html",
        line=lines[code],
        given=given or {name: "" if n is None else str(n) for name, n in stand.items()},
        errors=errors or {},
    )


def _page(given: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    with open_work() as work:
        found = currencies.listed(work)
        issuers = currencies.issuers(work)
        versions = exchange.history(work)
        in_force = {(each.source, each.target, each.version) for each in exchange.in_force(work)}
        partners = rosters.find_partners(work)
        today = work.today()
    start = {"since": today.isoformat(), "months": "24", "face_value": "0.01", "rule": "month_end"}
    by: dict[str, list[str]] = {}
    for code, currency in issuers.items():
        by.setdefault(currency, []).append(code)
    return render_template(
        "admin/currencies.html",
        found=found,
        issued_by={code: ", ".join(sorted(codes)) for code, codes in by.items()},
        versions=[
            (each, (each.source, each.target, each.version) in in_force)
            for each in reversed(versions)
        ],
        partners=partners,
        names={partner.code: partner.name for partner in partners},
        rules={rule.value: gettext(text) for rule, text in _RULES.items()},
        roundings={each.value: gettext(text) for each, text in _ROUNDINGS.items()},
        given=start | (given or {}),
        errors=errors or {},
    )


def _circle(members: dict[str, Any]) -> str:
    """Tell the circle by which somebody could gain."""
    way = " → ".join(members["cycle"])
    if members["rounded"]:
        return gettext(
            "Refused: %(step)s stands on the circle %(way)s and is not rounded down; somebody"
            " could gain a point at every turn.",
            step=" → ".join(members["rounded"]),
            way=way,
        )
    return gettext(
        "Refused: from %(day)s on, whoever goes round %(way)s would gain %(gain)s of a point"
        " for each point, at every turn.",
        day=members["on"],
        way=way,
        gain=members["gain"],
    )


def _wrong_currency(given: dict[str, str]) -> dict[str, str]:
    errors = {}
    if not _CODE.fullmatch(given["code"]):
        errors["code"] = gettext(
            "Use a capital letter, then 1 to 11 capital letters and digits, such as CINE."
        )
    if not 1 <= len(given["name"]) <= _MAX_NAME or not given["name"].isprintable():
        errors["name"] = gettext("Write what members call the points, in at most 60 characters.")
    if given["rule"] not in list(ExpiryRule) or given["rounding"] not in list(Rounding):
        errors["code"] = gettext("Choose from the lists.")
    if given["issuer"] and uuid_of("prt", given["issuer"]) is None:
        errors["code"] = gettext("Choose from the lists.")
    if not _WHOLE.fullmatch(given["months"]) or not 1 <= int(given["months"]) <= _MAX_MONTHS:
        errors["months"] = gettext("Write whole months, 1 to 1200.")
    if not _PRICE.fullmatch(given["face_value"]):
        errors["face_value"] = gettext("Write a decimal such as 0.01.")
    return errors


def _wrong_rate(given: dict[str, str]) -> dict[str, str]:
    errors = {}
    for field in ("given", "brought"):
        if not _WHOLE.fullmatch(given[field]) or int(given[field]) == 0:
            errors[field] = gettext("Write a whole number of points.")
    if given["round"] not in list(Rounding):
        errors["rate"] = gettext("Choose from the lists.")
    try:
        date.fromisoformat(given["since"])
    except ValueError:
        errors["since"] = gettext("Choose today or a later day.")
    return errors
