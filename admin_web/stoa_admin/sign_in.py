"""The way in and out: e-mail and password for a session that can be revoked."""

from uuid import UUID

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
from stoa.services.staff import Person, SignIn
from stoa_admin import gate, language
from stoa_admin.confirming import too_many
from stoa_admin.front import NOBODY, front, to
from stoa_admin.language import gettext
from stoa_admin.room import ANYBODY, SIGNED_IN, Room, asks

__all__ = ["doors", "enter", "leave", "page", "second"]

doors = Room("sign_in", __name__, reads=ANYBODY, changes=ANYBODY)

_HALF = "half"
_HALF_S = 300


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
    if made.half is not None:
        session.clear()
        session[_HALF] = [str(made.half.id), int(front().desk.clock().timestamp()) + _HALF_S]
        return make_response(_second_page(""))
    if made.person is None:
        return _refused(made.retry_after_s, email)
    return _let_in(made, made.person)


@doors.post("/sign-in/second")
def second() -> AnyResponse:
    """Open the session of whoever gave the password before, by a code."""
    staff_id, until = session.get(_HALF, ["", 0])
    if not staff_id or until < front().desk.clock().timestamp():
        return to("sign_in.page")
    with front().desk.work(NOBODY) as work:
        made = staff.finish_sign_in(
            work, UUID(staff_id), request.form.get("code", ""), key=front().settings.secret_key,
            address=request.remote_addr or "unknown", agent=request.user_agent.string,
        )  # fmt: skip
    if made.person is not None:
        return _let_in(made, made.person)
    if made.retry_after_s:
        response = make_response(_second_page(too_many(made.retry_after_s)), 429)
        response.headers["Retry-After"] = str(made.retry_after_s)
        return response
    wrong = gettext("This code does not fit, or it was used already.")
    return make_response(_second_page(wrong), 422)


def _second_page(wrong: str) -> str:
    return render_template("admin/second_step.html", next=request.form.get("next", ""), wrong=wrong)


def _let_in(made: SignIn, person: Person) -> AnyResponse:
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
    language.remember(response, person.language)
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
        wrong = too_many(retry_after_s)
    asked_next = request.form.get("next", "")
    text = render_template("admin/sign_in.html", next=asked_next, wrong=wrong, email=email)
    response = make_response(text, 429 if retry_after_s else 422)
    if retry_after_s:
        response.headers["Retry-After"] = str(retry_after_s)
    return response
