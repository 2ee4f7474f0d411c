"""The page behind an invitation: whoever has the link chooses a password."""

from flask import flash, g, make_response, render_template, request, session
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import staff
from stoa_admin.front import NOBODY, front, to
from stoa_admin.language import gettext
from stoa_admin.room import ANYBODY, Room

__all__ = ["choose", "doors", "page", "weak_password"]

doors = Room("welcome", __name__, reads=ANYBODY, changes=ANYBODY)


@doors.get("/welcome/<token>")
def page(token: str) -> Response:
    """Show the form, or say that the link works no longer."""
    return _page(token)


@doors.post("/welcome/<token>")
def choose(token: str) -> Response:
    """Take the password and lead to the sign-in."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _page(token, gettext("The two are not the same."))
    try:
        with front().desk.work(NOBODY) as work:
            accepted = staff.accept(work, token, password)
    except InvalidBodyError:
        return _page(token, weak_password())
    if accepted is None:
        return _page(token)
    session.clear()
    flash(gettext("Your password is kept. Sign in with it."), "success")
    return to("sign_in.page")


def weak_password() -> str:
    """Return what is told of a password that is easy to guess."""
    return gettext(
        "Use at least %(least)d characters that are hard to guess: several words that do not"
        " belong together.",
        least=staff.MIN_PASSWORD,
    )


def _page(token: str, wrong: str = "") -> Response:
    with front().desk.work(NOBODY) as work:
        invited = staff.invited(work, token)
    g.person = None  # the page is the invited person's, whoever is signed in here
    page = render_template(
        "admin/welcome.html", invited=invited, wrong=wrong, token=token, least=staff.MIN_PASSWORD
    )
    status = 404 if invited is None else 422 if wrong else 200
    return make_response(page, status)
