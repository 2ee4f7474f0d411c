"""Statements: all that are frozen, one as on paper, what is behind each line, and a dispute."""

import hashlib
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import DisputeWindowError, InvalidBodyError
from stoa.services import clearing, disputes, journal
from stoa.services.clearing import Frozen
from stoa.services.disputes import Claim
from stoa.services.papers import Paper
from stoa.values.clearing.disputing import DISPUTABLE, REASONS
from stoa.values.clearing.statements import Statement, StatementLine
from stoa.values.clearing.wording import statement_sheet
from stoa.work import Work
from stoa_admin.clearing.amounts import minor_in
from stoa_admin.clearing.common import (
    Parties,
    handed,
    line_name,
    parties,
    period_in,
    points_currency,
    tag,
    written,
)
from stoa_admin.clearing.words import REASON_NAMES
from stoa_admin.front import open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import Room, asks

__all__ = ["dispute", "doors", "entries", "page", "paper", "show", "verified"]

doors = Room("statements", __name__, reads="clearing.read")

_STATES = ("disputed", "open", "accepted")
_MOST, _ENTRIES, _DISPUTES = 400, 100, 1000


@doors.get("/clearing/statements")
@asks("clearing.read", sees_to_partners=True)
def page() -> str:
    """List the frozen statements; a partner's people see their own."""
    asked = {name: request.args.get(name, "") for name in ("period", "code", "state")}
    period = period_in(asked["period"]) if asked["period"] else ""
    with open_work() as work:
        known = parties(work)
        mine = person().partner_id
        months = [] if mine else [each.period for each in _closed(work)]
        if months and not request.args:  # the newest unless something else is asked for
            period = asked["period"] = months[0]
        partner_id = mine or known.id_of(asked["code"])
        kept = clearing.statements_of(
            work, currency=points_currency(), period=period, partner_id=partner_id, limit=_MOST
        )
        held = {each.statement_id for each in disputes.listed(work, state="open", limit=_DISPUTES)}
        today = work.today()
    rows = [(each, each.statement) for each in kept if mine is None or each.partner_id == mine]
    told = [(each, paper, _state(each, paper, held, today)) for each, paper in rows]
    if asked["state"] in _STATES:
        told = [row for row in told if row[2] == asked["state"]]
    return render_template(
        "admin/clearing/statements.html", rows=told, known=known, asked=asked, months=months,
        own=mine, any=bool(rows), tab="statements",
    )  # fmt: skip


@doors.get("/clearing/statements/<statement>")
@asks("clearing.read", sees_to_partners=True)
def show(statement: str) -> str:
    """Show a statement as on paper; each line leads to its entries."""
    return _page(statement, {}, {})


@doors.get("/clearing/statements/<statement>/verified")
@asks("clearing.read", sees_to_partners=True)
def verified(statement: str) -> Response:
    """Reckon a statement again: from the entries for the operator, from its bytes for a partner."""
    with open_work() as work:
        kept = _mine(work, statement)
        fits = hashlib.sha256(kept.document.encode()).hexdigest() == kept.sha256
        if person().partner_id is None:
            wrong = clearing.verify(work, kept.period, currency=kept.points_currency)
            fits = fits and not any(each.no in ("", kept.no) for each in wrong)
    if fits:
        told = (
            gettext("Its bytes have this hash.")
            if person().partner_id
            else gettext("Reckoned again from the entries: the same, byte for byte.")
        )
        flash(told, "success")
    else:
        flash(gettext("It comes out otherwise than it was frozen: tell your auditor."), "danger")
    return to("statements.show", statement=statement)


@doors.get("/clearing/statements/<statement>/paper.<kind>")
@asks("clearing.read", sees_to_partners=True)
def paper(statement: str, kind: str) -> Response:
    """Hand a statement over in the reader's language: JSON, CSV, a workbook or a PDF."""
    with open_work() as work:
        kept = _mine(work, statement)
    if kind == "json":
        return handed(Paper(kept.document.encode(), "application/json", f"{kept.no}.json"))
    sheet = statement_sheet(kept.statement, language=tag(), at=kept.issued_at)
    return written(sheet, kind, back=to("statements.show", statement=statement))


@doors.get("/clearing/statements/<statement>/lines/<int:number>")
@asks("clearing.read", sees_to_partners=True)
def entries(statement: str, number: int) -> str:
    """Show the entries of the journal behind a line."""
    with open_work() as work:
        kept = _mine(work, statement)
        lines = kept.statement.lines
        if not 0 < number <= len(lines):
            abort(404)
        line, known = lines[number - 1], parties(work)
        partner_id, other_id = _sides(kept, line, known)
        found = journal.entries_of(
            work, kept.points_currency, kept.period, line=line.line, partner_id=partner_id,
            other_id=other_id, after=request.args.get("after", 0, int), limit=_ENTRIES + 1,
        )  # fmt: skip
    return render_template(
        "admin/clearing/entries.html", found=found[:_ENTRIES], more=len(found) > _ENTRIES,
        known=known, period=kept.period, line=line.line, line_name=line_name, tab="statements",
        back=("statements.show", {"statement": statement}, kept.no),
        here_door=("statements.entries", {"statement": statement, "number": number}),
    )  # fmt: skip


@doors.post("/clearing/statements/<statement>/disputes")
@asks("disputes.change", sees_to_partners=True)
def dispute(statement: str) -> Response:
    """Dispute a part of a line."""
    form, errors = request.form, dict[str, str]()
    with open_work() as work:
        kept = _mine(work, statement)
    claim = _claim(form, kept.statement, errors)
    if claim is not None and not errors:
        try:
            with open_work() as work:
                opened = disputes.open_dispute(work, kept.id, claim)
        except DisputeWindowError:
            errors["line"] = gettext("Its window is over: the statement is accepted.")
        except InvalidBodyError as refused:
            errors |= _told(refused.members["errors"])
        else:
            flash(
                gettext("Disputed. What is disputed is held back until it is decided."), "success"
            )
            return to("disputes.show", dispute=opened.public_id)
    return make_response(_page(statement, form.to_dict(), errors), 422)


def _page(statement: str, given: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with open_work() as work:
        kept = _mine(work, statement)
        known = parties(work)
        found = disputes.listed(work, statement_id=kept.id)
        today = work.today()
    sheet = kept.statement
    until = sheet.disputes_until
    may = kept.partner_id is not None and until is not None and today <= until
    return render_template(
        "admin/clearing/statement.html", kept=kept, paper=sheet, address=statement, known=known,
        line_name=line_name, disputes=found, given=given, errors=errors, reasons=REASON_NAMES,
        words=statement_sheet(sheet, language=tag(), at=kept.issued_at),
        disputable=[
            (str(number), each)
            for number, each in enumerate(sheet.lines, 1)
            if each.line in DISPUTABLE and each.minor and not each.memo
        ] if may else [],
        state=_state(
            kept, sheet, {each.statement_id for each in found if each.state == "open"}, today
        ),
        tab="statements",
    )  # fmt: skip


def _mine(work: Work, statement: str) -> Frozen:
    """Return a statement; another partner's is to a partner's people as if there were none."""
    kept = clearing.statement(work, statement)
    mine = person().partner_id
    if mine is not None and kept.partner_id != mine:
        abort(404)
    return kept


def _closed(work: Work) -> list[clearing.Period]:
    found = clearing.periods(work, points_currency())
    return [each for each in reversed(found) if each.closed]


def _state(kept: Frozen, sheet: Statement, held: set[UUID], today: date) -> str:
    if kept.id in held:
        return "disputed"
    until = sheet.disputes_until
    return "open" if until is not None and today <= until else "accepted"


def _sides(kept: Frozen, line: StatementLine, known: Parties) -> tuple[UUID | None, UUID | None]:
    """Return whose entries are behind a line, and with whom."""
    other = known.id_of(line.counterparty)
    if kept.partner_id is None:
        return other, journal.OPERATOR
    if line.memo:
        return kept.partner_id, kept.partner_id
    return kept.partner_id, other or journal.OPERATOR


def _claim(form: Mapping[str, str], sheet: Statement, errors: dict[str, str]) -> Claim | None:
    number, points, amount = (form.get(name, "").strip() for name in ("line", "points", "amount"))
    if not number.isascii() or not number.isdigit() or not 0 < int(number[:6]) <= len(sheet.lines):
        errors["line"] = gettext("Choose from the list.")
        return None
    line = sheet.lines[int(number[:6]) - 1]
    minor = minor_in(amount, sheet.money_currency) if amount else None
    if amount and minor is None:
        errors["amount"] = gettext("Write an amount such as 200.00.")
    if points and not (points.isascii() and points.isdigit()):
        errors["points"] = gettext("Write a whole number.")
    if bool(points) == bool(amount):
        errors["points"] = gettext("Write either points or an amount.")
    if form.get("reason", "") not in REASONS:
        errors["reason"] = gettext("Choose from the list.")
    if not form.get("text", "").strip():
        errors["text"] = gettext("Say why.")
    if errors:
        return None
    file = request.files.get("evidence")
    handed_in = (
        (file.filename or "evidence", file.stream.read()) if file and file.filename else None
    )
    return Claim(
        line.line, line.counterparty, points=int(points[:12]) if points else None, minor=minor,
        reason=form["reason"], text=form["text"].strip(), evidence=handed_in,
    )  # fmt: skip


def _told(errors: Mapping[str, list[str]]) -> dict[str, str]:
    words = {
        "points": gettext("So many points of this line can't be disputed."),
        "amount": gettext("So much of this line can't be disputed."),
        "text": gettext("Say why, in at most 2,000 letters."),
        "evidence": gettext("Hand in a PDF, PNG, JPEG, CSV or text."),
    }
    return {name: words.get(name, gettext("Choose from the list.")) for name in errors}
