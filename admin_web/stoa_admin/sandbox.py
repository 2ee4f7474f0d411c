"""A partner's sandbox: open it, where it is, its clock and members, its letters, reset, close."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from flask import current_app, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import (
    InvalidBodyError,
    SandboxBusyError,
    SandboxOpenError,
    SandboxUnavailableError,
    SandboxUnknownError,
    StoaError,
)
from stoa.sandbox import Mount
from stoa.services import audit, rosters, sandboxes
from stoa.services.sandboxes import Opened
from stoa_admin.front import id_of, open_work, person, to
from stoa_admin.language import gettext, ngettext, noted
from stoa_admin.room import Room

__all__ = ["SITUATIONS", "STEPS", "advance", "close", "doors", "open_", "page", "reset"]

doors = Room("sandbox", __name__, reads="sandbox.read", changes="sandbox.change")

STEPS = {
    "1": noted("a day"),
    "7": noted("a week"),
    "30": noted("30 days"),
    "365": noted("a year"),
}
"""By how many days the buttons move the clock."""

SITUATIONS = {
    "plain": noted("a member as any"),
    "new": noted("has nothing yet"),
    "gold": noted("in the highest tier"),
    "frozen": noted("frozen"),
    "expiring": noted("points that end in a week"),
    "pending": noted("points that mature in two weeks"),
    "debt": noted("owes points"),
    "held": noted("has points on hold"),
    "rich": noted("for large rewards"),
}
"""What each seeded member is for."""


@doors.get("/partners/<partner>/sandbox")
def page(partner: str) -> str:
    """Show a partner's sandbox, or how to open one."""
    return _page(partner)


@doors.post("/partners/<partner>/sandbox")
def open_(partner: str) -> Response:
    """Open a sandbox; its secrets are in this answer and nowhere else."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        rosters.partner(work, partner_id)
    try:
        opened = sandboxes.open(_mount().ground, person().actor, partner_id)
    except StoaError as refused:
        return _refused(partner, refused)
    return make_response(_page(partner, opened=opened), 201)


@doors.post("/partners/<partner>/sandbox/reset")
def reset(partner: str) -> Response:
    """Make it anew; with new secrets where they are asked for."""
    partner_id = id_of("prt", partner)
    fresh = bool(request.form.get("new_secrets"))
    try:
        opened = sandboxes.reset(_mount().ground, person().actor, partner_id, new_secrets=fresh)
    except StoaError as refused:
        return _refused(partner, refused)
    flash(gettext("The sandbox is as new."), "success")
    if opened.secrets:
        return make_response(_page(partner, opened=opened), 201)
    return to("sandbox.page", partner=partner)


@doors.post("/partners/<partner>/sandbox/close")
def close(partner: str) -> Response:
    """Drop it with all that is in it."""
    partner_id, mount = id_of("prt", partner), _mount()
    try:
        with open_work() as work:
            box = sandboxes.opened(work, partner_id)
        sandboxes.close(mount.ground, person().actor, partner_id)
    except StoaError as refused:
        return _refused(partner, refused)
    mount.place(box.code)  # which is none any more, and so is let go of
    flash(gettext("The sandbox is closed; its credentials are good for nothing."), "success")
    return to("sandbox.page", partner=partner)


@doors.post("/partners/<partner>/sandbox/clock")
def advance(partner: str) -> Response:
    """Move its clock forward, and let happen what falls due."""
    partner_id, days = id_of("prt", partner), request.form.get("days", "")
    if days not in STEPS:
        return make_response(_page(partner), 422)
    try:
        with open_work() as work:
            box = sandboxes.opened(work, partner_id)
        place = _mount().place(box.code)
        if place is None:
            raise SandboxUnknownError
        ahead = place.move(by=timedelta(days=int(days)))
        with open_work() as work:
            audit.record(
                work, "sandbox.move", partner,
                before={"ahead_s": int(box.ahead.total_seconds())},
                after={"ahead_s": int(ahead.total_seconds())},
            )  # fmt: skip
        done, finished = place.catch_up()
    except StoaError as refused:
        return _refused(partner, refused)
    flash(_told(done, finished), "success")
    return to("sandbox.page", partner=partner)


def _told(done: Mapping[str, int], finished: bool) -> str:  # noqa: FBT001 - as it was told
    count = sum(done.values())
    text = ngettext(
        "The clock is moved; %(num)d thing fell due.",
        "The clock is moved; %(num)d things fell due.",
        count,
    )
    rest = gettext("The worker does the rest.")
    return text if finished else f"{text} {rest}"


def _refused(partner: str, refused: StoaError) -> Response:
    if isinstance(refused, SandboxUnavailableError):
        text = gettext("No sandbox can be made here: %(why)s", why=str(refused))
    elif isinstance(refused, InvalidBodyError):
        text = gettext("The clock goes at most ten years ahead.")
    else:
        words = {
            SandboxOpenError: gettext("There is a sandbox already."),
            SandboxUnknownError: gettext("There is no sandbox any more."),
            SandboxBusyError: gettext("It is being made anew just now: look again in a moment."),
        }
        text = words.get(type(refused), gettext("Nothing was changed: %(why)s", why=refused.code))
    flash(text, "danger")
    return to("sandbox.page", partner=partner)


def _mount() -> Mount:
    """Return where sandboxes are served in this process."""
    return cast("Mount", current_app.extensions["stoa.sandboxes"])


def _page(partner: str, *, opened: Opened | None = None) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        box = sandboxes.find(work, partner_id)
    mount = _mount()
    place = mount.place(box.code) if box else None
    return render_template(
        "admin/partner_sandbox.html",
        partner=line,
        box=box,
        place=place,
        site=mount.ground.address(line.code),
        now=place.now() if place else None,
        letters=place.letters() if place else [],
        people=sandboxes.PEOPLE,
        situations=SITUATIONS,
        steps=STEPS,
        opened=opened,
        tab="sandbox",
    )
