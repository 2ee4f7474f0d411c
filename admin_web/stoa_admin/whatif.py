"""What if: try a draft of a rule on stored purchases, watch the run, read what it comes to.

A run is carried out by the worker; its page asks every second how far it is, and is drawn with its
charts when it has ended. Each chart stands above the table that it is drawn from.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import (
    InvalidBodyError,
    InvalidRuleError,
    InvalidSettingsError,
    RuleUnknownError,
    WhatIfUnknownError,
)
from stoa.services import partners, rosters, rulebook, staff, whatif
from stoa.services.rosters import PartnerLine
from stoa.services.whatif import Member, Run
from stoa.values.amounts import Rounding
from stoa.values.identifiers import public_id
from stoa.values.settings import default_settings
from stoa.values.whatif import money_text, payers
from stoa.work import Work
from stoa_admin import knobs
from stoa_admin.front import by_htmx, front, id_of, open_work, to
from stoa_admin.language import gettext, noted, word
from stoa_admin.room import Room
from stoa_admin.rules.choices import gather, name_of
from stoa_admin.rules.sentences import speech_of
from stoa_admin.whatif_figures import differences, figures, money_of, moved, tiers_of

__all__ = ["ask", "cancel", "doors", "export", "export_members", "new", "roster", "show"]

doors = Room("whatif", __name__, reads="whatif.read", changes="whatif.change")

KINDS = {
    "rate": noted("Points for purchases"),
    "ladder": noted("Tiers"),
    "campaign": noted("Campaign"),
}
STATES = {
    "waiting": noted("Waiting"),
    "running": noted("Running"),
    "done": noted("Done"),
    "failed": noted("Failed"),
    "cancelled": noted("Cancelled"),
}

Errors = Mapping[str, Sequence[str]]

_PAGE = 25
_PAGE_OF_CSV = 200
_MOST_ROWS = 100_000
_MOST_VERSIONS = 20


@doors.get("/what-if")
def roster() -> str:
    """List the latest runs."""
    with open_work() as work:
        runs = whatif.listed(work)
        names = {each.actor.name: each.name for each in staff.everyone(work)}
    return render_template(
        "admin/whatif_list.html", runs=runs, kinds=KINDS, states=STATES, names=names,
        subject=_subject,
    )  # fmt: skip


@doors.get("/what-if/new")
def new() -> str:
    """Show the form of a question.

    The address says of what kind; a partner in it brings the settings of its plugin, a code and a
    version are the rule that is chosen first.
    """
    return _form(request.args)


@doors.post("/what-if")
def ask() -> Response:
    """Put the question down for the worker, or draw its form again with what is wrong."""
    form = request.form
    kind = form.get("kind", "rate")
    if kind not in KINDS:
        abort(404)
    given: dict[str, Any] = {}
    line = None
    if kind == "rate":
        with open_work() as work:
            line = _partner(rosters.find_partners(work), form.get("partner", ""))
    if line is not None:
        settings = _settings(line.plugin)
        given = knobs.read(settings, form)
        if "add" in form or "remove" in form:
            fresh = knobs.with_row_changed(settings, given)
            return make_response(_form(form, given=given, fresh=fresh))
    errors: dict[str, Sequence[str]] = {}
    days = {name: _day(form.get(name, ""), name, errors) for name in ("since", "until", "day")}
    if kind == "rate":
        draft = {
            "partner": line.code if line else None, "settings": given or None,
            "rounding": form.get("rounding") or None,
        }  # fmt: skip
    else:
        draft = _rule(form, errors)
    if errors:
        return make_response(_form(form, given=given, errors=errors), 422)
    try:
        with open_work() as work:
            run_id = whatif.ask(work, kind, draft, **days)
    except (InvalidBodyError, InvalidRuleError, InvalidSettingsError, RuleUnknownError) as wrong:
        found: Errors = wrong.members.get("errors", {"rule": [str(wrong)]})
        return make_response(_form(form, given=given, errors=found), 422)
    return to("whatif.show", run=public_id("wif", run_id))


@doors.get("/what-if/<run>")
def show(run: str) -> Response:
    """Show how far a run is, or what it came to."""
    found = _run(run)
    if by_htmx() and found.ended:
        return Response(status=204, headers={"HX-Refresh": "true"})
    currency = front().desk.programme.money_currency
    with open_work() as work:
        names = {each.actor.name: each.name for each in staff.everyone(work)}
        shops = {each.code: each.name for each in rosters.find_partners(work)}
        speech = speech_of(gather(work), currency)
        movers, more = _movers(work, found)
    tiers = tiers_of(found)
    told = [
        (each, moved(found, each, tiers, speech)) for each in movers
    ]  # fmt: skip
    page = render_template(
        "admin/whatif_show.html", run=found, address=run, kinds=KINDS, states=STATES,
        figures=figures(found), subject=_subject(found), changes=_changes(found),
        names=names, shops=shops, money=lambda micros: money_of(micros, currency), tiers=tiers,
        movers=told, more=more, way=request.args.get("way", ""),
    )  # fmt: skip
    return make_response(page)


@doors.post("/what-if/<run>/cancel")
def cancel(run: str) -> Response:
    """Cancel a run that has not ended."""
    found = _run(run)
    with open_work() as work:
        done = whatif.cancel(work, found.id)
    told = gettext("The run is cancelled.") if done else gettext("The run had ended already.")
    flash(told, "success")
    return to("whatif.show", run=run)


@doors.get("/what-if/<run>/members.csv")
def export_members(run: str) -> Response:
    """Give the members who would move as CSV, those who fall furthest first."""
    found = _run(run)
    rows: list[Sequence[object]] = [("member", "name", "from", "to", "points")]
    after: tuple[int, UUID] | None = None
    with open_work() as work:
        while len(rows) <= _MOST_ROWS:
            page = whatif.members(work, found.id, after=after, most=_PAGE_OF_CSV)
            rows += [
                (public_id("mem", each.member_id), each.name, each.before, each.after, each.points)
                for each in page
            ]
            if len(page) < _PAGE_OF_CSV:
                break
            after = (page[-1].rise, page[-1].member_id)
    return _csv(rows, f"{run}-members.csv")


@doors.get("/what-if/<run>/figures.csv")
def export(run: str) -> Response:
    """Give the points and costs by partner and payer, and the points by day, as CSV."""
    found = _run(run)
    rows: list[Sequence[object]] = [
        (
            "section", "partner_or_day", "payer", "stored_points", "current_points",
            "draft_points", "stored_cost", "current_cost", "draft_cost",
        )
    ]  # fmt: skip
    rows += [
        (
            "payer", line.partner, line.payer, line.stored, line.current, line.draft,
            *(_plain(each) for each in (
                line.stored_micros, line.current_micros, line.draft_micros
            )),
        )
        for line in payers(found.tally)
    ]  # fmt: skip
    rows += [
        ("day", day, "", row.get("stored", 0), row.get("current", 0), row.get("draft", 0), "", "")
        for day, row in sorted(found.tally["days"].items())
    ]
    return _csv(rows, f"{run}.csv")


def _run(run: str) -> Run:
    run_id = id_of("wif", run)
    try:
        with open_work() as work:
            return whatif.find(work, run_id)
    except WhatIfUnknownError:
        abort(404)


def _movers(work: Work, run: Run) -> tuple[list[Member], str]:
    """Return a page of the members who would move, and the mark of the next page."""
    if run.kind != "ladder":
        return [], ""
    way = {"falls": True, "rises": False}.get(request.args.get("way", ""))
    rise, _, member = request.args.get("after", "").partition(".")
    after = None
    if member:
        if not rise.removeprefix("-").isdecimal():
            abort(404)
        after = (int(rise), id_of("mem", member))
    found = whatif.members(work, run.id, falls=way, after=after, most=_PAGE + 1)
    if len(found) <= _PAGE:
        return found, ""
    last = found[_PAGE - 1]
    return found[:_PAGE], f"{last.rise}.{public_id('mem', last.member_id)}"


def _rule(form: Mapping[str, str], errors: dict[str, Sequence[str]]) -> dict[str, Any]:
    """Read which version of which rule is tried."""
    code, _, version = form.get("rule", "").partition("@")
    if not code or not version.isdecimal():
        errors["rule"] = [gettext("Choose a rule.")]
        return {}
    return {"code": code, "version": int(version)}


def _rules(work: Work, kind: str) -> list[tuple[str, str]]:
    """Return the versions of all rules of a kind, the latest first, as they are chosen."""
    found = []
    for line in rulebook.listed(work, kind):
        name = name_of(line.document, line.code)
        for each in rulebook.versions(work, kind, line.code)[:_MOST_VERSIONS]:
            state = gettext("holds") if each.version == line.version else gettext("draft")
            version = gettext("version %(number)s", number=each.version)
            found.append((f"{line.code}@{each.version}", f"{name}, {version} ({state})"))
    return found


def _form(
    values: Mapping[str, str],
    *,
    given: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    fresh: tuple[str, int] | None = None,
) -> str:
    with open_work() as work:
        lines = rosters.find_partners(work)
        line = _partner(lines, values.get("partner", ""))
        kept = partners.terms(work, line.id, version=line.version).settings if line else {}
        kind = values.get("kind", "rate")
        if kind not in KINDS:
            abort(404)
        rules = _rules(work, kind) if kind != "rate" else []
    chosen = values.get("rule") or "{}@{}".format(values.get("code", ""), values.get("version", ""))
    settings = _settings(line.plugin) if line else ()
    drawn = knobs.draw(settings, given or kept, errors or {}, fresh=fresh)
    return render_template(
        "admin/whatif_new.html", partners=lines, partner=line, fields=drawn, given=values,
        errors={name: " ".join(texts) for name, texts in (errors or {}).items()},
        wrong=len(errors or {}), roundings=[each.value for each in Rounding],
        draft=given is not None, kind=kind, kinds=KINDS, rules=rules, chosen=chosen,
    )  # fmt: skip


def _partner(lines: Iterable[PartnerLine], code: str) -> PartnerLine | None:
    return next((each for each in lines if each.code == code), None)


def _settings(plugin: str) -> Sequence[Any]:
    known = {each.name: each for each in front().desk.plugins.all()}
    return known[plugin].settings if plugin in known else ()


def _day(text: str, name: str, errors: dict[str, Sequence[str]]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors[name] = [gettext("Write a day such as 2026-05-01.")]
        return None


def _subject(run: Run) -> str:
    """Say in a few words what a run tries."""
    if run.kind != "rate":
        version = run.draft["version"]
        name = name_of(run.draft["document"], run.draft["code"])
        return (
            name if version is None else f"{name}, " + gettext("version %(number)s", number=version)
        )
    code: str | None = run.draft["partner"]
    return code or gettext("All partners")


def _changes(run: Run) -> list[tuple[str, str, str]]:
    """Return what the draft changes: what, from, to."""
    draft = run.draft
    found: list[tuple[str, str, str]] = []
    if run.kind != "rate":
        return found
    if draft["rounding"]:
        tried = word(draft["rounding"].replace("_", " ").capitalize())
        found.append((gettext("Rounding of points"), "", tried))
    if draft["partner"]:
        was = draft["was"]
        if was["plugin"] != draft["plugin"]:
            found.append((gettext("Plugin"), was["plugin"], draft["plugin"]))
        settings = _settings(draft["plugin"])
        old = was["settings"] if was["plugin"] == draft["plugin"] else default_settings(settings)
        found += differences(settings, old, draft["settings"])
    return found


def _plain(micros: int) -> str:
    return money_text(micros).replace(",", "")


def _csv(rows: Iterable[Sequence[object]], name: str) -> Response:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    answer = make_response(file.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
