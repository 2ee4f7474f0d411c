"""Limits of a partner: what it may ask for where that is not what all partners may."""

import re
from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import limits, rosters
from stoa.services.limits import Limits
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["agree", "doors", "page"]

doors = Room("shares", __name__, reads="limits.read", changes="limits.change")

_FIELDS = ("rate_per_s", "burst", "most_at_once")
_WHOLE = re.compile(r"[0-9]{1,9}")


@doors.get("/partners/<partner>/limits")
def page(partner: str) -> str:
    """Show how much a partner may ask for."""
    return _page(partner, None, {})


@doors.post("/partners/<partner>/limits")
def agree(partner: str) -> Response:
    """Give a partner limits of its own; none at all where every field is empty."""
    partner_id = id_of("prt", partner)
    given = {name: request.form.get(name, "").strip() for name in _FIELDS}
    some = any(given.values())
    errors = {
        name: gettext("Write a whole number.")
        for name, text in given.items()
        if some and not _WHOLE.fullmatch(text)
    }
    if not errors:
        numbers = {name: int(text) for name, text in given.items() if text}
        try:
            with open_work() as work:
                rosters.partner(work, partner_id)
                limits.agree(work, partner_id, Limits(**numbers) if some else None)
        except InvalidBodyError as refused:
            for name in refused.members["errors"]:
                errors[name] = gettext(
                    "Choose between %(least)d and %(most)d.", least=1, most=limits.BOUNDS[name]
                )
        else:
            flash(gettext("The limits hold within ten seconds."), "success")
            return to("shares.page", partner=partner)
    return make_response(_page(partner, given, errors), 422)


def _page(partner: str, given: dict[str, str] | None, errors: dict[str, str]) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        own = limits.of(work, partner_id)
    stand: dict[str, Any] = {name: str(getattr(own, name)) if own else "" for name in _FIELDS}
    return render_template(
        "admin/partner_limits.html", partner=line, given=given or stand, errors=errors, own=own,
        tab="limits",
    )  # fmt: skip
