"""Adjustments: points given or taken by hand, and the room where a second person approves."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import (
    AdjustmentClosedError,
    BalanceLimitError,
    InsufficientPointsError,
    InvalidBodyError,
    WalletBusyError,
)
from stoa.services import adjustments, ledger, rosters
from stoa.services.adjustments import Adjustment
from stoa.values.identifiers import new_uuid, public_id, uuid_of
from stoa.work import Work
from stoa_admin.confirming import confirmed
from stoa_admin.explain import REASONS
from stoa_admin.front import id_of, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import Room, asks

__all__ = ["adjust", "approve", "decline", "doors", "new", "page", "reverse"]

doors = Room("adjustments", __name__, reads="adjustments.read", changes="adjustments.propose")

_MAX_NOTE = 200
_WAYS = ("give", "take")
_FIELDS = ("id", "way", "points", "reason", "note", "expires_on")


@doors.get("/approvals")
def page() -> str:
    """List what waits for a second person, and what was decided."""
    with open_work() as work:
        waiting = adjustments.waiting(work)
        decided = adjustments.decided(work)
    return render_template(
        "admin/approvals.html",
        waiting=waiting,
        decided=decided,
        reasons=REASONS,
        me=person().actor.name,
    )


@doors.get("/members/<member>/adjust")
@asks("adjustments.propose")
def new(member: str) -> str:
    """Show the form; with the points typed so far it says whether a second person is needed."""
    given = {field: request.args.get(field, "") for field in _FIELDS}
    given["id"] = public_id("adj", new_uuid())
    given["way"] = given["way"] or "give"
    return _form(id_of("mem", member), given, {})


@doors.post("/members/<member>/adjust")
def adjust(member: str) -> Response:
    """Give or take points, or propose it to a second person."""
    member_id = id_of("mem", member)
    given = {field: " ".join(request.form.get(field, "").split()) for field in _FIELDS}
    errors: dict[str, str] = {}
    terms = _read(given, errors)
    if not errors:
        try:
            with open_work() as work:
                done = adjustments.adjust(work, member_id, **terms)
        except InsufficientPointsError as short:
            errors["points"] = gettext(
                "Only %(points)s points are free; held and pending ones stay.",
                points=short.members["available_points"],
            )
        except BalanceLimitError:
            errors["points"] = gettext("The wallet would hold more points than it can.")
        except InvalidBodyError:
            errors["expires_on"] = gettext("Choose today or a later day, for points that come.")
        else:
            _praise(done)
            return to("members.page", member=member)
    return make_response(_form(member_id, given, errors), 422)


@doors.post("/approvals/<adjustment>/approve")
@asks("adjustments.approve")
@confirmed
def approve(adjustment: str) -> Response:
    """Post what somebody else proposed."""
    adjustment_id = id_of("adj", adjustment)
    return _decide(lambda work: adjustments.approve(work, adjustment_id))


@doors.post("/approvals/<adjustment>/decline")
def decline(adjustment: str) -> Response:
    """Reject what somebody else proposed, or withdraw one's own."""
    adjustment_id, reason = id_of("adj", adjustment), _reason()
    return _decide(lambda work: adjustments.decline(work, adjustment_id, reason=reason))


@doors.post("/approvals/<adjustment>/reverse")
@asks("adjustments.propose")
def reverse(adjustment: str) -> Response:
    """Propose to take back what was posted."""
    adjustment_id, reason = id_of("adj", adjustment), _reason()
    return _decide(lambda work: adjustments.reverse(work, adjustment_id, note=reason))


def _decide(deed: Callable[[Work], Adjustment]) -> Response:
    try:
        with open_work() as work:
            done = deed(work)
    except AdjustmentClosedError:
        flash(gettext("Somebody decided this meanwhile; nothing was changed."), "danger")
    except InsufficientPointsError as short:
        told = gettext(
            "Only %(points)s points are free; held and pending ones stay.",
            points=short.members["available_points"],
        )
        flash(told, "danger")
    except (BalanceLimitError, WalletBusyError):
        flash(gettext("This did not work. Nothing was changed; try again in a moment."), "danger")
    except InvalidBodyError as wrong:
        over = "expires_on" in wrong.members.get("errors", {})
        told = gettext("The last day of these points is over; reject it and propose another.")
        why = gettext("Say why: the reason is kept in the audit trail.")
        flash(told if over else why, "danger")
    else:
        _praise(done)
    return to("adjustments.page")


def _praise(done: Adjustment) -> None:
    told = {
        "posted": gettext("%(name)s: the points are posted.", name=done.member_name),
        "proposed": gettext("A second person has to approve this: it waits under Approvals."),
        "rejected": gettext("The proposal is rejected; no points moved."),
        "withdrawn": gettext("The proposal is withdrawn; no points moved."),
    }
    flash(told[done.state], "success")


def _form(member_id: UUID, given: dict[str, str], errors: dict[str, str]) -> str:
    with open_work() as work:
        sheet = rosters.member(work, member_id)
        balance = ledger.balance_of(work, member_id, work.programme.currency).balance
        left = adjustments.left_alone(work, member_id)
        limit = work.programme.adjustment_limit
        today = work.today()
    points = _points(given["points"])
    page = render_template(
        "admin/adjust.html", sheet=sheet, member=public_id("mem", member_id), given=given,
        errors=errors, reasons=REASONS, balance=balance, left=left, limit=limit, today=today,
        alone=None if points is None else points <= left,
    )  # fmt: skip
    return str(page)


def _read(given: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    points = _points(given["points"])
    if points is None:
        errors["points"] = gettext("Write a whole number of points, 1 or more.")
    if given["way"] not in _WAYS:
        errors["way"] = gettext("Choose whether points come or go.")
    if given["reason"] not in REASONS:
        errors["reason"] = gettext("Choose a reason.")
    if not 0 < len(given["note"]) <= _MAX_NOTE:
        errors["note"] = gettext("Say why, in at most 200 characters.")
    expires_on = None
    if given["expires_on"]:
        try:
            expires_on = date.fromisoformat(given["expires_on"])
        except ValueError:
            errors["expires_on"] = gettext("Choose a day.")
    return {
        "points": -(points or 0) if given["way"] == "take" else points or 0,
        "reason_code": given["reason"],
        "note": given["note"],
        "expires_on": expires_on,
        "adjustment_id": uuid_of("adj", given["id"]) or new_uuid(),
    }


def _points(text: str) -> int | None:
    plain = text.replace(",", "").replace(" ", "")
    if not (plain.isascii() and plain.isdigit()) or not 1 <= int(plain[:20]) <= adjustments.MOST:
        return None
    return int(plain)


def _reason() -> str:
    return " ".join(request.form.get("reason", "").split())[:_MAX_NOTE]
