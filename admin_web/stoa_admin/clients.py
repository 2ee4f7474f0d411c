"""One client of a partner: its secrets and keys, what it may do, whether its tokens are bound."""

from datetime import timedelta

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import credentials, rosters
from stoa_admin.confirming import confirmed
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = [
    "OVERLAPS",
    "REFUSALS",
    "add_keys",
    "change",
    "doors",
    "end_key",
    "end_secret",
    "page",
    "rotate",
]

doors = Room("clients", __name__, reads="credentials.read", changes="credentials.change")

OVERLAPS = {
    "24": noted("for 24 hours"),
    "168": noted("for 7 days"),
    "720": noted("for 30 days"),
    "0": noted("not at all: they end now"),
}
"""How many hours the old secrets may stay good."""

REFUSALS = (
    noted("This holds the private part: keep that, send the public key."),
    noted("Send a JWK, a JWK set or a PEM."),
    noted("Send an EC, OKP or RSA key: nothing symmetric."),
    noted("An RSA key has 2048 to 4096 bits and the exponent 65537."),
    noted("This is no public key that can be read."),
    noted("This is no key that can be read."),
    noted("A client has at most 8 keys."),
)
"""What is most often wrong with a key, in the words of `credentials.add_keys`."""


@doors.get("/partners/<partner>/credentials/<client>")
def page(partner: str, client: str) -> str:
    """Show a client."""
    return _page(partner, client)


@doors.post("/partners/<partner>/credentials/<client>/rotate")
@confirmed
def rotate(partner: str, client: str) -> Response:
    """Give it a new secret; it is in this answer and nowhere else."""
    _check(partner, client)
    hours = request.form.get("overlap", "")
    if hours not in OVERLAPS:
        abort(400)
    try:
        with open_work() as work:
            secret = credentials.rotate_secret(work, client, overlap=timedelta(hours=int(hours)))
    except InvalidBodyError:
        return _gone(partner, client)
    return make_response(_page(partner, client, secret=secret), 201)


@doors.post("/partners/<partner>/credentials/<client>/secrets/<secret>/end")
def end_secret(partner: str, client: str, secret: str) -> Response:
    """End one of its secrets now."""
    _check(partner, client)
    try:
        with open_work() as work:
            credentials.end_secret(work, client, secret)
    except InvalidBodyError:
        return _gone(partner, client)
    flash(gettext("The secret no longer fits."), "success")
    return to("clients.page", partner=partner, client=client)


@doors.post("/partners/<partner>/credentials/<client>/keys")
@confirmed
def add_keys(partner: str, client: str) -> Response:
    """Take public keys that were pasted."""
    _check(partner, client)
    keys = request.form.get("keys", "")
    try:
        with open_work() as work:
            credentials.add_keys(work, client, keys)
    except InvalidBodyError as wrong:
        errors = wrong.members["errors"]
        if "keys" not in errors:
            return _gone(partner, client)
        return make_response(_page(partner, client, keys=keys, wrong=errors["keys"][0]), 422)
    flash(gettext("The client may prove itself with this key."), "success")
    return to("clients.page", partner=partner, client=client)


@doors.post("/partners/<partner>/credentials/<client>/keys/end")
def end_key(partner: str, client: str) -> Response:
    """End one of its keys now; the name may hold any letter, so it comes in the form."""
    _check(partner, client)
    try:
        with open_work() as work:
            credentials.end_key(work, client, request.form.get("kid", ""))
    except InvalidBodyError:
        return _gone(partner, client)
    flash(gettext("The key no longer proves the client."), "success")
    return to("clients.page", partner=partner, client=client)


@doors.post("/partners/<partner>/credentials/<client>/change")
def change(partner: str, client: str) -> Response:
    """Change what it may do from its next token on."""
    _check(partner, client)
    scopes = request.form.getlist("scopes")
    dpop = "required" if request.form.get("dpop") else "off"
    if not scopes or not set(scopes) <= set(credentials.SCOPES):
        wrong = gettext("Choose at least one.")
        return make_response(_page(partner, client, scopes_wrong=wrong), 422)
    try:
        with open_work() as work:
            credentials.change_client(work, client, scopes=scopes, dpop=dpop)
    except InvalidBodyError:
        return _gone(partner, client)
    flash(gettext("Its next token follows this."), "success")
    return to("clients.page", partner=partner, client=client)


def _check(partner: str, client: str) -> None:
    """Answer 404 for a client that is not the partner's."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        found = credentials.find_client(work, client)
    if found is None or found.partner_id != partner_id:
        abort(404)


def _gone(partner: str, client: str) -> Response:
    flash(gettext("That has ended already."), "danger")
    return to("clients.page", partner=partner, client=client)


def _page(
    partner: str,
    client: str,
    *,
    secret: str = "",
    keys: str = "",
    wrong: str = "",
    scopes_wrong: str = "",
) -> str:
    _check(partner, client)
    with open_work() as work:
        line = rosters.partner(work, id_of("prt", partner))
        found = credentials.find_client(work, client)
        secrets = credentials.secrets_of(work, client)
        proving = credentials.keys_of(work, client)
    return render_template(
        "admin/partner_client.html",
        partner=line,
        client=found,
        secrets=secrets,
        proving=proving,
        overlaps=OVERLAPS,
        scopes=credentials.SCOPES,
        moving=credentials.MOVES_POINTS,
        secret=secret,
        keys=keys,
        wrong=wrong,
        scopes_wrong=scopes_wrong,
        tab="credentials",
    )
