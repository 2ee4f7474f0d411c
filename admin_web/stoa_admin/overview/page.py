"""The operator's first page: the alliance in a period, beside the one before it."""

from decimal import Decimal

from flask import abort, render_template, request
from werkzeug import Response

from stoa.services import analytics, liability, rollups
from stoa.services.rollups import Overview
from stoa.values.identifiers import public_id
from stoa.values.spans import Span, read_span
from stoa.work import Work
from stoa_admin.clearing.common import written
from stoa_admin.front import open_work, person, to
from stoa_admin.overview.tables import OF_ALLIANCE, Source, as_sheet, table
from stoa_admin.overview.tiles import noticed, tiles
from stoa_admin.room import SIGNED_IN, Room, asks

__all__ = ["doors", "export", "page"]

doors = Room("dashboard", __name__, reads="dashboard.read")

_SHOWN = 60


@doors.get("/")
@asks(SIGNED_IN)
def page() -> str | Response:
    """Show the period in the address, 30 days where it names none that is offered.

    A partner's people are led to the first page of their partner.
    """
    mine = person().partner_id
    if mine is not None:
        return to("home.page", partner=public_id("prt", mine))
    with open_work() as work:
        seen = rollups.overview(work, _span(work))
        outcomes = rollups.outcomes(work)
        watched = rollups.watched(work)
        attention = analytics.attention(work)
        deferred = _deferred(work, seen.currency)
        at = work.now()
    source = Source(seen, outcomes)
    return render_template(
        "admin/overview/page.html",
        seen=seen, span=seen.span, at=at, tiles=list(tiles(seen, deferred)), a=attention,
        tables={name: table(name, source) for name in OF_ALLIANCE}, shown=_SHOWN,
        notices=noticed(watched), outcomes=outcomes, rows=_rows(seen),
        fullest=max((points for _, points in seen.expiring), default=0),
        names={partner.id: partner.name for partner in seen.partners},
    )  # fmt: skip


@doors.get("/overview/<name>.<kind>")
def export(name: str, kind: str) -> Response:
    """Hand a table of the period in the address over, as CSV or a workbook."""
    if name not in OF_ALLIANCE:
        abort(404)
    with open_work() as work:
        seen = rollups.overview(work, _span(work))
        source = Source(seen, rollups.outcomes(work))
    return written(as_sheet(name, source), kind, back=to("dashboard.page", **seen.span.address))


def _span(work: Work) -> Span:
    return read_span(request.args, work.today())


def _deferred(work: Work, currency: str) -> tuple[str, Decimal] | None:
    found = liability.reports(work, currency)
    return (found[0].period, Decimal(found[0].document["deferred"])) if found else None


def _rows(seen: Overview) -> list[tuple[rollups.PartnerFigures, float]]:
    """Return partners with their part of all points issued, in percent."""
    total = sum(each.now.issued for each in seen.partners)
    return [
        (each, round(100 * each.now.issued / total, 1) if total else 0.0) for each in seen.partners
    ]
