"""Members who sign in at partners: what a client may ask them for, and what each agreed to."""

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import authorizations, credentials, rosters
from stoa.services.credentials import MEMBER_SCOPES, ClientTerms
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room, asks

__all__ = ["allow", "doors", "forbid", "page", "withdraw"]

doors = Room("sign_ins", __name__, reads="credentials.read", changes="credentials.change")

_USUAL = ("openid", "profile", "email", "wallet:read")
_MOST_LETTERS = 6000


@doors.get("/partners/<partner>/credentials/<client>/sign-in")
def page(partner: str, client: str) -> str:
    """Show what a client may ask members for."""
    return _page(partner, client)


@doors.post("/partners/<partner>/credentials/<client>/sign-in")
def allow(partner: str, client: str) -> Response:
    """Let members sign in through a client."""
    uris = request.form.get("redirect_uris", "")[:_MOST_LETTERS].split()
    after = request.form.get("post_logout_uris", "")[:_MOST_LETTERS].split()
    scopes = request.form.getlist("scopes")
    try:
        with open_work() as work:
            _client(credentials.clients_of(work, id_of("prt", partner)), client)
            authorizations.allow_sign_in(
                work, client, redirect_uris=uris, scopes=scopes, post_logout_uris=after
            )
    except InvalidBodyError as wrong:
        told = wrong.members["errors"]
        if "client_id" in told:
            abort(404)
        again = _page(partner, client, uris=uris, after=after, chosen=scopes, errors=told)
        return make_response(again, 422)
    flash(gettext("Members may sign in through this client."), "success")
    return to("credentials.page", partner=partner)


@doors.post("/partners/<partner>/credentials/<client>/sign-in/forbid")
def forbid(partner: str, client: str) -> Response:
    """Let nobody sign in through a client any more."""
    with open_work() as work:
        known = _client(credentials.clients_of(work, id_of("prt", partner)), client)
        if known.revoked_at is not None:
            abort(404)
        authorizations.forbid_sign_in(work, client)
    flash(gettext("Nobody signs in through this client any more."), "success")
    return to("credentials.page", partner=partner)


@doors.post("/members/<member>/consents/<consent>/withdraw")
@asks("members.change")
def withdraw(member: str, consent: str) -> Response:
    """Take a member's consent back, at the member's wish."""
    with open_work() as work:
        done = authorizations.withdraw(work, id_of("mem", member), id_of("cns", consent))
    if not done:
        abort(404)
    flash(gettext("The consent is withdrawn; its tokens are refused within a minute."), "success")
    return to("members.page", member=member)


def _page(
    partner: str,
    client: str,
    *,
    uris: list[str] | None = None,
    after: list[str] | None = None,
    chosen: list[str] | None = None,
    errors: dict[str, list[str]] | None = None,
) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        known = _client(credentials.clients_of(work, partner_id), client)
    if known.revoked_at is not None:
        abort(404)
    usual = list(known.member_scopes or _USUAL)
    return render_template(
        "admin/partner_sign_in.html",
        partner=line,
        client=known,
        scopes=MEMBER_SCOPES,
        uris=list(known.redirect_uris) if uris is None else uris,
        after=list(known.post_logout_uris) if after is None else after,
        chosen=usual if chosen is None else chosen,
        errors=errors or {},
        tab="credentials",
    )


def _client(clients: list[ClientTerms], client_id: str) -> ClientTerms:
    found = {each.id: each for each in clients}
    if client_id not in found:
        abort(404)
    return found[client_id]
