"""Fulfilment: what partners have yet to hand out or undo, and what a person has to see to."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import abort, flash, render_template, request
from werkzeug import Response

from stoa.errors import ErrandClosedError, OrderUsedError, StoaError, WalletBusyError
from stoa.services import fulfilment
from stoa.values.identifiers import uuid_of
from stoa.work import Work
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["STATES", "doors", "give_up", "page", "try_again"]

doors = Room("fulfilment", __name__, reads="orders.read", changes="orders.change")

STATES = ("queued", "failed", "cancelling", "done", "cancelled")
"""The tabs of the page, in their order."""

_PAGE = 50


@doors.get("/fulfilment")
def page() -> str:
    """List orders by what their partner is asked, the latest first."""
    state = request.args.get("state", STATES[0])
    if state not in STATES:
        abort(404)
    with open_work() as work:
        counts = fulfilment.count(work)
        found = fulfilment.page(work, errand=state, before=_before(), limit=_PAGE + 1)
    return render_template(
        "admin/fulfilment.html", state=state, states=STATES, counts=counts, orders=found[:_PAGE],
        older=len(found) > _PAGE,
    )  # fmt: skip


@doors.post("/fulfilment/<order>/try-again")
def try_again(order: str) -> Response:
    """Have the partner asked at once."""
    return _do(order, fulfilment.try_again, gettext("The partner is asked again now."))


@doors.post("/fulfilment/<order>/give-up")
def give_up(order: str) -> Response:
    """Refund the order to the lots it was paid from."""
    return _do(order, fulfilment.give_up, gettext("The order is refunded; its points are back."))


def _do(order: str, deed: Callable[[Work, UUID], object], done: str) -> Response:
    state = request.args.get("state", STATES[0])
    try:
        with open_work() as work:
            deed(work, id_of("hld", order))
    except ErrandClosedError:
        flash(gettext("This was settled meanwhile; nothing was changed."), "danger")
    except OrderUsedError:
        flash(gettext("A coupon of this order was used: it can't be refunded."), "danger")
    except WalletBusyError:
        flash(gettext("This did not work. Nothing was changed; try again in a moment."), "danger")
    except StoaError as refused:
        flash(gettext("Nothing was changed: %(why)s", why=refused.code), "danger")
    else:
        flash(done, "success")
    return to("fulfilment.page", state=state if state in STATES else STATES[0])


def _before() -> tuple[datetime, UUID] | None:
    last = uuid_of("hld", request.args.get("last", ""))
    try:
        at = datetime.fromisoformat(request.args.get("before", ""))
    except ValueError:
        return None
    return None if last is None or at.tzinfo is None else (at, last)
