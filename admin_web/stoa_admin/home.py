"""A partner's first page: its points of the last thirty days, and what it should look at."""

from flask import render_template

from stoa.services import analytics, hosting, parked, partners, requests, rosters, webhooks
from stoa.services.analytics import Flow
from stoa.services.requests import Wanted
from stoa_admin import sparkline
from stoa_admin.front import id_of, open_work
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["DAYS", "doors", "page"]

doors = Room("home", __name__, reads="partners.read")

DAYS = 30
"""How many business days the figures cover."""


_REFUSED = 5
_Line = tuple[str, str]


@doors.get("/partners/<partner>/home")
def page(partner: str) -> str:
    """Show how a partner does."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        terms = partners.terms(work, partner_id, version=line.version)
        currency = terms.points.code
        flows = analytics.flows_of(work, partner_id, days=DAYS, currency=currency)
        health = hosting.health(work, partner_id)
        endpoints = [
            each for each in webhooks.of_partner(work, partner_id) if each.state != "disabled"
        ]
        standing = webhooks.standing(work, [each.id for each in endpoints])
        waiting = parked.queue(work, partner_id=partner_id)
        refused = requests.page(work, partner_id, Wanted("4xx"), limit=_REFUSED)
    return render_template(
        "admin/home.html",
        partner=line,
        days=DAYS,
        chart=[(flow.day, flow.issued, flow.redeemed) for flow in flows],
        tiles=_tiles(flows),
        moved=any(flow.issued or flow.redeemed or flow.taken_back for flow in flows),
        currency=currency,
        health=health,
        endpoints=endpoints,
        dead=sum(each.dead for each in standing.values()),
        unproven=[each for each in endpoints if each.state == "unproven"],
        waiting=waiting,
        refused=refused,
        tab="home",
    )


def _tiles(flows: list[Flow]) -> list[tuple[str, str, str, int, _Line]]:
    figures = (
        ("issued", "coins", gettext("Points issued")),
        ("redeemed", "gift", gettext("Points redeemed")),
        ("taken_back", "arrow-back-up", gettext("Taken back")),
        ("net", "scale", gettext("Net")),
    )
    tiles = []
    for name, picture, label in figures:
        course = [getattr(flow, name) for flow in flows]
        tiles.append((name, picture, label, sum(course), sparkline.line(course)))
    return tiles
