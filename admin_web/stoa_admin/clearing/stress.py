"""What if it goes badly: shocks on the books of a closed month, side by side and of one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask import abort, make_response, render_template, request
from werkzeug import Response

from stoa.services import liability
from stoa.values.clearing import stress
from stoa.values.clearing.stress import NO_SHOCK, Ground, Outcome, Owing, Scenario, Shock
from stoa.values.sheets import Amount, Cell, Column, Fact, Row, Sheet, Table
from stoa_admin.clearing.common import (
    Parties,
    now,
    parties,
    period_in,
    points_currency,
    tag,
    written,
)
from stoa_admin.front import open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = ["doors", "export", "page"]

doors = Room("stress", __name__, reads="clearing.read")

SCENARIOS = {
    Scenario.EXPECTED: noted("As expected"),
    Scenario.REDEMPTION: noted("More is redeemed"),
    Scenario.BREAKAGE: noted("Less breaks"),
    Scenario.RUN: noted("A run on all points"),
    Scenario.DEFAULT: noted("A partner does not pay"),
    Scenario.EXCHANGE: noted("Other moneys move"),
    Scenario.ALL: noted("All of it together"),
}
OWN = "own"
_FIGURES = ("redemption_up", "breakage_down", "run", "exchange")
_LETTERS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A scenario's row: what it is called, its figures as the form takes them, what comes of it."""

    name: str
    given: Mapping[str, str]
    outcome: Outcome
    own: bool = False

    @property
    def percent(self) -> Decimal | None:
        """How much of the cost can be paid, in percent with one decimal."""
        return _percent(self.outcome.coverage)

    @property
    def cash_percent(self) -> Decimal | None:
        """How much of it the cash alone pays."""
        return _percent(self.outcome.cash_coverage)


@doors.get("/clearing/stress")
def page() -> Response:
    """Show every scenario, and the figures that were asked for; figures that can't be say why."""
    months, ground, known = _ground()
    if ground is None:
        return make_response(
            render_template("admin/clearing/stress.html", ground=None, tab="liability")
        )
    given = {name: request.args.get(name, "") for name in (*_FIGURES, "default")}
    errors: dict[str, str] = {}
    shock = _shock(given, ground, errors)
    lines = _lines(ground, known)
    own = shock != NO_SHOCK and not errors
    if own:
        lines.append(Line(gettext("Your figures"), given, stress.stressed(ground, shock), own=True))
    answer = render_template(
        "admin/clearing/stress.html", ground=ground, months=months, lines=lines, given=given,
        errors=errors, chosen=lines[-1] if own else None, expected=lines[0].outcome,
        owing=_owing(ground), known=known, at_most=stress.at_most, asked=_asked(ground, given),
        tab="liability",
    )  # fmt: skip
    return make_response(answer, 422 if errors else 200)


@doors.get("/clearing/stress.<kind>")
def export(kind: str) -> Response:
    """Hand the scenarios over, and what each partner would take with it."""
    _, ground, known = _ground()
    if ground is None:
        abort(404)
    given = {name: request.args.get(name, "") for name in (*_FIGURES, "default")}
    errors: dict[str, str] = {}
    shock = _shock(given, ground, errors)
    lines = _lines(ground, known)
    if shock != NO_SHOCK and not errors:
        lines.append(Line(gettext("Your figures"), given, stress.stressed(ground, shock), own=True))
    return written(_sheet(ground, lines, known), kind, back=to("stress.page"))


def _ground() -> tuple[list[str], Ground | None, Parties]:
    """Return the closed months, the books of the one that was asked for, and who is who."""
    asked = request.args.get("period", "")
    with open_work() as work:
        known = parties(work)
        months = [each.period for each in liability.reports(work, points_currency())]
        period = period_in(asked) if asked else (months or [""])[0]
        if not months:
            return months, None, known
        if period not in months:
            abort(404)
        return months, liability.ground(work, points_currency(), period), known


def _shock(given: Mapping[str, str], ground: Ground, errors: dict[str, str]) -> Shock:
    figures = {name: _figure(given[name], name, errors) for name in _FIGURES}
    defaults = frozenset({given["default"]}) if given["default"] else frozenset[str]()
    shock = Shock(
        figures["redemption_up"], figures["breakage_down"], figures["run"], figures["exchange"],
        defaults,
    )  # fmt: skip
    for name in stress.faults(shock, [each.code for each in ground.partners]):
        errors[name] = (
            gettext("Choose from the list.")
            if name == "defaults"
            else gettext("Write a number from 0 to 100.")
        )
    return shock


def _figure(text: str, name: str, errors: dict[str, str]) -> Decimal:
    try:
        figure = Decimal(text[:_LETTERS].strip() or "0")
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite():
        errors[name] = gettext("Write a number from 0 to 100.")
        return Decimal(0)
    return figure


def _lines(ground: Ground, known: Parties) -> list[Line]:
    found = []
    for each in stress.told(ground):
        name = gettext(SCENARIOS[each.scenario])
        given = {
            figure: f"{getattr(each.shock, figure):f}"
            for figure in _FIGURES
            if getattr(each.shock, figure)
        }
        for code in each.shock.defaults:
            given["default"] = code
            if each.scenario is Scenario.DEFAULT:
                name = gettext("%(partner)s does not pay", partner=known.called(code))
        found.append(Line(name, given, each.outcome))
    return found


def _owing(ground: Ground) -> Sequence[Owing]:
    """Return the partners, those first that would cost most."""
    return sorted(ground.partners, key=lambda each: (-each.lost, each.code))


def _asked(ground: Ground, given: Mapping[str, str]) -> dict[str, str]:
    return {"period": ground.period} | {name: text for name, text in given.items() if text}


def _percent(part: Decimal | None) -> Decimal | None:
    return None if part is None else round(part * 100, 1)


def _sheet(ground: Ground, lines: Sequence[Line], known: Parties) -> Sheet:
    names = (
        gettext("Scenario"), gettext("Points redeemed"), gettext("To pay"),
        gettext("To pay with"), gettext("Coverage, percent"), gettext("By cash alone, percent"),
        gettext("Missing"), gettext("Revenue so far"), gettext("Change of revenue"),
        gettext("Deferred"),
    )  # fmt: skip
    rows = tuple(Row(_cells(each)) for each in lines)
    partners = (
        gettext("Partner"), gettext("Owes"), gettext("Unused packs"), gettext("Deposit"),
        gettext("Promised for its points"), gettext("Lost if it does not pay"),
        gettext("At most by its credit"),
    )  # fmt: skip
    owing = tuple(
        Row((
            known.called(each.code), Amount(each.owed, 4), Amount(each.unused, 4),
            Amount(each.deposit, 4), Amount(each.promised, 4), Amount(each.lost, 4),
            None if (most := stress.at_most(each)) is None else Amount(most, 4),
        ))
        for each in _owing(ground)
    )  # fmt: skip
    facts = (
        Fact(gettext("Period"), ground.period), Fact(gettext("Money"), ground.money),
        Fact(gettext("Points outstanding"), ground.outstanding),
        Fact(gettext("Per point"), Amount(ground.rate, 4)),
        Fact(gettext("Held in reserve"), Amount(ground.held, 4)),
        Fact(gettext("Part that was agreed to be covered"), Amount(ground.ratio, 4)),
    )  # fmt: skip
    return Sheet(
        gettext("What if it goes badly"), f"stress-{ground.period}", tag(), now(), (), facts,
        (
            Table(gettext("Scenarios"), _columns(names), rows),
            Table(gettext("What each partner would take with it"), _columns(partners), owing),
        ),
    )  # fmt: skip


def _cells(each: Line) -> tuple[Cell, ...]:
    found = each.outcome
    return (
        each.name, found.points, Amount(found.cost, 4), Amount(found.means, 4),
        None if each.percent is None else Amount(each.percent, 1),
        None if each.cash_percent is None else Amount(each.cash_percent, 1),
        Amount(found.shortfall, 4), Amount(found.revenue, 4), Amount(found.catch_up, 4),
        Amount(found.deferred, 4),
    )  # fmt: skip


def _columns(names: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(name, number=place > 0) for place, name in enumerate(names))
