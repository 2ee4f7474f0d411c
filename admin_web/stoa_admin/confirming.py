"""Dangerous deeds ask again who is there, unless they were asked within the last ten minutes.

`confirmed` stands below the line that names the address of a door. Where the proof is older, the
same form comes back with one field more, for the password or, where there is one, a code of the
second factor; sent again with it, the deed is done.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import g, make_response, render_template, request
from werkzeug import Response

from stoa.services import staff
from stoa_admin import gate
from stoa_admin.front import NOBODY, front, person
from stoa_admin.language import gettext, ngettext

__all__ = ["FIELD", "confirmed", "too_many"]

FIELD = "confirm_with"
"""The field in which the proof comes."""

_MINUTE_S = 60
Given = ParamSpec("Given")


def confirmed(view: Callable[Given, Any]) -> Callable[Given, Any]:
    """Ask who is there before a door is opened, where that was not asked for a while."""

    @wraps(view)
    def asked(*args: Given.args, **more: Given.kwargs) -> Any:  # noqa: ANN401 - what the door answers
        refused = None if _is_fresh() else _look()
        return view(*args, **more) if refused is None else refused

    return asked


def too_many(retry_after_s: int) -> str:
    """Return what is told of a door that is closed after too many failures."""
    return ngettext(
        "Too many failed attempts. Try again in %(num)d minute.",
        "Too many failed attempts. Try again in %(num)d minutes.",
        -(-retry_after_s // _MINUTE_S),
    )


def _is_fresh() -> bool:
    with front().desk.work(NOBODY) as work:
        at = staff.confirmed_at(work, gate.token())
        return at is not None and work.now() - at <= staff.CONFIRMED_FOR


def _look() -> Response | None:
    """Take the proof that came with the form; return the page that asks for it where none fits."""
    given = request.form.get(FIELD)
    if given is None:
        return _ask("", 403)
    address = request.remote_addr or "unknown"
    key = front().settings.secret_key
    with front().desk.work(NOBODY) as work:
        done = staff.confirm(work, gate.token(), given, key=key, address=address)
    if done.person is not None:
        return None
    if done.retry_after_s:
        answer = _ask(too_many(done.retry_after_s), 429)
        answer.headers["Retry-After"] = str(done.retry_after_s)
        return answer
    if person().second_factor:
        return _ask(gettext("This code does not fit, or it was used already."), 422)
    return _ask(gettext("This is not your password."), 422)


def _ask(wrong: str, status: int) -> Response:
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in (FIELD, "csrf_token")
    ]
    g.confirming = True
    page = render_template(
        "admin/confirm.html", fields=fields, field=FIELD, wrong=wrong, action=request.path
    )
    return make_response(page, status)
