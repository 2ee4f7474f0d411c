"""Parking: who is inside now, what is odd, what was quoted; and plates that are unbound."""

from flask import flash, render_template, request
from werkzeug import Response

from stoa.errors import PlateUnknownError
from stoa.services import plates, stays
from stoa.values.identifiers import public_id
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = ["doors", "page", "unbind"]

doors = Room("parking", __name__, reads="parking.read", changes="parking.change")

_PAGE = 50
_MAX_REASON = 200
_VIEWS = {
    "inside": noted("Inside now"),
    "all": noted("All stays"),
    "odd": noted("Odd ones"),
    "quoted": noted("With a quote"),
}


@doors.get("/parking")
def page() -> str:
    """Show the stays of all car parks: those inside now, all, the odd ones, or those quoted."""
    view = request.args.get("view", "inside")
    view = view if view in _VIEWS else "inside"
    search = request.args.get("q", "")[:32]
    before = id_of("sty", request.args["before"]) if request.args.get("before") else None
    with open_work() as work:
        found = stays.everywhere(
            work, state=view if view in stays.STATES else None, plate=search,
            quoted=view == "quoted", before=before, limit=_PAGE + 1,
        )  # fmt: skip
        counts, now = stays.counts(work), work.now()
    shown = found[:_PAGE]
    return render_template(
        "admin/parking.html", shown=shown, counts=counts, now=now, view=view, views=_VIEWS,
        search=search, more=public_id("sty", shown[-1].stay.id) if len(found) > _PAGE else None,
    )  # fmt: skip


@doors.post("/members/<member>/plates/<plate>/unbind")
def unbind(member: str, plate: str) -> Response:
    """Let a plate lead to the member no longer, whoever bound it."""
    member_id = id_of("mem", member)
    reason = " ".join(request.form.get("reason", "").split())[:_MAX_REASON]
    if not reason:
        flash(gettext("Say why: the reason is kept in the audit trail."), "danger")
        return to("members.page", member=member)
    try:
        with open_work() as work:
            plates.release(work, member_id, plate, reason=reason)
    except PlateUnknownError:
        flash(gettext("The member has no such plate any more."), "danger")
        return to("members.page", member=member)
    flash(gettext("The plate is unbound."), "success")
    return to("members.page", member=member)
