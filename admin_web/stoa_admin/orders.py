"""Orders: what is left of rewards, units put in with a reason, and what members redeemed."""

from types import MappingProxyType

from flask import abort, flash, render_template, request
from werkzeug import Response

from stoa.errors import StockFigureError
from stoa.services import stock
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.lists import read
from stoa_admin.lists.of_records import ORDERS
from stoa_admin.room import Room, asks

__all__ = ["add", "doors", "item", "page", "redemptions", "undo"]

doors = Room("orders", __name__, reads="orders.read", changes="stock.change")

MOVES = MappingProxyType(
    {
        "set": noted("By the rule"),
        "restock": noted("By a person"),
        "live": noted("The partner's own count"),
        "taken": noted("Ordered"),
        "given_back": noted("Came back"),
    }
)
"""What moves of stock may be, in the words of the page."""

_PAGE = 50
_MOST_UNITS = 10**9
_MOST_LETTERS = 200


@doors.get("/stock")
@asks("stock.read")
def page() -> str:
    """List what is left of the rewards that are counted."""
    q, after = request.args.get("q", ""), request.args.get("after", "")
    with open_work() as work:
        found = stock.items(work, q=q, after=after, limit=_PAGE + 1)
    more = found[_PAGE - 1].item if len(found) > _PAGE else None
    return render_template("admin/stock.html", items=found[:_PAGE], q=q, more=more)


@doors.get("/stock/item")
@asks("stock.read")
def item() -> str:
    """Show one reward's stock with every change of it."""
    offer = request.args.get("offer", "")
    with open_work() as work:
        found = stock.items(work, only=[offer])
        moves = stock.moves(work, offer)
    if not found:
        abort(404)
    return render_template("admin/stock_item.html", item=found[0], moves=moves, words=MOVES)


@doors.post("/stock/item")
def add() -> Response:
    """Put units in, or take them away, with a reason."""
    offer, reason = request.args.get("offer", ""), request.form.get("reason", "").strip()
    units = _units(request.form.get("units", ""))
    if units is None or not 0 < len(reason) <= _MOST_LETTERS:
        flash(gettext("Write a whole number other than 0, and a reason."), "danger")
        return to("orders.item", offer=offer)
    _move(offer, units, reason)
    return to("orders.item", offer=offer)


@doors.post("/stock/undo/<move>")
def undo(move: str) -> Response:
    """Undo a restock by its opposite."""
    offer, wanted = request.args.get("offer", ""), id_of("mov", move)
    with open_work() as work:
        found = [each for each in stock.moves(work, offer, limit=1000) if each.id == wanted]
    if not found or found[0].kind != "restock":
        abort(404)
    _move(offer, -found[0].change, gettext("undone: %(reason)s", reason=found[0].reason))
    return to("orders.item", offer=offer)


@doors.get("/redemptions")
def redemptions() -> str | Response:
    """List the rewards that members redeemed, the latest first."""
    with open_work() as work:
        listed = read(work, ORDERS)
    return listed.answer("admin/redemptions.html")


def _move(offer: str, units: int, reason: str) -> None:
    try:
        with open_work() as work:
            left = stock.add(work, offer, units, reason=reason)
    except StockFigureError as refused:
        rest = refused.members["left_units"]
        flash(gettext("Only %(left)s are left: nothing was changed.", left=rest), "danger")
        return
    flash(gettext("%(left)s are left now.", left=left), "success")


def _units(text: str) -> int | None:
    try:
        units = int(text)
    except ValueError:
        return None
    return units if units and abs(units) <= _MOST_UNITS else None
