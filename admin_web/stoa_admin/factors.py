"""One's second factor: an authenticator set up with a QR code, and recovery codes."""

from urllib.parse import urlsplit

import segno
from flask import abort, flash, g, make_response, render_template, request
from werkzeug import Response

from stoa.services import staff
from stoa.services.staff import Fresh
from stoa_admin.confirming import confirmed
from stoa_admin.front import front, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import SIGNED_IN, Room

__all__ = ["begin", "doors", "end", "page", "prove", "renew"]

doors = Room("factors", __name__, reads=SIGNED_IN, changes=SIGNED_IN)


@doors.get("/account/second-factor")
def page() -> str:
    """Show how the second factor stands."""
    return _page()


@doors.post("/account/second-factor")
@confirmed
def begin() -> Response:
    """Make a secret and show it, this once; it counts when a code of it was typed."""
    if person().second_factor:
        abort(404)
    key, host = front().settings.secret_key, urlsplit(front().settings.public_url).netloc
    with open_work() as work:
        fresh = staff.begin_factor(work, person(), key=key, issuer=f"Stoa {host}")
    return make_response(_page(fresh=fresh), 201)


@doors.post("/account/second-factor/prove")
def prove() -> Response:
    """Let it count; show the recovery codes, this once."""
    key = front().settings.secret_key
    with open_work() as work:
        codes = staff.prove_factor(work, person().id, request.form.get("code", ""), key=key)
    if not codes:
        flash(gettext("This code does not fit. Nothing was changed; begin anew."), "danger")
        return to("factors.page")
    return _with_codes(codes)


@doors.post("/account/second-factor/codes")
@confirmed
def renew() -> Response:
    """Make new recovery codes; those before are no good any more."""
    if not person().second_factor:
        abort(404)
    with open_work() as work:
        codes = staff.renew_codes(work, person().id)
    return _with_codes(codes)


@doors.post("/account/second-factor/end")
@confirmed
def end() -> Response:
    """Sign in with the password alone again."""
    with open_work() as work:
        staff.end_factor(work, person().id)
    flash(gettext("You sign in with the password alone again."), "success")
    return to("factors.page")


def _with_codes(codes: list[str]) -> Response:
    return make_response(_page(codes=codes, on=True), 201)


def _page(*, fresh: Fresh | None = None, codes: list[str] | None = None, on: bool = False) -> str:
    with open_work() as work:
        left = staff.codes_left(work, person().id)
    picture = ""
    if fresh is not None:
        code = segno.make(fresh.uri, error="m")
        picture = code.svg_data_uri(scale=4, border=4, light="#fff")
    return render_template(
        "admin/second_factor.html", fresh=fresh, codes=codes, left=left,
        on=on or person().second_factor, picture=picture,
        needed=g.get("needs_factor", False),
    )  # fmt: skip
