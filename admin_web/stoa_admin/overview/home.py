"""A partner's first page: the overview of its own figures, and what it should look at."""

from uuid import UUID

from flask import abort, render_template, request
from werkzeug import Response

from stoa.services import hosting, parked, partners, requests, rollups, rosters, webhooks
from stoa.services.requests import Wanted
from stoa.services.rollups import Overview
from stoa.values.spans import read_span
from stoa_admin.clearing.common import written
from stoa_admin.front import id_of, open_work, to
from stoa_admin.overview.tables import OF_PARTNER, Source, as_sheet, table
from stoa_admin.overview.tiles import partner_tiles
from stoa_admin.room import Room

__all__ = ["doors", "export", "page"]

doors = Room("home", __name__, reads="partners.read")

_REFUSED = 5


@doors.get("/partners/<partner>/home")
def page(partner: str) -> str:
    """Show how a partner does in the period of the address."""
    partner_id = id_of("prt", partner)
    seen = _seen(partner_id)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        health = hosting.health(work, partner_id)
        endpoints = [
            each for each in webhooks.of_partner(work, partner_id) if each.state != "disabled"
        ]
        standing = webhooks.standing(work, [each.id for each in endpoints])
        waiting = parked.queue(work, partner_id=partner_id)
        refused = requests.page(work, partner_id, Wanted("4xx"), limit=_REFUSED)
        signs = [
            sign.name
            for each in rollups.watched(work, partner_id=partner_id)
            for sign in each.signs
        ]
    source = Source(seen, own=partner_id)
    return render_template(
        "admin/overview/home.html",
        partner=line, seen=seen, span=seen.span, tiles=list(partner_tiles(seen)), health=health,
        tables={name: table(name, source) for name in OF_PARTNER}, endpoints=endpoints,
        dead=sum(each.dead for each in standing.values()), signs=signs,
        unproven=[each for each in endpoints if each.state == "unproven"],
        waiting=waiting, refused=refused, tab="home",
    )  # fmt: skip


@doors.get("/partners/<partner>/home/<name>.<kind>")
def export(partner: str, name: str, kind: str) -> Response:
    """Hand a table of the period in the address over, as CSV or a workbook."""
    partner_id = id_of("prt", partner)
    if name not in OF_PARTNER:
        abort(404)
    source = Source(_seen(partner_id), own=partner_id)
    back = to("home.page", partner=partner, **source.seen.span.address)
    return written(as_sheet(name, source), kind, back=back)


def _seen(partner_id: UUID) -> Overview:
    with open_work() as work:
        version = rosters.partner(work, partner_id).version
        currency = partners.terms(work, partner_id, version=version).points.code
    with open_work() as work:
        span = read_span(request.args, work.today())
        return rollups.overview(work, span, partner_id=partner_id, currency=currency)
