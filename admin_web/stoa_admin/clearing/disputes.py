"""Disputes: what is held back and why, what was handed in, and how it ends."""

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import DisputeClosedError, FourEyesError, InvalidBodyError
from stoa.services import disputes, rosters
from stoa.services.disputes import Dispute
from stoa.values.clearing.disputing import OUTCOMES
from stoa_admin.clearing.common import handed, line_name, parties, tag
from stoa_admin.clearing.dispute_list import DISPUTES
from stoa_admin.clearing.words import DISPUTE_STATES, REASON_NAMES
from stoa_admin.front import id_of, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.lists import read
from stoa_admin.room import Room, asks

__all__ = ["doors", "evidence", "hand_in", "note", "page", "resolve", "show", "withdraw"]

doors = Room("disputes", __name__, reads="clearing.read", changes="disputes.change")


@doors.get("/clearing/disputes")
@asks("clearing.read", sees_to_partners=True)
def page() -> str | Response:
    """List disputes, the newest first; a partner's people see those that they are a party of."""
    with open_work() as work:
        names = dict(parties(work).listed())
        listed = read(work, DISPUTES, options={"partner": names})
    return listed.answer("admin/clearing/disputes.html", tab="disputes")


@doors.get("/clearing/disputes/<dispute>")
@asks("clearing.read", sees_to_partners=True)
def show(dispute: str) -> str:
    """Show a dispute: what is held, what was handed in, what happened when."""
    dispute_id = id_of("dsp", dispute)
    with open_work() as work:
        found = disputes.find(work, dispute_id)
        files = disputes.given(work, dispute_id)
        notes = disputes.notes(work, dispute_id=dispute_id)
        known = parties(work)
        names = rosters.staff_names(work)
    return render_template(
        "admin/clearing/dispute.html", found=found, files=files, notes=notes, known=known,
        names=names, states=DISPUTE_STATES, reasons=REASON_NAMES, line_name=line_name,
        address=dispute, may_withdraw=_opened_it(found), may_decide=_decides(found), tab="disputes",
    )  # fmt: skip


@doors.post("/clearing/disputes/<dispute>/withdraw")
@asks("disputes.change", sees_to_partners=True)
def withdraw(dispute: str) -> Response:
    """Take a dispute back."""
    dispute_id = id_of("dsp", dispute)
    try:
        with open_work() as work:
            disputes.withdraw(work, dispute_id, note=_text("reason"))
    except (DisputeClosedError, FourEyesError):
        flash(gettext("It is not open any more, or the other side opened it."), "danger")
    else:
        flash(gettext("Withdrawn: what was held moves with the next period."), "success")
    return to("disputes.show", dispute=dispute)


@doors.post("/clearing/disputes/<dispute>/resolve")
def resolve(dispute: str) -> Response:
    """Decide a dispute: the line is upheld, or credited."""
    dispute_id, outcome = id_of("dsp", dispute), request.form.get("outcome", "")
    try:
        with open_work() as work:
            disputes.find(work, dispute_id)
            if outcome in OUTCOMES:
                disputes.resolve(work, dispute_id, outcome, note=_text("reason"))
    except FourEyesError:
        flash(gettext("Whoever opened it can't decide it; ask a second person."), "danger")
    except DisputeClosedError:
        flash(gettext("Somebody decided this meanwhile; nothing was changed."), "danger")
    except InvalidBodyError:
        flash(gettext("Say why, in at most 2,000 letters."), "danger")
    else:
        flash(gettext("Decided. Both sides are told."), "success")
    return to("disputes.show", dispute=dispute)


@doors.post("/clearing/disputes/<dispute>/evidence")
@asks("disputes.change", sees_to_partners=True)
def hand_in(dispute: str) -> Response:
    """Keep a file with an open dispute."""
    dispute_id, file = id_of("dsp", dispute), request.files.get("evidence")
    try:
        with open_work() as work:
            disputes.find(work, dispute_id)
            name, data = (file.filename or "evidence", file.stream.read()) if file else ("", b"")
            disputes.add_evidence(work, dispute_id, name, data)
    except InvalidBodyError:
        flash(gettext("Hand in a PDF, PNG, JPEG, CSV or text."), "danger")
    except DisputeClosedError:
        flash(gettext("Somebody decided this meanwhile; nothing was changed."), "danger")
    else:
        flash(gettext("The file is kept."), "success")
    return to("disputes.show", dispute=dispute)


@doors.get("/clearing/disputes/<dispute>/evidence/<int:number>")
@asks("clearing.read", sees_to_partners=True)
def evidence(dispute: str, number: int) -> Response:
    """Hand a file over as it came, always as a download."""
    with open_work() as work:
        found = disputes.evidence_of(work, id_of("dsp", dispute), number)
    answer = make_response(found.content)
    answer.headers["Content-Type"] = "application/octet-stream"
    answer.headers.set("Content-Disposition", "attachment", filename=_plain(found.name))
    return answer


@doors.get("/clearing/credit-notes/<credit>/paper.<kind>")
@asks("clearing.read", sees_to_partners=True)
def note(credit: str, kind: str) -> Response:
    """Hand a credit note over: JSON, CSV, a workbook or a PDF."""
    with open_work() as work:
        found = disputes.note_of(work, id_of("crn", credit))
    if kind not in ("json", "csv", "xlsx", "pdf"):
        kind = "pdf"
    return handed(disputes.note_paper(found, kind, language=tag()))


def _opened_it(found: Dispute) -> bool:
    mine = found.opened_for == person().partner_id
    return found.state == "open" and mine and person().may("disputes.change")


def _decides(found: Dispute) -> bool:
    me = person()
    return (
        found.state == "open" and me.partner_id is None and me.may("disputes.change")
        and found.opened_by != me.actor.name
    )  # fmt: skip


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _plain(name: str) -> str:
    return "".join(
        each if each.isascii() and (each.isalnum() or each in "-_.") else "_" for each in name
    )
