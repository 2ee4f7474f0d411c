"""The service desk: a member's code on the screen, and the PIN that the member chooses there."""

from dataclasses import dataclass
from datetime import timedelta

import segno
from flask import flash, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError, MemberFrozenError, MemberUnknownError
from stoa.services import member_codes, step_up
from stoa.services.member_codes import Code
from stoa_admin.front import by_htmx, id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.members import sheet_page
from stoa_admin.room import Room

__all__ = ["ShownCode", "clear_pin", "doors", "set_pin", "show"]

doors = Room("codes", __name__, changes="members.change")

_RENEWALS = 9
"""How often a code renews itself until somebody asks again: five minutes in all."""


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code on the screen: its picture, its letters, and when the next one is fetched.

    Attributes:
        path: of the dark squares, as SVG draws it, one unit a square.
        side: how many squares wide and high it is.
        wait_s: whole seconds until the next one.
        left: how often it still renews itself.
    """

    path: str
    side: int
    groups: tuple[str, ...]
    wait_s: int
    left: int


@doors.post("/members/<member>/code")
def show(member: str) -> str | Response:
    """Show the code of a member who stands at the desk; that it was shown is written down."""
    member_id = id_of("mem", member)
    given = request.form.get("left", "")
    left = min(int(given), _RENEWALS) if given.isascii() and given.isdigit() else _RENEWALS
    try:
        with open_work() as work:
            code = member_codes.present(work, member_id)
            wait = code.renews_at - work.now()
    except (MemberFrozenError, MemberUnknownError):
        flash(gettext("This membership shows no code."), "danger")
        return to("members.page", member=member)
    shown = _drawn(code, wait, left)
    if by_htmx():
        return render_template("admin/member_code.html", member=member, shown=shown, showable=True)
    return sheet_page(member_id, shown=shown)


@doors.post("/members/<member>/pin")
def set_pin(member: str) -> Response:
    """Give a member the PIN that the member typed, twice; it is shown to nobody."""
    member_id, pin = id_of("mem", member), request.form.get("pin", "")
    if pin != request.form.get("again", ""):
        flash(gettext("The two PINs are not the same. Nothing was changed."), "danger")
        return to("members.page", member=member)
    try:
        with open_work() as work:
            step_up.set_pin(work, member_id, pin)
    except InvalidBodyError:
        flash(
            gettext("Choose 4 to 8 digits that don't repeat one and don't count up or down."),
            "danger",
        )
    except MemberUnknownError:
        flash(gettext("This membership has no PIN."), "danger")
    else:
        flash(gettext("The PIN is set."), "success")
    return to("members.page", member=member)


@doors.post("/members/<member>/pin/clear")
def clear_pin(member: str) -> Response:
    """Take a member's PIN away."""
    member_id = id_of("mem", member)
    with open_work() as work:
        step_up.clear_pin(work, member_id)
    flash(gettext("The PIN is taken away."), "success")
    return to("members.page", member=member)


def _drawn(code: Code, wait: timedelta, left: int) -> ShownCode:
    squares = segno.make(code.text, error="m").matrix
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(squares) for x, dark in enumerate(row) if dark
    )
    groups = tuple(code.text[at : at + 7] for at in range(0, len(code.text), 7))
    wait_s = max(1, -(-wait // timedelta(seconds=1)))
    return ShownCode(path, len(squares), groups, wait_s, left)
