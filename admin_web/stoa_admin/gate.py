"""The gate before every room: a live session, a CSRF token, a role; and the headers of each answer.

Each door says which permission it asks for (`stoa_admin.room`); one that says nothing is closed.
A partner's people come in where the address names their partner: another partner's pages are to
them as if there were none.
"""

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import ValidationError, generate_csrf, validate_csrf  # type: ignore[import-untyped]
from werkzeug import Response as AnyResponse

from stoa.services import staff
from stoa.values.identifiers import uuid_of
from stoa_admin.front import NOBODY, FrontSettings, by_htmx, front, person
from stoa_admin.room import ANYBODY, READING, SIGNED_IN, asked, is_for_partners, most_bytes

__all__ = [
    "COOKIE",
    "admit",
    "csrf_token",
    "keep_secrets",
    "local_path",
    "opens",
    "protect",
    "token",
]

COOKIE = "stoa_staff"
"""Holds the session's token; the database knows only its SHA-256."""

_WITHOUT_FACTOR = ("admin.factors.", "admin.sign_in.leave")
_MAX_BODY_BYTES = 512 * 1024
# Tabler draws the arrows of its fields from data: addresses.
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def keep_secrets(app: Flask, settings: FrontSettings) -> None:
    """Confine the signed cookie to the admin web; it holds messages and the CSRF token."""
    app.secret_key = app.secret_key or settings.secret_key
    if app.config["SESSION_COOKIE_NAME"] == "session":
        app.config["SESSION_COOKIE_NAME"] = "stoa_form"
    app.config["SESSION_COOKIE_PATH"] = app.config["SESSION_COOKIE_PATH"] or "/admin"
    app.config["SESSION_COOKIE_SAMESITE"] = app.config["SESSION_COOKIE_SAMESITE"] or "Lax"
    app.config["SESSION_COOKIE_SECURE"] = settings.secure_cookies


def admit() -> AnyResponse | None:
    """Let a request through, lead it to the sign-in, or refuse it."""
    request.max_content_length = _MAX_BODY_BYTES
    g.person = None
    if request.endpoint == "admin.assets.file":
        return None
    if token():
        with front().desk.work(NOBODY) as work:
            g.person = staff.session_of(work, token())
    if g.person is not None:
        request.environ["stoa.caller"] = g.person.actor.name  # for the house's log
        request.max_content_length = most_bytes(current_app, request.endpoint, _MAX_BODY_BYTES)
    if request.method not in READING:
        _check_csrf()
    permission = asked(current_app, request.endpoint, request.method)
    if permission == ANYBODY:
        return None
    if g.person is None:
        return _to_sign_in()
    settings = front().settings
    if person().role in settings.second_factor_roles and not person().second_factor:
        g.needs_factor = True
        if not (request.endpoint or "").startswith(_WITHOUT_FACTOR):
            return redirect(url_for("admin.factors.page"), code=303)
    _check_role(permission)
    return None


def token() -> str:
    """Return the token of the session that asks; empty where there is none."""
    return request.cookies.get(COOKIE, "")


def opens(door: str, method: str = "GET") -> bool:
    """Whether who is signed in may come in at a door: what leads there is drawn for them alone."""
    permission = asked(current_app, f"admin.{door}", method)
    return permission in (ANYBODY, SIGNED_IN) or person().may(permission)


def csrf_token() -> str:
    """Return the token that forms send back."""
    return str(generate_csrf())


def local_path(path: str | None) -> str:
    """Return a path within the admin web, or its first page for anything else."""
    inside = path == "/admin" or (path or "").startswith(("/admin/", "/admin?"))
    if path and inside and path.isprintable() and "\\" not in path:
        return path
    return "/admin/"


def protect(response: Response) -> Response:
    """Set the headers that keep a page to itself."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Vary", "HX-Request, Cookie, Accept-Language")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000")
    return response


def _check_csrf() -> None:
    given = request.headers.get("X-CSRFToken") or request.form.get("csrf_token")
    try:
        validate_csrf(given, time_limit=int(staff.LONGEST.total_seconds()))
    except ValidationError:
        session.pop("csrf_token", None)
        abort(400, "csrf")


def _check_role(permission: str) -> None:
    mine = person().partner_id
    if permission == SIGNED_IN:
        return
    if not person().may(permission):
        abort(403)
    if mine is None or is_for_partners(current_app, request.endpoint):
        return
    partner = (request.view_args or {}).get("partner")
    if partner is None:
        abort(403)
    if uuid_of("prt", partner) != mine:
        abort(404)


def _to_sign_in() -> AnyResponse:
    here = request.full_path.rstrip("?") if request.method in READING else "/admin/"
    if by_htmx():
        here = local_path(request.headers.get("HX-Current-URL", "").partition(request.host)[2])
    address = url_for("admin.sign_in.page", next=None if here == "/admin/" else here)
    if by_htmx():
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, code=303)
