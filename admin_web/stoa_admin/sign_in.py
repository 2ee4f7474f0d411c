"""The way in and out: e-mail and password for a session that can be revoked."""

from flask import (
    Response,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
)
from werkzeug import Response as AnyResponse

from stoa.services import staff
from stoa_admin import gate, language
from stoa_admin.front import NOBODY, front, to
from stoa_admin.language import gettext, ngettext
from stoa_admin.room import ANYBODY, SIGNED_IN, Room, asks

__all__ = ["doors", "enter", "leave", "page"]

doors = Room("sign_in", __name__, reads=ANYBODY, changes=ANYBODY)

_MINUTE_S = 60


@doors.get("/sign-in")
def page() -> AnyResponse | str:
    """Show the form, or the first page to who is signed in already."""
    if g.person is not None:
        return redirect(gate.local_path(request.args.get("next")), code=303)
    return render_template("admin/sign_in.html", next=request.args.get("next", ""))


@doors.post("/sign-in")
def enter() -> AnyResponse:
    """Open a session; the answer to a wrong password and an unknown address is the same."""
    email = request.form.get("email", "")
    address = request.remote_addr or "unknown"
    with front().desk.work(NOBODY) as work:
        made = staff.sign_in(
            work, email, request.form.get("password", ""), address=address,
            agent=request.user_agent.string,
        )  # fmt: skip
    if made.person is None:
        return _refused(made.retry_after_s, email)
    session.clear()
    response = redirect(gate.local_path(request.form.get("next")), code=303)
    response.set_cookie(
        gate.COOKIE,
        made.token,
        max_age=int(staff.LONGEST.total_seconds()),
        path="/admin",
        secure=front().settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    language.remember(response, made.person.language)
    return response


@doors.post("/sign-out")
@asks(SIGNED_IN)
def leave() -> AnyResponse:
    """End the session here and in the database."""
    with front().desk.work(g.person.actor) as work:
        staff.sign_out(work, request.cookies.get(gate.COOKIE, ""))
    session.clear()
    flash(gettext("You are signed out."), "success")
    response = to("sign_in.page")
    response.delete_cookie(gate.COOKIE, path="/admin")
    return response


def _refused(retry_after_s: int, email: str) -> Response:
    wrong = gettext("E-mail address and password do not belong together.")
    if retry_after_s:
        minutes = -(-retry_after_s // _MINUTE_S)
        wrong = ngettext(
            "Too many failed attempts. Try again in %(num)d minute.",
            "Too many failed attempts. Try again in %(num)d minutes.",
            minutes,
        )
    asked_next = request.form.get("next", "")
    text = render_template("admin/sign_in.html", next=asked_next, wrong=wrong, email=email)
    response = make_response(text, 429 if retry_after_s else 422)
    if retry_after_s:
        response.headers["Retry-After"] = str(retry_after_s)
    return response
