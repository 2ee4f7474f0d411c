"""As whom papers and banks know a partner: its legal entity and the account it is paid to."""

from collections.abc import Mapping
from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import entities, rosters
from stoa.values.clearing.statements import Entity
from stoa_admin.confirming import confirmed
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["change", "doors", "page"]

doors = Room("entities", __name__, reads="clearing.read", changes="accounts.change")

_FIELDS = ("name", "address", "tax_number", "account", "bic")


@doors.get("/partners/<partner>/entity")
def page(partner: str) -> str:
    """Show as whom a partner is known, and all that was ever said of it."""
    return _page(partner, None, {})


@doors.post("/partners/<partner>/entity")
@confirmed
def change(partner: str) -> Response:
    """Say as whom a partner is known from now on."""
    partner_id = id_of("prt", partner)
    given = {name: request.form.get(name, "").strip() for name in _FIELDS}
    asked = Entity(
        given["name"], "", tuple(given["address"].splitlines()), given["tax_number"],
        given["account"], given["bic"],
    )  # fmt: skip
    try:
        with open_work() as work:
            rosters.partner(work, partner_id)
            entities.change(work, partner_id, asked)
    except InvalidBodyError as refused:
        errors = _told(refused.members["errors"])
        return make_response(_page(partner, given, errors), 422)
    flash(gettext("Kept. From now on papers and payments name the partner so."), "success")
    return to("entities.page", partner=partner)


def _page(partner: str, given: dict[str, str] | None, errors: Mapping[str, str]) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        known = entities.of(work, partner_id)
        versions = entities.versions(work, partner_id)
        names = rosters.staff_names(work)
    entity = known.entity
    return render_template(
        "admin/clearing/entity.html", partner=line, known=known, versions=versions, names=names,
        given=given or {
            "name": entity.name, "address": "\n".join(entity.address),
            "tax_number": entity.tax_number, "account": entity.account, "bic": entity.bic,
        },
        errors=errors, tab="entity",
    )  # fmt: skip


def _told(faults: Mapping[str, Any]) -> dict[str, str]:
    words = {
        "name": gettext("Write the legal name, in at most 140 characters."),
        "address": gettext("Write at most 6 lines of 140 letters."),
        "tax_number": gettext("Write at most 35 characters."),
        "account": gettext(
            "This is no IBAN or account number, or its BIC has not 8 or 11 letters."
        ),
    }
    return {name: words[name] for name in faults}
