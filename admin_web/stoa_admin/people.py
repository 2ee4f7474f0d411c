"""People who sign in here: the operator's, and each partner's at that partner's pages.

A person is invited by a link that works once: by letter where letters are sent, else it is shown
to whoever invites, this once. The same pages stand at two addresses; under a partner's own they
know that partner's people alone.
"""

from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import IdentifierTakenError, InvalidBodyError
from stoa.services import mail, rosters, staff
from stoa.services.rosters import PartnerLine
from stoa.services.staff import Person
from stoa.values.letters import staff_invitation
from stoa.values.roles import OPERATOR_ROLES, PARTNER_ROLES
from stoa.work import Work
from stoa_admin.confirming import confirmed
from stoa_admin.devices import device
from stoa_admin.front import front, id_of, open_work, person, to
from stoa_admin.language import gettext, language
from stoa_admin.role_names import ROLE_TEXTS
from stoa_admin.room import Room
from stoa_admin.trail import readable

__all__ = ["change_role", "dismiss", "doors", "end", "end_factor", "invite", "link", "page", "show"]

doors = Room("people", __name__, reads="staff.read", changes="staff.change")

_DAY = timedelta(days=1)


class Link(NamedTuple):
    """A link that is shown this once, and for whom."""

    name: str
    address: str


@doors.get("/staff")
@doors.get("/partners/<partner>/people")
def page(partner: str = "") -> str:
    """List who may sign in."""
    return _page(partner)


@doors.post("/staff")
@doors.post("/partners/<partner>/people")
@confirmed
def invite(partner: str = "") -> Response:
    """Give somebody an account, and a link by which they choose a password."""
    given = {field: request.form.get(field, "").strip() for field in ("email", "name", "role")}
    try:
        with open_work() as work:
            staff_id, token = staff.invite(
                work, given["email"], given["name"], role=given["role"],
                partner_id=_house(work, partner),
            )  # fmt: skip
            invited = _somebody(work, staff_id, partner)
            shown = _send(work, invited, token)
    except IdentifierTakenError:
        wrong = {"email": gettext("This address has an account already.")}
        return make_response(_page(partner, given=given, errors=wrong), 422)
    except InvalidBodyError as refused:
        told = {
            "email": gettext("Write an e-mail address such as name@example.org."),
            "name": gettext("Write a name of at most 120 characters."),
            "role": gettext("Choose a role."),
        }
        wrong = {field: told[field] for field in refused.members["errors"] if field in told}
        return make_response(_page(partner, given=given, errors=wrong), 422)
    return _linked(partner, shown)


@doors.get("/staff/<staff_id>")
@doors.get("/partners/<partner>/people/<staff_id>")
def show(staff_id: str, partner: str = "") -> str:
    """Show one person: the role, where they are signed in, what was changed of them."""
    with open_work() as work:
        found = _somebody(work, id_of("stf", staff_id), partner)
        line = _line(work, partner)
        sessions = staff.sessions_of(work, found.id)
        factor = staff.has_factor(work, found.id)
        changes = readable(rosters.changes(work, [staff_id]))
    return render_template(
        "admin/partner_person.html" if line else "admin/person.html",
        partner=line, found=found, address=staff_id, sessions=sessions, device=device,
        changes=changes, factor=factor, roles=PARTNER_ROLES if found.partner_id else OPERATOR_ROLES,
        texts=ROLE_TEXTS, tab="people",
    )  # fmt: skip


@doors.post("/staff/<staff_id>/role")
@doors.post("/partners/<partner>/people/<staff_id>/role")
@confirmed
def change_role(staff_id: str, partner: str = "") -> Response:
    """Give a person another role."""
    try:
        with open_work() as work:
            found = _somebody(work, id_of("stf", staff_id), partner)
            staff.set_role(work, found.id, request.form.get("role", ""))
    except InvalidBodyError as refused:
        _refuse(refused)
    else:
        told = gettext("%(name)s has another role now, and signs in anew.", name=found.name)
        flash(told, "success")
    return _back(staff_id, partner)


@doors.post("/staff/<staff_id>/dismiss")
@doors.post("/partners/<partner>/people/<staff_id>/dismiss")
@confirmed
def dismiss(staff_id: str, partner: str = "") -> Response:
    """Close a person's account."""
    try:
        with open_work() as work:
            found = _somebody(work, id_of("stf", staff_id), partner)
            staff.dismiss(work, found.id)
    except InvalidBodyError as refused:
        _refuse(refused)
    else:
        flash(gettext("%(name)s can't sign in any more.", name=found.name), "success")
    return _back(staff_id, partner)


@doors.post("/staff/<staff_id>/link")
@doors.post("/partners/<partner>/people/<staff_id>/link")
@confirmed
def link(staff_id: str, partner: str = "") -> Response:
    """Send a new link, to who did not use the first one or lost the password."""
    try:
        with open_work() as work:
            found = _somebody(work, id_of("stf", staff_id), partner)
            shown = _send(work, found, staff.invite_again(work, found.id))
    except InvalidBodyError as refused:
        _refuse(refused)
        return _back(staff_id, partner)
    return _linked(partner, shown)


@doors.post("/staff/<staff_id>/factor/end")
@doors.post("/partners/<partner>/people/<staff_id>/factor/end")
@confirmed
def end_factor(staff_id: str, partner: str = "") -> Response:
    """End the second factor of somebody who lost it; they sign in with the password alone."""
    with open_work() as work:
        found = _somebody(work, id_of("stf", staff_id), partner)
        staff.end_factor(work, found.id)
        staff.end_sessions(work, found.id)
    flash(
        gettext(
            "%(name)s signs in with the password alone, and may set it up anew.", name=found.name
        ),
        "success",
    )
    return _back(staff_id, partner)


@doors.post("/staff/<staff_id>/sessions/end")
@doors.post("/partners/<partner>/people/<staff_id>/sessions/end")
def end(staff_id: str, partner: str = "") -> Response:
    """End one session of a person, or all where none is named."""
    named = request.form.get("session", "")
    with open_work() as work:
        found = _somebody(work, id_of("stf", staff_id), partner)
        staff.end_sessions(work, found.id, id_of("ses", named) if named else None)
    flash(gettext("%(name)s is signed out there.", name=found.name), "success")
    return _back(staff_id, partner)


def _page(
    partner: str,
    *,
    given: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    shown: Link | None = None,
) -> str:
    with open_work() as work:
        line = _line(work, partner)
        people = staff.everyone(work, partner_id=line.id if line else None)
        names = {} if line else {each.id: each.name for each in rosters.find_partners(work)}
    people.sort(key=lambda each: (not each.active, each.partner_id is not None))
    roles = PARTNER_ROLES if line else OPERATOR_ROLES
    return render_template(
        "admin/partner_people.html" if line else "admin/people.html",
        partner=line, people=people, names=names, given=given or {"role": roles[-1]},
        errors=errors or {}, shown=shown, roles=roles, texts=ROLE_TEXTS, tab="people",
        days=staff.INVITED_FOR // _DAY, letters=bool(front().settings.smtp_url),
    )  # fmt: skip


def _line(work: Work, partner: str) -> PartnerLine | None:
    return rosters.partner(work, id_of("prt", partner)) if partner else None


def _house(work: Work, partner: str) -> UUID | None:
    line = _line(work, partner)
    return line.id if line else None


def _somebody(work: Work, staff_id: UUID, partner: str) -> Person:
    """Return a person; under a partner's address one of that partner's people alone."""
    found = staff.find(work, staff_id)
    if found is None or (partner and found.partner_id != _house(work, partner)):
        abort(404)
    return found


def _send(work: Work, invited: Person, token: str) -> Link | None:
    """Send the link by letter; return it where no letters are sent."""
    base = front().settings.public_url
    address = f"{base}/admin/welcome/{token}"
    if not front().settings.smtp_url:
        return Link(invited.name, address)
    letter = staff_invitation(
        address, by=person().name, host=urlsplit(base).netloc, days=staff.INVITED_FOR // _DAY,
        language=invited.language or language().replace("_", "-"),
    )  # fmt: skip
    mail.queue(work, invited.email, letter, ends_at=work.now() + staff.INVITED_FOR)
    return None


def _linked(partner: str, shown: Link | None) -> Response:
    if shown is not None:
        return make_response(_page(partner, shown=shown), 201)
    flash(gettext("A letter with the link is on its way."), "success")
    return to("people.page", partner=partner) if partner else to("people.page")


def _back(staff_id: str, partner: str) -> Response:
    more = {"partner": partner} if partner else {}
    return to("people.show", staff_id=staff_id, **more)


def _refuse(refused: InvalidBodyError) -> None:
    own = "staff" in refused.members["errors"]
    told = gettext("Another administrator has to do this to you.")
    flash(told if own else gettext("Choose a role."), "danger")
