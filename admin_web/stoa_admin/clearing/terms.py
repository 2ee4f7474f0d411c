"""Terms: how each points currency is cleared from a month on, and who the operator is on paper."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import FourEyesError, InvalidBodyError, ProposalClosedError, ProposalUnknownError
from stoa.services import clearing_terms, currencies, rosters
from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.terms import Party, Terms, period_after, period_of_day
from stoa.values.clearing.transfers import is_iban
from stoa_admin import badge
from stoa_admin.clearing.wording import MODES, RECOGNITIONS, REVENUES
from stoa_admin.front import open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import Room, asks

__all__ = ["approve", "decline", "doors", "new", "page", "propose"]

doors = Room("clearing_terms", __name__, reads="clearing.read", changes="clearing.change")

_PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")
_SERIES = re.compile(r"[A-Z0-9][A-Z0-9/-]{0,11}")
_ALL = 100
_MAX_TEXT, _MAX_LINES = 140, 6


@doors.get("/clearing/terms")
def page() -> str:
    """Show the terms of each points currency: those in force, and every version proposed."""
    with open_work() as work:
        now = period_of_day(work.today())
        found = [
            (
                line, clearing_terms.of_period(work, line.code, now),
                clearing_terms.versions(work, line.code),
            )
            for line in currencies.listed(work)
        ]  # fmt: skip
        names = rosters.staff_names(work)
    return render_template(
        "admin/clearing/terms.html", found=found, names=names, me=person().actor.name, modes=MODES,
        revenues=REVENUES, recognitions=RECOGNITIONS, tab="terms",
    )  # fmt: skip


@doors.get("/clearing/terms/<code>/new")
@asks("clearing.change")
def new(code: str) -> str:
    """Show the form for new terms, filled with the last that were approved."""
    with open_work() as work:
        now = period_of_day(work.today())
        agreed = [each for each in clearing_terms.versions(work, code) if each.state == "approved"]
        last = agreed[0].terms if agreed else clearing_terms.of_period(work, code, now)
    given = {
        "effective_from": max(period_after(now), last.effective_from), "mode": last.mode.value,
        "revenue": last.revenue, "recognition": last.recognition,
        "urr_percent": f"{last.urr_percent.normalize():f}",
        "reserve_percent": f"{(last.reserve_ratio * _ALL).normalize():f}",
        "name": last.operator.name, "address": "\n".join(last.operator.address),
        "tax_number": last.operator.tax_number, "account": last.operator.account,
        "bic": last.operator.bic, "series": last.series,
    }  # fmt: skip
    return _form(code, given, {})


@doors.post("/clearing/terms/<code>/new")
def propose(code: str) -> Response:
    """Propose new terms to a second person."""
    given, errors = request.form.to_dict(), dict[str, str]()
    terms = _read(given, errors)
    if terms is not None:
        try:
            with open_work() as work:
                if code not in {line.code for line in currencies.listed(work)}:
                    abort(404)
                clearing_terms.propose(work, code, terms)
        except InvalidBodyError as refused:
            errors |= _told(refused.members["errors"])
        else:
            badge.forget()
            flash(gettext("Proposed. A second person has to approve it."), "success")
            return to("clearing_terms.page")
    return make_response(_form(code, given, errors), 422)


@doors.post("/clearing/terms/<code>/<version>/approve")
def approve(code: str, version: str) -> Response:
    """Let terms that somebody else proposed hold from their month on."""
    try:
        with open_work() as work:
            clearing_terms.approve(work, code, _number(version))
    except ProposalUnknownError:
        abort(404)
    except ProposalClosedError:
        flash(gettext("Somebody decided this meanwhile; nothing was changed."), "danger")
    except FourEyesError:
        flash(gettext("Whoever proposed it can't decide it; ask a second person."), "danger")
    except InvalidBodyError:
        flash(gettext("Their first month has begun; propose them again."), "danger")
    else:
        badge.forget()
        flash(gettext("The terms are agreed; they hold from their first month on."), "success")
    return to("clearing_terms.page")


@doors.post("/clearing/terms/<code>/<version>/decline")
def decline(code: str, version: str) -> Response:
    """Decline terms, or take one's own back."""
    try:
        with open_work() as work:
            clearing_terms.decline(work, code, _number(version))
    except ProposalUnknownError:
        abort(404)
    except ProposalClosedError:
        flash(gettext("Somebody decided this meanwhile; nothing was changed."), "danger")
    else:
        badge.forget()
        flash(gettext("The proposal is closed; the terms stay as they are."), "success")
    return to("clearing_terms.page")


def _number(version: str) -> int:
    if not (version.isascii() and version.isdigit()):
        abort(404)
    return int(version[:9])


def _form(code: str, given: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with open_work() as work:
        lines = {line.code: line for line in currencies.listed(work)}
    if code not in lines:
        abort(404)
    return render_template(
        "admin/clearing/terms_new.html", line=lines[code], given=given, errors=errors, modes=MODES,
        revenues=REVENUES, recognitions=RECOGNITIONS, tab="terms",
    )  # fmt: skip


def _read(given: Mapping[str, str], errors: dict[str, str]) -> Terms | None:
    if not _PERIOD.fullmatch(given.get("effective_from", "")):
        errors["effective_from"] = gettext("Choose a month to come.")
    for name, words in (("mode", MODES), ("revenue", REVENUES), ("recognition", RECOGNITIONS)):
        if given.get(name) not in words:
            errors[name] = gettext("Choose from the list.")
    for name in ("urr_percent", "reserve_percent"):
        text = given.get(name, "").strip()
        if not _PERCENT.fullmatch(text) or Decimal(text) > _ALL:
            errors[name] = gettext("Write a share from 0 to 100.")
    if not _SERIES.fullmatch(given.get("series", "")):
        errors["series"] = gettext("Use up to 12 capital letters, digits, hyphens and slashes.")
    operator = _read_party(given, errors)
    if errors:
        return None
    return Terms(
        effective_from=given["effective_from"], mode=Mode(given["mode"]), revenue=given["revenue"],
        recognition=given["recognition"], urr_percent=Decimal(given["urr_percent"].strip()),
        reserve_ratio=Decimal(given["reserve_percent"].strip()) / _ALL,
        operator=operator,
        series=given["series"],
    )  # fmt: skip


def _read_party(given: Mapping[str, str], errors: dict[str, str]) -> Party:
    texts = {
        name: " ".join(given.get(name, "").split())
        for name in ("name", "tax_number", "account", "bic")
    }
    address = tuple(
        " ".join(line.split()) for line in given.get("address", "").splitlines() if line.strip()
    )
    for name, lines in (
        {each: (text,) for each, text in texts.items()} | {"address": address}
    ).items():
        if len(lines) > _MAX_LINES or any(len(line) > _MAX_TEXT for line in lines):
            errors[name] = gettext("Write at most 6 lines of 140 letters.")
    if is_iban(texts["account"]):
        texts["account"] = texts["account"].replace(" ", "").upper()
    return Party(
        texts["name"], address, texts["tax_number"], texts["account"], texts["bic"].upper()
    )


def _told(faults: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    words = {
        "effective_from": gettext("Choose a month to come."),
        "account": gettext(
            "This is no IBAN or account number, or its BIC has not 8 or 11 letters."
        ),
        "urr_percent": gettext("Write a share above 0 and at most 100."),
    }
    return {name: words.get(name, gettext("This can't be agreed.")) for name in faults}
