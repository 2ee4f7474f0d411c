"""Who gets a partner's letters, such as of webhooks that fail."""

from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import contacts, rosters
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["doors", "name_contact", "page"]

doors = Room("contacts", __name__, reads="webhooks.read", changes="webhooks.change")

_LANGUAGES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}


@doors.get("/partners/<partner>/contact")
def page(partner: str) -> str:
    """Show who gets the partner's letters."""
    return _page(partner, None, {})


@doors.post("/partners/<partner>/contact")
def name_contact(partner: str) -> Response:
    """Name who gets the partner's letters; nobody where the field is empty."""
    partner_id = id_of("prt", partner)
    given = {name: request.form.get(name, "").strip() for name in ("email", "language")}
    try:
        with open_work() as work:
            rosters.partner(work, partner_id)
            contacts.name_contact(
                work, partner_id, given["email"], language=given["language"] or None
            )
    except InvalidBodyError as refused:
        texts = {
            "email": gettext("Write an e-mail address."),
            "language": gettext("Choose a language."),
        }
        errors = {name: texts[name] for name in refused.members["errors"]}
        return make_response(_page(partner, given, errors), 422)
    flash(gettext("The contact is kept."), "success")
    return to("contacts.page", partner=partner)


def _page(partner: str, given: dict[str, Any] | None, errors: dict[str, str]) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        contact = contacts.of(work, partner_id)
    return render_template(
        "admin/partner_contact.html", partner=line, errors=errors, languages=_LANGUAGES,
        given=given or {"email": contact.email, "language": contact.language}, tab="webhooks",
    )  # fmt: skip
