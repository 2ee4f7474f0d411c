"""A partner leaves: the tab where its exit is announced, followed and called off."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import ExitBlockedError, InvalidBodyError
from stoa.services import exits, funding, rosters
from stoa.services.exits import Exit
from stoa.values.clearing.exits import LEAST_NOTICE, STAGES, Plan, after
from stoa_admin.confirming import confirmed
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = ["announce", "doors", "move_on", "page", "stay"]

doors = Room("leaving", __name__, reads="clearing.read", changes="clearing.change")

_DAYS = ("stop_enrol_on", "stop_earn_on", "stop_burn_on")
_TITLES = {
    "announce": noted("Announced"),
    "stop_enrol": noted("No new members"),
    "stop_earn": noted("No points for purchases"),
    "stop_burn": noted("No redemptions"),
    "settle": noted("Settled"),
    "archive": noted("Gone"),
}
_MEANINGS = {
    "announce": noted("Everything goes on. Members who bought here are told by letter, each once."),
    "stop_enrol": noted("Nobody joins at this partner any more; its members earn and redeem on."),
    "stop_earn": noted("Purchases here give no points any more; points still pay here."),
    "stop_burn": noted("Points pay no longer here; at every other partner they do."),
    "settle": noted(
        "Unused packs are paid back; where issuers pay, a deposit is taken for what is outstanding."
    ),
    "archive": noted("The partner is closed. Its statements and papers stay."),
}
_CALLED_OFF = ("announce", "stop_enrol", "stop_earn")


@doors.get("/partners/<partner>/leaving")
def page(partner: str) -> str:
    """Show how far a partner's exit is, or what announcing one would mean."""
    return _page(partner, None, {})


@doors.post("/partners/<partner>/leaving")
@confirmed
def announce(partner: str) -> Response:
    """Announce that a partner leaves."""
    given = {name: request.form.get(name, "").strip() for name in (*_DAYS, "note")}
    days, errors = _days(given)
    if not errors:
        try:
            with open_work() as work:
                exits.announce(work, id_of("prt", partner), Plan(*days), note=given["note"])
        except InvalidBodyError as wrong:
            errors = _told(wrong.members.get("errors", {}))
        except ExitBlockedError:
            flash(gettext("The exit is announced already."), "danger")
            return to("leaving.page", partner=partner)
        else:
            flash(gettext("Announced. Members are told from now on."), "success")
            return to("leaving.page", partner=partner)
    return make_response(_page(partner, given, errors), 422)


@doors.post("/partners/<partner>/leaving/next")
@confirmed
def move_on(partner: str) -> Response:
    """Begin the next stage of an exit."""
    try:
        with open_work() as work:
            moved = exits.advance(work, id_of("prt", partner))
    except ExitBlockedError as wrong:
        told = ", ".join(_reason(each) for each in wrong.members.get("by", []))
        flash(gettext("Nothing was changed: %(reason)s.", reason=told), "danger")
    else:
        flash(gettext(_MEANINGS[moved.stage]), "success")
    return to("leaving.page", partner=partner)


@doors.post("/partners/<partner>/leaving/stay")
@confirmed
def stay(partner: str) -> Response:
    """Let a partner stay after all."""
    try:
        with open_work() as work:
            exits.call_off(work, id_of("prt", partner))
    except ExitBlockedError:
        flash(gettext("Redemptions have stopped: the exit can't be called off any more."), "danger")
    else:
        flash(gettext("The partner stays; everything goes on as before."), "success")
    return to("leaving.page", partner=partner)


def _page(partner: str, given: dict[str, str] | None, errors: dict[str, str]) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        found = exits.of(work, partner_id)
        run_off = exits.run_off(work, partner_id)
        told = exits.members_to_tell(work, partner_id)
        unused = sum(each.left for each in funding.packs_of(work, partner_id))
        waits = exits.waits_for(work, partner_id) if found else ()
        today, money = work.today(), work.programme.money_currency
        points = work.programme.currency
    return render_template(
        "admin/clearing/leaving.html", partner=line, exit=found, run_off=run_off, told=told,
        unused=unused, money=money, points=points, stages=_stages(found),
        following=_following(found), waits=[_reason(each) for each in waits],
        may_stay=found is not None and found.stage in _CALLED_OFF, days=_DAYS,
        given=given or _proposed(today), errors=errors, tab="leaving",
    )  # fmt: skip


def _stages(found: Exit | None) -> list[dict[str, Any]]:
    reached = STAGES.index(found.stage) if found else -1
    return [
        {
            "title": gettext(_TITLES[stage]),
            "meaning": gettext(_MEANINGS[stage]),
            "day": found.plan.day_of(stage) if found else None,
            "state": "done" if place < reached else "now" if place == reached else "ahead",
        }
        for place, stage in enumerate(STAGES)
    ]


def _following(found: Exit | None) -> dict[str, str] | None:
    stage = after(found.stage) if found else None
    if stage is None:
        return None
    return {"title": gettext(_TITLES[stage]), "meaning": gettext(_MEANINGS[stage])}


def _proposed(today: date) -> dict[str, str]:
    last = today + LEAST_NOTICE
    days = (today + timedelta(days=1), today + LEAST_NOTICE // 2, last)
    return {name: day.isoformat() for name, day in zip(_DAYS, days, strict=True)}


def _days(given: dict[str, str]) -> tuple[list[date], dict[str, str]]:
    days, errors = [], {}
    for name in _DAYS:
        try:
            days.append(date.fromisoformat(given[name]))
        except ValueError:
            errors[name] = gettext("Choose a day.")
    return days, errors


def _told(errors: dict[str, Sequence[str]]) -> dict[str, str]:
    least = gettext("Members have at least 60 days from today.")
    order = gettext("Joining stops first, then earning, then redeeming, and none before today.")
    return {name: least if name == "stop_burn_on" else order for name in errors}


def _reason(blocked: str) -> str:
    """Say what a stage waits for, as `exits.waits_for` names it."""
    if blocked.startswith("not before "):
        return gettext("not before %(day)s", day=blocked.removeprefix("not before "))
    if blocked == "open disputes":
        return gettext("disputes are open")
    if blocked.endswith(" points outstanding"):
        return gettext("%(points)s points are outstanding", points=blocked.split(maxsplit=1)[0])
    return gettext("the exit is over")
