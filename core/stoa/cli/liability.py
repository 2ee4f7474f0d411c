"""``stoa settle liability|stress``: what points still owe, and what if it goes badly."""

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.services import liability
from stoa.services.liability import Report
from stoa.values.clearing import stress
from stoa.values.clearing.money import shown
from stoa.values.clearing.stress import NO_SHOCK, Ground, Outcome, Shock
from stoa.work import Work

__all__ = ["liability_", "stress_"]

_CURRENCY = click.option("--currency", default="", help="Of points; the programme's by default.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
_NONE_CLOSED = "No month is closed yet: stoa settle close 2026-05 closes one."
_FIGURES = ("revenue_of_period", "revenue", "deferred", "billed", "paid", "margin")
_COHORT = (
    "month", "issued", "redeemed", "expired", "outstanding", "expected_percent", "breakage_points",
    "billed", "revenue", "deferred",
)  # fmt: skip


class _Percent(click.ParamType[Decimal]):
    name = "percent"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:  # noqa: ANN401 - click's own
        """Read a number from 0 to 100."""
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal(-1)
        if not (found.is_finite() and 0 <= found <= 100):  # noqa: PLR2004 - per cent
            self.fail(f"{value} is no number from 0 to 100.", param, ctx)
        return found


_PERCENT = _Percent()


@click.command(
    "liability",
    cls=Taught,
    examples="""
        stoa settle liability
        stoa settle liability 2026-05
        stoa settle liability 2026-05 --json > may.json
    """,
)
@click.argument("period", default="")
@_CURRENCY
@_JSON
def liability_(period: str, currency: str, *, as_json: bool) -> None:
    """Tell what points still owed at the end of a closed PERIOD, the last one by default.

    Month of issue by month of issue: how many points are left, how many of all are expected to be
    redeemed and how many to break, what is revenue and what is deferred; then the cash behind them.
    With --json the frozen report byte for byte, whose SHA-256 the admin web shows.
    """
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        report = _report(work, currency or work.programme.currency, period)
    document = report.document
    if as_json:
        frozen = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        click.echo(frozen, nl=False)
        return
    table = a_table(*_COHORT, numbers=_COHORT[1:])
    for each in document["cohorts"]:
        table.add_row(*(str(each[name]) for name in _COHORT))
    console().print(table)
    for name in _FIGURES:
        console().print(f"{name.replace('_', ' '):<18} {document[name]:>16}")
    reserve = document["reserve"]
    console().print(
        f"cash {reserve['held']} of {reserve['needed']} needed for"
        f" {document['outstanding_points']} points, {reserve['agreed']} agreed:"
        f" coverage {reserve['coverage']}"
    )
    console().print(f"{report.period}, sha256 {report.sha256}", soft_wrap=True)


@click.command(
    "stress",
    cls=Taught,
    examples="""
        stoa settle stress
        stoa settle stress --redemption-up 10 --default grocery --default fuel
        stoa settle stress --run 100 --exchange 15 --period 2026-05 --json
    """,
)
@click.option("--redemption-up", type=_PERCENT, help="So many percentage points more are redeemed.")
@click.option("--breakage-down", type=_PERCENT, help="Breakage is so many per cent less.")
@click.option("--run", "run_", type=_PERCENT, help="So many per cent are redeemed at once.")
@click.option("--exchange", type=_PERCENT, help="Other moneys move by so many per cent.")
@click.option("--default", "defaults", multiple=True, help="This partner does not pay; repeatable.")
@click.option("--period", default="", help="The closed month it falls on; the last one.")
@_CURRENCY
@_JSON
def stress_(
    redemption_up: Decimal | None,
    breakage_down: Decimal | None,
    run_: Decimal | None,
    exchange: Decimal | None,
    *,
    defaults: tuple[str, ...],
    period: str,
    currency: str,
    as_json: bool,
) -> None:
    """Tell what is left of the cover if it goes badly, from the books of a closed month.

    Without figures: what is expected, 5 percentage points more redemption, half the breakage, a run
    on all points, the partner that would cost most not paying, other moneys moving by 10 per cent,
    and all of it together. With figures: what they come to, beside what is expected.

    Coverage is what there is to pay with (cash, and what partners owe, less what they are owed and
    their unused packs) over what redemptions cost. Nothing is changed.
    """
    nothing = Decimal(0)
    shock = Shock(
        redemption_up or nothing, breakage_down or nothing, run_ or nothing, exchange or nothing,
        frozenset(defaults),
    )  # fmt: skip
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        code = currency or work.programme.currency
        ground = liability.ground(work, code, _report(work, code, period).period)
    if wrong := stress.faults(shock, [each.code for each in ground.partners]):
        raise click.ClickException(" ".join(text for texts in wrong.values() for text in texts))
    rows = _rows(ground, shock)
    if as_json:
        click.echo(json.dumps(_document(ground, rows), indent=1))
        return
    columns = ("scenario", "points", "cost", "means", "coverage", "missing", "revenue", "deferred")
    table = a_table(*columns, numbers=columns[1:])
    for name, _, found in rows:
        table.add_row(
            name, str(found.points), shown(found.cost), shown(found.means), _part(found.coverage),
            shown(found.shortfall), shown(found.revenue), shown(found.deferred),
        )  # fmt: skip
    console().print(table)
    for each in rows[-1][2].losses:
        most = "without a limit" if each.at_most is None else f"at most {shown(each.at_most)}"
        console().print(
            f"{each.owing.code} does not pay: {shown(each.lost)} are lost, {most} by its funding"
        )
    console().print(
        f"{ground.period}: {ground.outstanding} points outstanding at {ground.rate} {ground.money},"
        f" cash {shown(ground.held)}; {ground.ratio} of it shall be covered"
    )


def _rows(ground: Ground, shock: Shock) -> list[tuple[str, Shock, Outcome]]:
    if shock == NO_SHOCK:
        return [(str(each.scenario), each.shock, each.outcome) for each in stress.told(ground)]
    return [
        ("expected", NO_SHOCK, stress.stressed(ground, NO_SHOCK)),
        ("this shock", shock, stress.stressed(ground, shock)),
    ]


def _report(work: Work, points_currency: str, period: str) -> Report:
    found = liability.reports(work, points_currency)
    if not found:
        raise click.ClickException(_NONE_CLOSED)
    chosen = next((each for each in found if period in ("", each.period)), None)
    if chosen is None:
        closed = ", ".join(each.period for each in found)
        raise click.ClickException(f"{period} is not closed; closed are {closed}.")
    return chosen


def _document(ground: Ground, rows: Iterable[tuple[str, Shock, Outcome]]) -> dict[str, Any]:
    return {
        "period": ground.period, "money_currency": ground.money,
        "outstanding_points": ground.outstanding, "rate": str(ground.rate),
        "reserve_ratio": str(ground.ratio),
        "scenarios": [
            {
                "scenario": name, "redemption_up": str(shock.redemption_up),
                "breakage_down": str(shock.breakage_down), "run": str(shock.run),
                "exchange": str(shock.exchange), "defaults": sorted(shock.defaults),
                **_figures(found),
            }
            for name, shock, found in rows
        ],
    }  # fmt: skip


def _figures(found: Outcome) -> dict[str, Any]:
    return {
        "points": found.points, "cost": shown(found.cost), "held": shown(found.held),
        "due": shown(found.due), "promised": shown(found.promised),
        "lost_by_default": shown(found.lost_by_default),
        "lost_by_exchange": shown(found.lost_by_exchange), "means": shown(found.means),
        "coverage": _part(found.coverage), "cash_coverage": _part(found.cash_coverage),
        "shortfall": shown(found.shortfall), "pays_points": found.pays_points, "low": found.low,
        "revenue": shown(found.revenue), "catch_up": shown(found.catch_up),
        "deferred": shown(found.deferred),
    }  # fmt: skip


def _part(coverage: Decimal | None) -> str:
    return "" if coverage is None else shown(coverage)
