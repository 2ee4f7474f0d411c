"""Liability: revenue that is deferred, points that break, and the reserve behind them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import abort, render_template, request
from werkzeug import Response

from stoa.services import liability
from stoa.services.liability import Report
from stoa.values.sheets import Amount, Column, Fact, Row, Sheet, Table
from stoa_admin.clearing.common import (
    line_name,
    parties,
    period_in,
    points_currency,
    tag,
    written,
)
from stoa_admin.front import front, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["cohort", "doors", "export", "page"]

doors = Room("liability", __name__, reads="clearing.read")

_ENTRIES = 100
_FIGURES = ("billed", "paid", "revenue", "revenue_of_period", "deferred", "margin")


@doors.get("/clearing/liability")
def page() -> str:
    """Show the report of a closed period; the newest by default."""
    asked = request.args.get("period", "")
    backing = None
    with open_work() as work:
        found = liability.reports(work, points_currency())
        chosen = _chosen(found, period_in(asked)) if asked else (found[0] if found else None)
        if chosen:
            backing = liability.backing(work, points_currency(), chosen.period)
        known = parties(work)
    return render_template(
        "admin/clearing/liability.html", found=found, chosen=chosen, backing=backing, known=known,
        report=_read(chosen) if chosen else None, curve=_curve(chosen) if chosen else [],
        money=front().desk.programme.money_currency, tab="liability",
    )  # fmt: skip


@doors.get("/clearing/liability/<period>.<kind>")
def export(period: str, kind: str) -> Response:
    """Hand a report over as CSV, a workbook or a PDF."""
    wanted = period_in(period)
    with open_work() as work:
        report = _chosen(liability.reports(work, points_currency()), wanted)
    return written(_sheet(report), kind, back=to("liability.page", period=wanted))


@doors.get("/clearing/liability/<period>/cohorts/<month>")
def cohort(period: str, month: str) -> str:
    """Show how a month's figures come about, and the entries of one period behind them."""
    wanted, first = period_in(period), period_in(month)
    moved_in = period_in(request.args.get("in", wanted))
    with open_work() as work:
        report = _chosen(liability.reports(work, points_currency()), wanted)
        line = next((each for each in _read(report)["cohorts"] if each["month"] == first), None)
        if line is None or moved_in > wanted:
            abort(404)
        movements = [
            each for each in liability.movements(work, points_currency(), wanted)
            if each.cohort == first
        ]  # fmt: skip
        found = liability.entries_of_cohort(
            work, points_currency(), moved_in, first, after=request.args.get("after", 0, int),
            limit=_ENTRIES + 1,
        )  # fmt: skip
        known = parties(work)
    return render_template(
        "admin/clearing/cohort.html", report=report, line=line, movements=movements,
        moved_in=moved_in, found=found[:_ENTRIES], more=len(found) > _ENTRIES, known=known,
        line_name=line_name, terms=report.document, tab="liability",
        money=front().desk.programme.money_currency,
    )  # fmt: skip


def _chosen(found: Sequence[Report], period: str) -> Report:
    chosen = next((each for each in found if each.period == period), None)
    if chosen is None:
        abort(404)
    return chosen


def _read(report: Report) -> dict[str, Any]:
    """Return a report's figures as numbers."""
    document = report.document
    reserve = {name: Decimal(text) for name, text in document["reserve"].items()}
    cohorts = [
        each | {name: Decimal(each[name]) for name in (
            "billed", "paid", "expected_percent", "breakage_points", "revenue", "deferred")}
        for each in document["cohorts"]
    ]  # fmt: skip
    figures = {name: Decimal(document[name]) for name in _FIGURES}
    return figures | {
        "cohorts": cohorts, "reserve": reserve, "low": reserve["held"] < reserve["agreed"],
        "outstanding": document["outstanding_points"],
        "breakage": sum((each["breakage_points"] for each in cohorts), Decimal(0)),
    }  # fmt: skip


def _curve(report: Report) -> list[tuple[int, int]]:
    """Return by age in months which part of the points of that age was redeemed, in percent."""
    issued: dict[int, int] = {}
    redeemed: dict[int, int] = {}
    for each in report.document["cohorts"]:
        age = _months(each["month"], report.period)
        issued[age] = issued.get(age, 0) + each["issued"]
        redeemed[age] = redeemed.get(age, 0) + each["redeemed"]
    return [
        (age, round(100 * redeemed[age] / issued[age])) for age in sorted(issued) if issued[age] > 0
    ]


def _months(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:])


def _sheet(report: Report) -> Sheet:
    read = _read(report)
    names = (
        gettext("Month"), gettext("Issued"), gettext("Redeemed"), gettext("Expired"),
        gettext("Outstanding"), gettext("Expected to be redeemed, percent"), gettext("Breakage"),
        gettext("Revenue"), gettext("Deferred"),
    )  # fmt: skip
    rows = tuple(
        Row((
            each["month"], each["issued"], each["redeemed"], each["expired"], each["outstanding"],
            Amount(each["expected_percent"], 4), Amount(each["breakage_points"], 4),
            Amount(each["revenue"], 4), Amount(each["deferred"], 4),
        ))
        for each in read["cohorts"]
    )  # fmt: skip
    reserve = read["reserve"]
    facts = (
        Fact(gettext("Period"), report.period),
        Fact(gettext("Deferred"), Amount(read["deferred"], 4)),
        Fact(gettext("Revenue of the period"), Amount(read["revenue_of_period"], 4)),
        Fact(gettext("Revenue so far"), Amount(read["revenue"], 4)),
        Fact(gettext("Held in reserve"), Amount(reserve["held"], 4)),
        Fact(gettext("Needed for all points"), Amount(reserve["needed"], 4)),
        Fact(gettext("Coverage"), Amount(reserve["coverage"], 4)),
    )  # fmt: skip
    return Sheet(
        gettext("Liability"), f"liability-{report.period}", tag(), report.made_at, (), facts,
        (Table(gettext("By month of issue"), tuple(
            Column(name, number=place > 0) for place, name in enumerate(names)), rows),),
        (f"SHA-256 {report.sha256}",),
    )  # fmt: skip
