"""Deeds to many rows: what will happen is said first, then each row tells what came of it."""

from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request
from werkzeug import Response

from stoa.errors import StoaError
from stoa_admin import gate
from stoa_admin.front import open_work
from stoa_admin.language import gettext
from stoa_admin.listings.every import LISTINGS
from stoa_admin.lists.declaring import Deed, Listing
from stoa_admin.lists.showing import may_do
from stoa_admin.room import SIGNED_IN, Room

__all__ = ["MOST_ROWS", "Outcome", "doors", "run"]

doors = Room("deeds", __name__, reads=SIGNED_IN, changes=SIGNED_IN)

MOST_ROWS = 100
"""Rows of one deed: a page of them."""

_MOST_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one row; `refusal` is empty where it was done."""

    key: str
    called: str
    refusal: str = ""
    code: str = ""


@doors.post("/lists/<name>/deeds")
def run(name: str) -> str | Response:
    """Ask whether to do it, and where that was answered, do it row by row.

    Each row is a work of its own: what is refused for one leaves the others done.
    """
    listing, deed = _asked(name)
    form = request.form
    keys = list(dict.fromkeys(form.getlist("row")))[:MOST_ROWS]
    back = gate.local_path(form.get("next"))
    if not keys:
        return redirect(back, code=303)
    called = {key: form.get(f"called.{key}", key)[:_MOST_LETTERS] for key in keys}
    reason = " ".join(form.get("reason", "").split())[:_MOST_LETTERS]
    if not form.get("sure") or (deed.reason and not reason):
        return render_template(
            "admin/lists/sure.html", listing=listing, deed=deed, called=called, back=back,
            says=deed.says(len(keys)), missing=bool(form.get("sure")),
        )  # fmt: skip
    outcomes = [_do(deed, key, called[key], reason) for key in keys]
    done = [each for each in outcomes if not each.refusal]
    undo = listing.deed(deed.undo) if done and deed.undo else None
    return render_template(
        "admin/lists/outcomes.html", listing=listing, deed=deed, outcomes=outcomes, done=done,
        back=back, undo=undo if undo in may_do(listing) else None,
        reason=gettext("undone: %(reason)s", reason=reason)[:_MOST_LETTERS],
    )  # fmt: skip


def _asked(name: str) -> tuple[Listing[Any], Deed]:
    listing = LISTINGS.get(name)
    if listing is None:
        abort(404)
    deed = listing.deed(request.form.get("deed", ""))
    if deed is None:
        abort(404)
    if deed not in may_do(listing):
        abort(403)
    return listing, deed


def _do(deed: Deed, key: str, called: str, reason: str) -> Outcome:
    try:
        with open_work() as work:
            deed.does(work, key, reason)
    except StoaError as refused:
        return Outcome(key, called, refused.title, refused.code)
    return Outcome(key, called)
