"""Mergers: find the other membership of a person, see what would move, confirm."""

from flask import flash, render_template, request
from werkzeug import Response

from stoa.errors import StoaError
from stoa.services import mergers, rosters
from stoa.values.identifiers import public_id
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["doors", "merge", "page"]

doors = Room("mergers", __name__, reads="members.read", changes="members.merge")

_MAX_REASON = 200


@doors.get("/members/<member>/merge")
def page(member: str) -> str:
    """Show who may go on for a member, and what would move there."""
    member_id = id_of("mem", member)
    search = request.args.get("q", "")[:100].strip()
    into = request.args.get("into", "")
    with open_work() as work:
        sheet = rosters.member(work, member_id)
        lines = rosters.find_members(work, search).lines if search else ()
        prospect = other = None
        if into:
            other = rosters.member(work, id_of("mem", into))
            try:
                prospect = mergers.prospect(work, member_id, other.id)
            except StoaError:
                flash(_refusal(), "danger")
    return render_template(
        "admin/merge.html",
        sheet=sheet,
        member=member,
        search=search,
        found=[line for line in lines if line.id != member_id and line.status != "merged"],
        other=other,
        into=into,
        prospect=prospect,
    )


@doors.post("/members/<member>/merge")
def merge(member: str) -> Response:
    """Merge a member into another one, for ever."""
    member_id = id_of("mem", member)
    new_id = id_of("mem", request.form.get("into", ""))
    reason = " ".join(request.form.get("reason", "").split())[:_MAX_REASON]
    if not reason:
        flash(gettext("Say why: the reason is kept in the audit trail."), "danger")
        return to("mergers.page", member=member, into=public_id("mem", new_id))
    try:
        with open_work() as work:
            mergers.merge(work, member_id, new_id, reason=reason)
    except StoaError:
        flash(_refusal(), "danger")
        return to("mergers.page", member=member)
    flash(gettext("The two members are one now."), "success")
    return to("members.page", member=public_id("mem", new_id))


def _refusal() -> str:
    return gettext("These two can't be merged: each must be active, and not merged before.")
