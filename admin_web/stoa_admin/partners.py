"""Partners: the list, taking one into the alliance, and the page of one."""

import re
from typing import Any
from uuid import UUID

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import CodeTakenError, ExitBlockedError, PluginUnknownError
from stoa.services import credentials, parked, partners, rosters
from stoa.values.identifiers import public_id
from stoa_admin.front import front, id_of, open_work, to
from stoa_admin.language import gettext, word
from stoa_admin.lists import read
from stoa_admin.lists.of_people import PARTNERS
from stoa_admin.room import Room, asks
from stoa_admin.trail import readable

__all__ = ["add", "changes", "doors", "new", "page", "reinstate", "roster", "suspend"]

doors = Room("partners", __name__, reads="partners.read", changes="partners.change")

_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_MAX_NAME = 120


@doors.get("/partners")
def roster() -> str | Response:
    """List the partners, those that match the search where there is one."""
    titles = {plugin.name: word(plugin.title) for plugin in front().desk.plugins.all()}
    with open_work() as work:
        listed = read(work, PARTNERS, options={"plugin": titles})
    return listed.answer("admin/partners.html")


@doors.get("/partners/new")
@asks("partners.change")
def new() -> str:
    """Show the form for a new partner."""
    return _form({}, {})


@doors.post("/partners/new")
def add() -> Response:
    """Take a partner into the alliance with the default settings of its plugin."""
    given = {name: request.form.get(name, "").strip() for name in ("name", "code", "trade")}
    plugin = request.form.get("plugin", "")
    errors = _wrong(given)
    if not errors:
        try:
            with open_work() as work:
                partner_id = partners.onboard(
                    work, given["code"], given["name"], trade=given["trade"], plugin=plugin,
                    settings={},
                )  # fmt: skip
        except CodeTakenError:
            errors["code"] = gettext("Another partner has this code.")
        except PluginUnknownError:
            errors["plugin"] = gettext("Choose a plugin.")
        else:
            told = gettext("%(name)s is a partner now. Go on step by step.", name=given["name"])
            flash(told, "success")
            return to("onboarding.page", partner=public_id("prt", partner_id))
    return make_response(_form(given | {"plugin": plugin}, errors), 422)


@doors.get("/partners/<partner>")
def page(partner: str) -> str:
    """Show a partner with its stores and agreement."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        terms = partners.terms(work, partner_id, version=line.version)
        today = work.today()
        clients = credentials.clients_of(work, partner_id)
        waiting = parked.queue(work, partner_id=partner_id)
        refused = parked.queue(work, "refused", partner_id=partner_id)
    stores = sorted({store.id: store for store in terms.stores.values()}.values(), key=_by_name)
    return render_template(
        "admin/partner.html",
        partner=line,
        terms=terms,
        stores=stores,
        agreement=terms.agreement_on(today),
        live_clients=[client for client in clients if client.revoked_at is None],
        plugins={plugin.name: plugin for plugin in front().desk.plugins.all()},
        waiting=waiting + refused,
        tab="overview",
    )


@doors.get("/partners/<partner>/changes")
@asks("audit.read")
def changes(partner: str) -> str:
    """Show who changed what of a partner, its stores and its credentials."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        terms = partners.terms(work, partner_id, version=line.version)
        clients = {client.id: client.name for client in credentials.clients_of(work, partner_id)}
        stores = {public_id("sto", store.id): store.name for store in terms.stores.values()}
        names = stores | clients
        found = readable(rosters.changes(work, [partner, *names]))
    return render_template(
        "admin/partner_changes.html", partner=line, found=found, names=names, tab="changes"
    )


@doors.post("/partners/<partner>/suspend")
def suspend(partner: str) -> Response:
    """Stop a partner from issuing."""
    try:
        with open_work() as work:
            partners.suspend(work, id_of("prt", partner))
    except ExitBlockedError:
        flash(gettext("The partner leaves, and issues nothing any more."), "danger")
    else:
        flash(gettext("The partner is suspended: its purchases are refused."), "success")
    return to("partners.page", partner=partner)


@doors.post("/partners/<partner>/reinstate")
def reinstate(partner: str) -> Response:
    """Let a partner issue again."""
    try:
        with open_work() as work:
            partners.reinstate(work, id_of("prt", partner))
    except ExitBlockedError:
        flash(gettext("The partner leaves, and issues nothing any more."), "danger")
    else:
        flash(gettext("The partner may issue points again."), "success")
    return to("partners.page", partner=partner)


def _form(given: dict[str, Any], errors: dict[str, str]) -> str:
    plugins = sorted(front().desk.plugins.all(), key=lambda plugin: plugin.name != "standard")
    return render_template("admin/partner_new.html", given=given, errors=errors, plugins=plugins)


def _wrong(given: dict[str, str]) -> dict[str, str]:
    errors = {}
    if not given["name"] or len(given["name"]) > _MAX_NAME or not given["name"].isprintable():
        errors["name"] = gettext("Write the name as members know it, in at most 120 characters.")
    if not _CODE.fullmatch(given["code"]):
        errors["code"] = gettext(
            "Use 1 to 40 small letters, digits and hyphens, such as blue-fuel."
        )
    if not given["trade"] or len(given["trade"]) > _MAX_NAME or not given["trade"].isprintable():
        errors["trade"] = gettext("Say what the partner trades in, such as grocery.")
    return errors


def _by_name(store: partners.StoreTerms) -> tuple[str, UUID]:
    return store.name.casefold(), store.id
