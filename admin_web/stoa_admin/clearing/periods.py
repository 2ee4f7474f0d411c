"""Periods: months that are open or closed, what stands in the way of a close, and the close."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, render_template
from werkzeug import Response

from stoa.errors import (
    ClosingRunningError,
    FxRateMissingError,
    PeriodNotNextError,
    PeriodNotOverError,
    TaxCodeUnknownError,
)
from stoa.services import clearing, disputes, journal, payments
from stoa.services.clearing import Frozen, Period
from stoa.values.clearing.statements import Statement
from stoa_admin.clearing.common import parties, period_in, points_currency
from stoa_admin.confirming import confirmed
from stoa_admin.front import open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room, asks

__all__ = ["Totals", "close", "doors", "page", "show"]

doors = Room("periods", __name__, reads="clearing.read", changes="clearing.close")

_DISPUTES = 500


@dataclass(frozen=True, slots=True)
class Totals:
    """What the partners' statements of a period come to, in minor units."""

    statements: int
    owed: int
    paid_out: int
    money: str


@doors.get("/clearing/periods")
def page() -> str:
    """List the periods, the newest first, and which is to be closed next."""
    with open_work() as work:
        found = clearing.periods(work, points_currency())
        kept = clearing.statements_of(work, currency=points_currency())
        coming = clearing.next_period(work, points_currency())
        today = work.today()
    return render_template(
        "admin/clearing/periods.html",
        rows=[(each, _totals(kept, each.period)) for each in reversed(found)],
        coming=coming, over=clearing.last_day(coming) < today, tab="periods",
    )  # fmt: skip


@doors.get("/clearing/periods/<period>")
def show(period: str) -> str:
    """Show what will be closed and what stands in its way, or what a close came to."""
    with open_work() as work:
        code, wanted = points_currency(), period_in(period)
        found = clearing.period_of(work, code, wanted)
        coming = clearing.next_period(work, code)
        if found is None and wanted != coming:
            abort(404)
        if found is not None and found.closed:
            return _closed(found)
        behind = journal.behind(work)
        open_disputes = disputes.listed(work, state="open", limit=_DISPUTES)
        lacks = clearing.lacks(work, code, clearing.last_day(wanted))
        known = parties(work)
        last, today = clearing.last_day(wanted), work.today()
        sums = journal.sums(work, code, since=wanted, until=wanted)
    return render_template(
        "admin/clearing/close.html", period=wanted, coming=coming, behind=behind,
        disputes=len(open_disputes), lacks=lacks, known=known, last=last, over=last < today,
        entries=sum(each.entries for each in sums),
        ready=last < today and wanted == coming and not any(each.stops for each in lacks),
        tab="periods",
    )  # fmt: skip


@doors.post("/clearing/periods/<period>/close")
@asks("clearing.close")
@confirmed
def close(period: str) -> Response:
    """Close a period: book what is there, freeze the statements."""
    wanted = period_in(period)
    try:
        with open_work() as work:
            done = clearing.close(work, wanted)
    except ClosingRunningError:
        flash(gettext("It is being closed already; look again in a moment."), "danger")
    except PeriodNotOverError:
        flash(gettext("This month is not over yet; nothing was closed."), "danger")
    except PeriodNotNextError:
        flash(gettext("An earlier month has to be closed first."), "danger")
    except (FxRateMissingError, TaxCodeUnknownError):
        flash(gettext("A rate or a tax is missing; nothing was closed."), "danger")
    else:
        if done.again:
            flash(gettext("It was closed before; nothing changed."), "success")
        else:
            flash(gettext("Closed. The statements are frozen."), "success")
    return to("periods.show", period=wanted)


def _closed(found: Period) -> str:
    with open_work() as work:
        kept = clearing.statements_of(work, currency=found.points_currency, period=found.period)
        matrix = payments.matrix(work, found.points_currency, found.period)
        known = parties(work)
    papers: list[tuple[Frozen, Statement]] = [(each, each.statement) for each in kept]
    return render_template(
        "admin/clearing/period.html", period=found, kept=papers, matrix=matrix, known=known,
        totals=_totals(kept, found.period), tab="periods",
    )  # fmt: skip


def _totals(kept: Sequence[Frozen], period: str) -> Totals | None:
    """Return what partners owe and are owed by the statements of a period."""
    mine = [each for each in kept if each.period == period and each.partner_id]
    if not mine:
        return None
    nets = [each.closing_minor for each in mine]
    return Totals(
        len(mine), sum(net for net in nets if net > 0), -sum(net for net in nets if net < 0),
        mine[0].money_currency,
    )  # fmt: skip
