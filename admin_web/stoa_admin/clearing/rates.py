"""Rates: of exchange between moneys, one by one or from a file, and of taxes."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import rates
from stoa.services.rates import Quote, Rate
from stoa.values.clearing.rate_files import read_quotes
from stoa_admin import sparkline
from stoa_admin.front import front, open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = ["doors", "enter", "enter_tax", "page", "taxes", "upload"]

doors = Room("rates", __name__, reads="clearing.read", changes="clearing.change")

_RATE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,10})?")
_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")
_PAGE, _COURSE = 50, 500
_MAX_BYTES = 2_000_000
_MAX_NAME, _ALL = 60, 100
_FAULTS = (  # of `stoa.values.clearing.rate_files`, so that catalogs have them
    noted("This is no text in UTF-8."),
    noted("This line is no CSV."),
    noted("The first line has to name business_date, base, quote and rate."),
    noted("There is no rate in this file."),
    noted("A file has at most 20,000 rates."),
    noted("Write the day as 2026-05-29."),
    noted("Write the rate as a plain number, such as 1.0800."),
    noted("Write two codes of ISO 4217, such as CNY and HKD."),
    noted("Write a rate above 0 with at most 10 decimals."),
)


@doors.get("/clearing/rates")
def page() -> str:
    """List what was entered, the newest first, with the course of each pair."""
    return _page({}, {})


@doors.post("/clearing/rates")
def enter() -> Response:
    """Keep one rate; a correction is a new one of the same day."""
    fields = ("base", "quote", "rate", "business_date", "source")
    given = {name: request.form.get(name, "").strip() for name in fields}
    errors: dict[str, str] = {}
    if not _RATE.fullmatch(given["rate"]) or not Decimal(given["rate"]):
        errors["rate"] = gettext("Write a rate above 0, such as 1.0800.")
    day = _day(given["business_date"], errors, "business_date")
    if day is not None and not errors:
        quote = Quote(
            given["base"].upper(), given["quote"].upper(), Decimal(given["rate"]), day,
            given["source"][:_MAX_NAME],
        )  # fmt: skip
        try:
            with open_work() as work:
                rates.enter_rates(work, [quote])
        except InvalidBodyError:
            errors["base"] = gettext("Write two codes of ISO 4217, such as CNY and HKD.")
        else:
            flash(gettext("The rate is kept."), "success")
            return to("rates.page")
    return make_response(_page(given, errors), 422)


@doors.post("/clearing/rates/file")
def upload() -> Response:
    """Keep the rates of a CSV file, all or none; what is wrong is told line by line."""
    file = request.files.get("file")
    content = file.stream.read(_MAX_BYTES + 1) if file else b""
    if not content or len(content) > _MAX_BYTES:
        wrong = gettext("Choose a CSV file of at most 2 MB.")
        return make_response(_page({}, {"file": wrong}), 422)
    told = read_quotes(content)
    if told.errors:
        return make_response(_page({}, {}, told.errors), 422)
    with open_work() as work:
        kept = rates.enter_rates(work, told.quotes)
    flash(gettext("%(rates)s rates are kept.", rates=kept), "success")
    return to("rates.page")


@doors.get("/clearing/taxes")
def taxes() -> str:
    """List every tax with every rate it had."""
    return _taxes({}, {})


@doors.post("/clearing/taxes")
def enter_tax() -> Response:
    """Keep a tax, or its rate from another day on."""
    given = {
        name: request.form.get(name, "").strip()
        for name in ("code", "name", "percent", "effective_from")
    }
    errors: dict[str, str] = {}
    if not _PERCENT.fullmatch(given["percent"]) or Decimal(given["percent"]) > _ALL:
        errors["percent"] = gettext("Write a share from 0 to 100.")
    if not 0 < len(given["name"]) <= _MAX_NAME:
        errors["name"] = gettext("Write a name of at most 60 letters.")
    day = _day(given["effective_from"], errors, "effective_from")
    if day is not None and not errors:
        try:
            with open_work() as work:
                rates.enter_tax(
                    work, given["code"], given["name"], Decimal(given["percent"]) / _ALL,
                    effective_from=day,
                )  # fmt: skip
        except InvalidBodyError as refused:
            words = {
                "code": gettext("Use up to 20 letters, digits and hyphens."),
                "effective_from": gettext("This tax has a rate from that day on."),
            }
            errors |= {name: words[name] for name in refused.members["errors"] if name in words}
        else:
            flash(gettext("%(code)s is kept.", code=given["code"]), "success")
            return to("rates.taxes")
    return make_response(_taxes(given, errors), 422)


def _page(
    given: Mapping[str, str],
    errors: Mapping[str, str],
    lines: Mapping[str, Sequence[str]] | None = None,
) -> str:
    before = request.args.get("before", type=int)
    with open_work() as work:
        found = rates.rates(work, before=before, limit=_PAGE + 1)
        course = rates.rates(work, limit=_COURSE)
        today = work.today()
    shown = found[:_PAGE]
    start = {"base": front().desk.programme.money_currency, "business_date": today.isoformat()}
    return render_template(
        "admin/clearing/rates.html", found=shown, pairs=_pairs(course),
        more=shown[-1].id if len(found) > _PAGE else None, given=start | dict(given),
        errors=errors, lines=lines or {}, tab="rates",
    )  # fmt: skip


def _pairs(course: Sequence[Rate]) -> Sequence[tuple[Rate, tuple[str, str] | None]]:
    """Return the rate in force of each pair of moneys, with its course where it has one."""
    by_pair: dict[tuple[str, str], dict[date, Rate]] = {}
    for each in course:  # the newest first: of a day the first one seen holds
        by_pair.setdefault((each.base, each.quote), {}).setdefault(each.business_date, each)
    pairs = []
    for days in by_pair.values():
        in_order = [days[day] for day in sorted(days)]
        figures = [int(each.rate.scaleb(6)) for each in in_order]
        pairs.append((in_order[-1], sparkline.line(figures) if len(figures) > 1 else None))
    return sorted(pairs, key=lambda pair: (pair[0].base, pair[0].quote))


def _taxes(given: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with open_work() as work:
        found = rates.taxes(work)
        today = work.today()
    return render_template(
        "admin/clearing/taxes.html", found=found, errors=errors, tab="taxes",
        given={"effective_from": today.isoformat()} | dict(given),
    )  # fmt: skip


def _day(text: str, errors: dict[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors[name] = gettext("Choose a day.")
        return None
