"""A partner's requests of the last days: what its software asked, what it was answered, masked."""

import json

from flask import abort, render_template, request
from werkzeug import Response

from stoa.services import requests, rosters
from stoa.services.requests import Kept
from stoa_admin.front import id_of, open_work
from stoa_admin.lists import read
from stoa_admin.lists.of_records import REQUESTS
from stoa_admin.room import Room

__all__ = ["doors", "page", "show"]

doors = Room("requests", __name__, reads="requests.read")

_STATUSES = ("2xx", "4xx", "5xx")
_METHODS = ("GET", "POST")


@doors.get("/partners/<partner>/requests")
def page(partner: str) -> str | Response:
    """List the requests of a partner, the latest first; the filters stand in the address."""
    partner_id = id_of("prt", partner)
    status = _status(request.args.get("status", ""))
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        listed = read(
            work, REQUESTS, partner_id=partner_id,
            options={
                "status": {each: each for each in dict.fromkeys((*_STATUSES, status)) if each},
                "method": {each: each for each in _METHODS},
            },
        )  # fmt: skip
    return listed.answer("admin/partner_requests.html", partner=line, tab="requests")


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
