"""The audit trail: changes by person, object, kind and day; one entry with before and after."""

from types import MappingProxyType

from flask import abort, get_template_attribute, render_template, url_for
from werkzeug import Response

from stoa.services import rosters
from stoa.services.listings import trail
from stoa.services.listings.trail import Entry
from stoa.services.rosters import Change
from stoa.values.identifiers import public_id
from stoa_admin.front import id_of, open_work
from stoa_admin.language import noted
from stoa_admin.lists import read
from stoa_admin.lists.declaring import Column, Empty, Filter, Listing
from stoa_admin.room import Room
from stoa_admin.trail import ReadableChange, readable

__all__ = ["KINDS", "TRAIL", "doors", "entry", "page"]

doors = Room("trails", __name__, reads="audit.read")

KINDS = MappingProxyType(
    {
        "adjustment": noted("Adjustments"),
        "agreement": noted("Agreements"),
        "campaign": noted("Campaigns"),
        "client": noted("Credentials"),
        "coupon": noted("Coupons"),
        "currency": noted("Currencies"),
        "draw": noted("Draws"),
        "job": noted("Jobs"),
        "ladder": noted("Tiers"),
        "list": noted("Lists taken as files"),
        "member": noted("Members"),
        "partner": noted("Partners"),
        "reward": noted("Rewards"),
        "staff": noted("Staff"),
        "stock": noted("Stock"),
        "store": noted("Stores"),
        "upload": noted("Imports"),
        "webhook": noted("Webhooks"),
    }
)
"""Kinds of entries: the noun that deeds begin with, in the words of the page."""

_MOST_SHOWN = 3


def _address(each: Entry) -> str:
    return url_for("admin.trails.entry", entry=public_id("aud", each.id))


def _deed(each: Entry) -> str:
    return str(get_template_attribute("admin/macros.html", "deed")(each.deed)).strip()


def _told(each: Entry) -> ReadableChange:
    return readable([Change(each.at, each.who, each.deed, each.subject, each.before, each.after)])[
        0
    ]


def _differences(each: Entry) -> str:
    """Return the first differences of an entry in one line: ``name: old → new``."""
    found = _told(each).differences
    told = [
        f"{path}: {' → '.join(text for text in (before, after) if text is not None)}"
        for path, before, after in found[:_MOST_SHOWN]
    ]
    return "; ".join([*told, *(["…"] if len(found) > _MOST_SHOWN else [])])


TRAIL = Listing(
    name="trail",
    title=noted("Audit trail"),
    source=trail.entries,
    key=lambda each: public_id("aud", each.id),
    columns=(
        Column("deed", noted("What"), _deed, link=_address, under=lambda each: each.deed),
        Column("who", noted("Who"), lambda each: each.who),
        Column("subject", noted("Object"), lambda each: each.subject, "code"),
        Column("differences", noted("What differs"), _differences, personal=True),
        Column("at", noted("When"), lambda each: each.at, "instant", sort="at"),
    ),
    filters=(
        Filter("person", noted("Person")),
        Filter("kind", noted("Kind"), options=KINDS),
        Filter("since", noted("From day"), "day"),
        Filter("until", noted("To day"), "day"),
    ),
    search=noted("Search by the object"),
    placeholder=noted("Number of the object, such as mem_…"),
    sort="-at",
    none=Empty(
        "history",
        noted("Nothing was changed yet"),
        noted("Every change by the staff is kept here for ever, with who and when."),
    ),
    no_match=noted("The object's number has to be whole; or take a filter away."),
)
"""The audit trail, the latest first."""


@doors.get("/trail")
def page() -> str | Response:
    """List what was changed, by whom and when."""
    with open_work() as work:
        people = rosters.staff_names(work)
        listed = read(work, TRAIL, options={"person": people})
    return listed.answer("admin/trails.html")


@doors.get("/trail/<entry>")
def entry(entry: str) -> str:
    """Show one entry: what was before beside what came after."""
    with open_work() as work:
        found = trail.entry(work, id_of("aud", entry))
    if found is None:
        abort(404)
    return render_template("admin/trail_entry.html", found=found, change=_told(found))
