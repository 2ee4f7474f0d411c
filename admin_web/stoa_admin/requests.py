"""A partner's requests of the last days: what its software asked, what it was answered, masked."""

import json
from datetime import UTC, datetime, time

from flask import abort, render_template, request

from stoa.services import requests, rosters
from stoa.services.requests import Kept, Wanted
from stoa_admin.front import id_of, open_work
from stoa_admin.room import Room

__all__ = ["doors", "page", "show"]

doors = Room("requests", __name__, reads="requests.read")

_PAGE = 50
_STATUSES = ("", "2xx", "4xx", "5xx")
_METHODS = ("", "GET", "POST")


@doors.get("/partners/<partner>/requests")
def page(partner: str) -> str:
    """List the requests of a partner, the latest first; the filters stand in the address."""
    partner_id = id_of("prt", partner)
    given = {name: request.args.get(name, "") for name in ("status", "method", "path", "since")}
    wanted = Wanted(
        _status(given["status"]), given["method"] if given["method"] in _METHODS else "",
        given["path"][:256], _day(given["since"]), request.args.get("before", ""),
    )  # fmt: skip
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        found = requests.page(work, partner_id, wanted, limit=_PAGE + 1)
    return render_template(
        "admin/partner_requests.html", partner=line, tab="requests", requests=found[:_PAGE],
        older=len(found) > _PAGE, given=given, statuses=_STATUSES, methods=_METHODS,
    )  # fmt: skip


@doors.get("/partners/<partner>/requests/<request_id>")
def show(partner: str, request_id: str) -> str:
    """Show one request as it was kept."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        found = requests.find(work, partner_id, request_id)
    if found is None:
        abort(404)
    return render_template(
        "admin/partner_request.html", partner=line, tab="requests", asked=found,
        body=_laid_out(found.body), answer=_laid_out(found.answer), facts=_facts(found),
    )  # fmt: skip


def _status(text: str) -> str:
    known = len(text) == 3 and text[0] in "12345" and (text[1:] == "xx" or text.isdecimal())  # noqa: PLR2004
    return text if known and text.isascii() else ""


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(), UTC)
    except ValueError:
        return None


def _laid_out(text: str) -> str:
    """Return JSON with a line for each field; what was cut off stays as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def _facts(asked: Kept) -> dict[str, str]:
    return {
        "request_id": asked.request_id,
        "door": f"{asked.method} {asked.route}",
        "idempotency_key": asked.idempotency_key,
        "client_id": asked.client,
        "code": asked.code,
    }
