"""The doors of the room of rules: overview, lists, one rule with its versions, and its deeds."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from flask import flash, render_template, request
from werkzeug import Response

from stoa.errors import FourEyesError, RuleStateError
from stoa.services import campaigns, programmes, rosters, rulebook, segments
from stoa.services.campaigns import Group, Results
from stoa.services.rulebook import RuleLine
from stoa.values.amounts import Money
from stoa.work import Work
from stoa_admin import texts
from stoa_admin.front import front, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room
from stoa_admin.rules import ladders, telling
from stoa_admin.rules.choices import name_of
from stoa_admin.rules.kinds import KINDS
from stoa_admin.rules.spoken import kind_of, second_person, words
from stoa_admin.rules.telling import Told
from stoa_admin.trail import readable

__all__ = [
    "activate", "confirm", "doors", "end", "overview", "page", "pause", "results",
    "resume", "roster", "versions",
]  # fmt: skip

doors = Room("rules", __name__, reads="programme.read", changes="programme.change")

_STATES = ("active", "draft", "paused", "ended")
_KEPT_TIMES = 20
_TIMES = ("now", "soon", "over")


@doors.get("/rules")
def overview() -> str:
    """Show all rules by kind, or those that match a search or are in a state."""
    search, state = request.args.get("q", "").strip(), request.args.get("state", "")
    with open_work() as work:
        found = {name: rulebook.listed(work, name) for name in KINDS}
    counts = {
        each: sum(line.state == each for lines in found.values() for line in lines)
        for each in _STATES
    }
    shown = {
        name: [line for line in lines if _matches(line, search, state)]
        for name, lines in found.items()
    }
    return render_template(
        "admin/rules/overview.html", kinds=KINDS, found=shown, search=search, state=state,
        states=_STATES, counts=counts, name_of=name_of, total=sum(map(len, found.values())),
    )  # fmt: skip


@doors.get("/rules/<kind>")
def roster(kind: str) -> str:
    """List the rules of a kind."""
    chosen = kind_of(kind)
    search, state = request.args.get("q", "").strip(), request.args.get("state", "")
    with open_work() as work:
        lines = rulebook.listed(work, kind)
        today = work.today()
    return render_template(
        "admin/rules/roster.html", kind=chosen, name_of=name_of, search=search, state=state,
        lines=[line for line in lines if _matches(line, search, state, today.isoformat())],
        total=len(lines), states=_STATES, today=today.isoformat(), when=_when,
    )  # fmt: skip


@doors.get("/rules/<kind>/<code>")
def page(kind: str, code: str) -> str:
    """Show what a rule says, and whether it holds."""
    chosen = kind_of(kind)
    with open_work() as work:
        line = rulebook.find(work, kind, code)
        shown = line.version or line.latest
        document = rulebook.document(work, kind, code, shown)
        told = list(telling.tell(chosen.parts, document, words(work, brief=True)))
        changes = readable(rosters.changes(work, [f"{kind}/{code}"]))
        eyes = second_person(work, line)
        more = _figures(work, chosen.name, code, document, told)
    return render_template(
        "admin/rules/rule.html", kind=chosen, line=line, document=document, told=told, shown=shown,
        name=name_of(line.document, code), changes=changes, tab="rule",
        eyes=eyes,
        **more,
        others=ladders.others(told),
    )  # fmt: skip


@doors.get("/rules/campaign/<code>/results")
def results(code: str) -> str:
    """Show what a campaign gave, who paid for it, and what it brought against those left out."""
    chosen = kind_of("campaign")
    with open_work() as work:
        line = rulebook.find(work, "campaign", code)
        fund = campaigns.funds(work, [code]).get(code)
        money = work.programme.money_currency
    came_to, read_at = _came_to(code)
    return render_template(
        "admin/rules/results.html", kind=chosen, line=line, came_to=came_to, fund=fund,
        read_at=read_at, name=name_of(line.document, code), tab="results",
        most=max((each.points for each in came_to.payers), default=0), groups=_groups(came_to),
        each_of=lambda group: Money(group.spend_each, money),
    )  # fmt: skip


def _groups(came_to: Results) -> list[tuple[str, Group, int]]:
    """Return those who could get the bonus, those left out, and how long their bars are."""
    if came_to.held_out is None:
        return []
    groups = [
        (gettext("Could get the bonus"), came_to.treated),
        (gettext("Left out to compare"), came_to.held_out),
    ]
    most = max(group.spend_each for _, group in groups) or 1
    return [(label, group, 100 * group.spend_each // most) for label, group in groups]


def _came_to(code: str) -> tuple[Results, datetime]:
    """Return what it came to, read anew or kept for twenty times as long as reading took."""
    kept = front().kept
    found: tuple[Results, datetime, float] | None = kept.get(("campaign", code))
    if found is not None and monotonic() < found[2]:
        return found[0], found[1]
    start = monotonic()
    with open_work() as work:
        came_to, read_at = campaigns.results(work, code), work.now()
    end = monotonic()
    kept["campaign", code] = (came_to, read_at, end + (end - start) * _KEPT_TIMES)
    return came_to, read_at


@doors.get("/rules/<kind>/<code>/versions")
def versions(kind: str, code: str) -> str:
    """Show the versions of a rule, and what differs between two of them."""
    chosen = kind_of(kind)
    with open_work() as work:
        line = rulebook.find(work, kind, code)
        kept = rulebook.versions(work, kind, code)
        new = request.args.get("new", line.latest, type=int)
        old = request.args.get("old", max(new - 1, 1), type=int)
        before = rulebook.document(work, kind, code, old)
        after = rulebook.document(work, kind, code, new)
        found = telling.differences(chosen.parts, before, after, words(work))
        staff = rosters.staff_names(work)
    return render_template(
        "admin/rules/versions.html", kind=chosen, line=line, kept=kept, old=old, new=new,
        differences=found, name=name_of(line.document, code), tab="versions", staff=staff,
    )  # fmt: skip


@doors.get("/rules/<kind>/<code>/activate")
def confirm(kind: str, code: str) -> str:
    """Show what activating changes, and from when on."""
    chosen = kind_of(kind)
    version = request.args.get("version", type=int)
    with open_work() as work:
        line = rulebook.find(work, kind, code)
        version = version or line.latest
        after = rulebook.document(work, kind, code, version)
        before = rulebook.document(work, kind, code, line.version) if line.version else {}
        spoken = words(work)
        starts = work.now() + timedelta(seconds=work.programme.rule_delay_s)
        told = list(telling.tell(chosen.parts, after, words(work, brief=True)))
        found = telling.differences(chosen.parts, before, after, spoken) if line.version else []
        eyes = second_person(work, line, version)
    return render_template(
        "admin/rules/activate.html", kind=chosen, line=line, version=version, starts=starts,
        at_once=front().desk.programme.rule_delay_s == 0, told=told, differences=found,
        name=name_of(after, code), document=after, eyes=eyes,
    )  # fmt: skip


@doors.post("/rules/<kind>/<code>/activate")
def activate(kind: str, code: str) -> Response:
    """Let a version hold."""
    kind_of(kind)
    version = request.form.get("version", type=int)
    return _do(kind, code, lambda work: programmes.activate(work, kind, code, version))


@doors.post("/rules/<kind>/<code>/pause")
def pause(kind: str, code: str) -> Response:
    """Let an active rule rest."""
    return _do(kind, code, lambda work: rulebook.pause(work, kind, code))


@doors.post("/rules/<kind>/<code>/resume")
def resume(kind: str, code: str) -> Response:
    """Let a paused rule hold again."""
    return _do(kind, code, lambda work: programmes.resume(work, kind, code))


@doors.post("/rules/<kind>/<code>/end")
def end(kind: str, code: str) -> Response:
    """End a rule for ever."""
    return _do(kind, code, lambda work: rulebook.end(work, kind, code))


def _figures(
    work: Work, kind: str, code: str, document: Mapping[str, Any], told: list[Told]
) -> dict[str, Any]:
    """Return what a page shows of a rule besides its words: who stands where, what is left."""
    if kind == "ladder":
        tiers = document.get("tiers") or [{}]
        counts = rosters.standing_in(work, code, str(tiers[0].get("code")))
        return {
            "tiers": ladders.rungs(told, document, counts),
            "doubts": ladders.doubts(document),
        }
    if kind == "campaign":
        return {"fund": campaigns.funds(work, [code]).get(code)}
    if kind == "segment":
        return {"belonging": segments.counts(work).get(code, 0)}
    return {}


def _do(kind: str, code: str, deed: Callable[[Work], rulebook.Book]) -> Response:
    kind_of(kind)
    try:
        with open_work() as work:
            book = deed(work)
            state = rulebook.find(work, kind, code).state
    except FourEyesError:
        flash(gettext("A second person has to activate this: its budget is large."), "danger")
    except RuleStateError:
        flash(gettext("Somebody changed this rule meanwhile; nothing was changed."), "danger")
    else:
        _praise(state, book.effective_at, delay_s=front().desk.programme.rule_delay_s)
    return to("rules.page", kind=kind, code=code)


def _praise(state: str, at: datetime | None, *, delay_s: int) -> None:
    told = {
        "active": gettext("The rule holds now."),
        "paused": gettext("The rule rests now."),
        "ended": gettext("The rule has ended."),
    }
    later = {
        "active": gettext("The rule holds from %(time)s on.", time=_clock(at)),
        "paused": gettext("The rule rests from %(time)s on.", time=_clock(at)),
        "ended": gettext("The rule ends at %(time)s.", time=_clock(at)),
    }
    flash((later if delay_s else told).get(state, told["active"]), "success")


def _clock(at: datetime | None) -> str:
    return texts.instant(at) if at else ""


def _matches(line: RuleLine, search: str, state: str, today: str = "") -> bool:
    if state in _STATES and line.state != state:
        return False
    if state in _TIMES and (line.state == "ended" or _when(line.document, today) != state):
        return False
    names = line.document.get("name")
    texts_of = [line.code, *(names.values() if isinstance(names, Mapping) else ())]
    return not search or any(search.casefold() in str(text).casefold() for text in texts_of)


def _when(document: Mapping[str, Any], today: str) -> str:
    """Tell whether a rule with days is on ``now``, comes ``soon`` or is ``over``; ISO sorts."""
    first, last = str(document.get("from") or ""), str(document.get("until") or "")
    if last and last < today:
        return "over"
    return "soon" if first > today else "now"
