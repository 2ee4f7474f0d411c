"""A partner's credentials: clients for its tills, whose secret is shown this once."""

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import credentials, rosters
from stoa_admin.confirming import confirmed
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["doors", "issue", "page", "revoke"]

doors = Room("credentials", __name__, reads="credentials.read", changes="credentials.change")

_MAX_NAME = 80


@doors.get("/partners/<partner>/credentials")
def page(partner: str) -> str:
    """List the clients of a partner."""
    return _page(partner)


@doors.post("/partners/<partner>/credentials")
@confirmed
def issue(partner: str) -> Response:
    """Issue a client; its secret is in this answer and nowhere else.

    One that keeps no secret, an app on phones, is led on to where its members come back to.
    """
    partner_id = id_of("prt", partner)
    name = " ".join(request.form.get("name", "").split())
    scopes = request.form.getlist("scopes")
    public = request.form.get("kind") == "public"
    errors = {}
    if not name.isprintable() or not 0 < len(name) <= _MAX_NAME:
        errors["name"] = gettext("Write who will use it, such as tills of the main store.")
    if not public and (not scopes or not set(scopes) <= set(credentials.SCOPES)):
        errors["scopes"] = gettext("Choose at least one.")
    if errors:
        page = _page(partner, name=name, chosen=scopes, errors=errors, public=public)
        return make_response(page, 422)
    if public:
        with open_work() as work:
            app = credentials.issue_public_client(work, partner_id, name)
        flash(gettext("Now say where members come back to after they signed in."), "success")
        return to("sign_ins.page", partner=partner, client=app)
    with open_work() as work:
        client_id, secret = credentials.issue_client(work, partner_id, name, scopes)
    return make_response(_page(partner, issued=(client_id, secret)), 201)


@doors.post("/partners/<partner>/credentials/<client>/revoke")
def revoke(partner: str, client: str) -> Response:
    """End a client for good."""
    partner_id = id_of("prt", partner)
    try:
        with open_work() as work:
            if client not in {each.id for each in credentials.clients_of(work, partner_id)}:
                abort(404)
            credentials.revoke_client(work, client)
    except InvalidBodyError:
        flash(gettext("This client is revoked already."), "danger")
        return to("credentials.page", partner=partner)
    flash(gettext("The client is revoked; its tokens are refused within a minute."), "success")
    return to("credentials.page", partner=partner)


def _page(
    partner: str,
    *,
    name: str = "",
    chosen: list[str] | None = None,
    errors: dict[str, str] | None = None,
    issued: tuple[str, str] | None = None,
    public: bool = False,
) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        clients = credentials.clients_of(work, partner_id)
    return render_template(
        "admin/partner_credentials.html",
        partner=line,
        clients=clients,
        scopes=credentials.SCOPES,
        name=name,
        chosen=list(credentials.TILL_SCOPES) if chosen is None else chosen,
        errors=errors or {},
        issued=issued,
        public=public,
        tab="credentials",
    )
