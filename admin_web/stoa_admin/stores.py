"""Stores of a partner, at sites."""

import re
from uuid import UUID

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import CodeTakenError, InvalidBodyError
from stoa.services import partners, rosters
from stoa.values.identifiers import uuid_of
from stoa.work import Work
from stoa_admin.front import front, id_of, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import Room, asks

__all__ = ["add", "doors", "new"]

doors = Room("stores", __name__, reads="partners.read", changes="stores.change")

_NEW_SITE = "new"
_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MAX_NAME = 120


@doors.get("/partners/<partner>/stores/new")
@asks("stores.change")
def new(partner: str) -> str:
    """Show the form for a store."""
    given = {"currency": front().desk.programme.money_currency, "zone": front().desk.programme.zone}
    return _store_form(id_of("prt", partner), given, {})


@doors.post("/partners/<partner>/stores/new")
def add(partner: str) -> Response:
    """Add a store, with its site where that is new too."""
    partner_id = id_of("prt", partner)
    fields = ("name", "code", "currency", "site", "site_name", "site_code", "zone")
    given = {field: request.form.get(field, "").strip() for field in fields}
    errors = _wrong_store(given)
    if given["site"] == _NEW_SITE and not person().may("partners.change"):
        abort(403)  # a site is the alliance's
    if not errors:
        try:
            with open_work() as work:
                site_id = _site(work, given)
                partners.add_store(
                    work, partner_id, site_id, given["code"], given["name"],
                    currency=given["currency"],
                )  # fmt: skip
        except CodeTakenError as taken:
            field = "code" if taken.members.get("code_taken") == given["code"] else "site_code"
            errors[field] = gettext("This code is taken.")
        except InvalidBodyError:
            errors["zone"] = gettext("Write an IANA time zone such as Asia/Shanghai.")
    if errors:
        return make_response(_store_form(partner_id, given, errors), 422)
    flash(gettext("%(name)s may report purchases now.", name=given["name"]), "success")
    return to("partners.page", partner=partner)


def _store_form(partner_id: UUID, given: dict[str, str], errors: dict[str, str]) -> str:
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        sites = rosters.sites(work)
    return render_template(
        "admin/store_new.html", partner=line, sites=sites, given=given, errors=errors, new=_NEW_SITE
    )


def _wrong_store(given: dict[str, str]) -> dict[str, str]:
    errors = {}
    code = gettext("Use 1 to 40 letters, digits, dots and hyphens.")
    name = gettext("Write a name of at most 120 characters.")
    if not given["name"].isprintable() or not 0 < len(given["name"]) <= _MAX_NAME:
        errors["name"] = name
    if not _CODE.fullmatch(given["code"]):
        errors["code"] = code
    if not _CURRENCY.fullmatch(given["currency"]):
        errors["currency"] = gettext("Write an ISO 4217 code such as CNY.")
    if given["site"] == _NEW_SITE:
        if not given["site_name"].isprintable() or not 0 < len(given["site_name"]) <= _MAX_NAME:
            errors["site_name"] = name
        if not _CODE.fullmatch(given["site_code"]):
            errors["site_code"] = code
    elif uuid_of("sit", given["site"]) is None:
        errors["site"] = gettext("Choose where the store stands.")
    return errors


def _site(work: Work, given: dict[str, str]) -> UUID:
    if given["site"] == _NEW_SITE:
        return partners.add_site(work, given["site_code"], given["site_name"], zone=given["zone"])
    chosen = uuid_of("sit", given["site"])
    if chosen is None or chosen not in {site.id for site in rosters.sites(work)}:
        abort(404)
    return chosen
