"""What people keep of a list: columns, views under a name, and the one it opens with."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, redirect, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import views
from stoa_admin import gate
from stoa_admin.front import id_of, open_work, person
from stoa_admin.language import gettext
from stoa_admin.listings.every import LISTINGS
from stoa_admin.lists.declaring import Listing
from stoa_admin.room import SIGNED_IN, Room

__all__ = ["choose", "doors", "drop", "prefer", "save"]

doors = Room("lists", __name__, reads=SIGNED_IN, changes=SIGNED_IN)


@doors.post("/lists/<name>/columns")
def choose(name: str) -> Response:
    """Keep which columns one sees; with none chosen, those that everybody sees."""
    listing = _listing(name)
    wanted = request.form.getlist("column")
    columns = [each.name for each in listing.columns if each.name in wanted]
    usual = [each.name for each in listing.columns if each.shown]
    with open_work() as work:
        views.choose(work, person(), name, [] if columns == usual else columns)
    return _back()


@doors.post("/lists/<name>/views")
def save(name: str) -> Response:
    """Keep the filters and the order under a name."""
    listing = _listing(name)
    form = request.form
    try:
        with open_work() as work:
            views.save(
                work, person(), name, form.get("title", ""), _query(listing, form.get("query", "")),
                shared=bool(form.get("shared")), usual=bool(form.get("usual")),
            )  # fmt: skip
    except InvalidBodyError:
        told = gettext(
            "Write a name of at most 60 letters; keep at most %(most)s views.",
            most=views.MOST_VIEWS,
        )
        flash(told, "danger")
    else:
        flash(gettext("The view is kept."), "success")
    return _back()


@doors.post("/lists/<name>/views/<view>/drop")
def drop(name: str, view: str) -> Response:
    """Forget one's own view."""
    _listing(name)
    with open_work() as work:
        if not views.drop(work, person(), name, id_of("viw", view)):
            abort(404)
    flash(gettext("The view is forgotten."), "success")
    return _back()


@doors.post("/lists/<name>/usual")
def prefer(name: str) -> Response:
    """Let the list open with a view, or with everything."""
    _listing(name)
    view = request.form.get("view", "")
    with open_work() as work:
        if not views.prefer(work, person(), name, id_of("viw", view) if view else None):
            abort(404)
    flash(gettext("The list opens so from now on."), "success")
    return _back()


def _listing(name: str) -> Listing[Any]:
    found = LISTINGS.get(name)
    if found is None:
        abort(404)
    return found


def _query(listing: Listing[Any], given: str) -> str:
    """Return what a view keeps of an address: nothing but what the list knows."""
    known = {"q", "sort", *(each.name for each in listing.filters)}
    return urlencode([(name, value) for name, value in parse_qsl(given) if name in known])


def _back() -> Response:
    return redirect(gate.local_path(request.form.get("next")), code=303)
