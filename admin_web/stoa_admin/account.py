"""One's own account: password, language and time zone, and where one is signed in."""

from zoneinfo import available_timezones

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import staff
from stoa_admin import gate, language
from stoa_admin.devices import device
from stoa_admin.front import id_of, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import SIGNED_IN, Room
from stoa_admin.welcome import weak_password

__all__ = ["change_password", "doors", "end", "look", "page", "read"]

doors = Room("account", __name__, reads=SIGNED_IN, changes=SIGNED_IN)


@doors.get("/account")
def page() -> str:
    """Show one's own account."""
    return _page({})


@doors.post("/account/password")
def change_password() -> Response:
    """Change one's own password; one's other sessions end."""
    old, new = request.form.get("old", ""), request.form.get("password", "")
    errors = {}
    if new != request.form.get("again", ""):
        errors["again"] = gettext("The two are not the same.")
    else:
        try:
            with open_work() as work:
                staff.change_password(work, person().id, old, new, but=gate.token())
        except InvalidBodyError as refused:
            told = {"old": gettext("This is not your password."), "password": weak_password()}
            errors = {field: told[field] for field in refused.members["errors"]}
    if errors:
        return make_response(_page(errors), 422)
    flash(gettext("Your password is changed; your other browsers are signed out."), "success")
    return to("account.page")


@doors.post("/account/reading")
def read() -> Response:
    """Keep in which language and time zone one reads."""
    tag, zone = request.form.get("language", ""), request.form.get("zone", "")
    try:
        with open_work() as work:
            staff.set_reading(work, person().id, language=tag, zone=zone)
    except InvalidBodyError:
        return make_response(_page({"zone": gettext("Choose a time zone.")}), 422)
    flash(gettext("Pages are written so from now on."), "success")
    response = to("account.page")
    language.remember(response, tag)
    return response


@doors.post("/account/looks")
def look() -> Response:
    """Keep light or dark, how many rows of a list are read at once, and shortcuts on or off."""
    form = request.form
    theme, rows = form.get("theme", ""), form.get("page_rows", "")
    try:
        with open_work() as work:
            staff.set_looks(
                work, person().id, theme=theme, page_rows=int(rows) if rows.isdecimal() else 0,
                shortcuts=bool(form.get("shortcuts")),
            )  # fmt: skip
    except InvalidBodyError:
        return make_response(_page({"looks": gettext("Choose from the lists.")}), 422)
    flash(gettext("Pages look so from now on."), "success")
    response = to("account.page")
    response.delete_cookie("stoa_theme", path="/admin")
    return response


@doors.post("/account/sessions/end")
def end() -> Response:
    """End one of one's sessions, or all others where none is named."""
    named = request.form.get("session", "")
    with open_work() as work:
        session_id = id_of("ses", named) if named else None
        staff.end_sessions(work, person().id, session_id, but=gate.token())
    flash(gettext("You are signed out there."), "success")
    return to("account.page")


def _page(errors: dict[str, str]) -> str:
    with open_work() as work:
        sessions = staff.sessions_of(work, person().id, token=gate.token())
    return render_template(
        "admin/account.html", sessions=sessions, device=device, errors=errors,
        zones=sorted(zone for zone in available_timezones() if "/" in zone),
        page_rows=staff.PAGE_ROWS, least=staff.MIN_PASSWORD, tab="account",
    )  # fmt: skip
