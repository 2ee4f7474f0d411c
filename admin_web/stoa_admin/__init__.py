"""The operator's web: sign in, see how points flow, run partners and their plugins, help members.

Pages are rendered here and work without scripts but for the chart and the search as one types;
htmx only picks parts out of whole pages. Everything lives under ``/admin``.
"""

from flask import Blueprint, Flask, redirect
from werkzeug import Response

from stoa.work import Desk
from stoa_admin import (
    account,
    adjustments,
    assets,
    batches,
    benefits,
    catalogue,
    clients,
    codes,
    contacts,
    coupons,
    credentials,
    currencies,
    factors,
    finding,
    fulfilment,
    gate,
    jobs,
    knobs,
    language,
    members,
    mergers,
    onboarding,
    orders,
    pages,
    parking,
    partners,
    people,
    provenance,
    requests,
    sandbox,
    shares,
    sign_in,
    sign_ins,
    standings,
    stores,
    texts,
    trails,
    webhooks,
    welcome,
    whatif,
)
from stoa_admin.clearing import (
    agreements,
    disputes,
    entities,
    funding,
    journal,
    leaving,
    liability,
    payments,
    periods,
    positions,
    rates,
    statements,
    stress,
    terms,
)
from stoa_admin.front import Front, FrontSettings
from stoa_admin.imports import room as imports_room
from stoa_admin.listings import doing, keeping
from stoa_admin.overview import home, page
from stoa_admin.rules import editor, raffling, rooms

__all__ = [
    "init_app",
]

_ROOMS = (
    assets.doors,
    sign_in.doors,
    welcome.doors,
    account.doors,
    factors.doors,
    people.doors,
    language.doors,
    page.doors,
    partners.doors,
    home.doors,
    shares.doors,
    funding.doors,
    leaving.doors,
    entities.doors,
    stores.doors,
    positions.doors,
    periods.doors,
    statements.doors,
    disputes.doors,
    payments.doors,
    liability.doors,
    stress.doors,
    journal.doors,
    agreements.doors,
    terms.doors,
    rates.doors,
    knobs.doors,
    credentials.doors,
    webhooks.doors,
    sandbox.doors,
    sign_ins.doors,
    clients.doors,
    batches.doors,
    requests.doors,
    currencies.doors,
    members.doors,
    codes.doors,
    provenance.doors,
    mergers.doors,
    parking.doors,
    benefits.doors,
    standings.doors,
    adjustments.doors,
    orders.doors,
    contacts.doors,
    coupons.doors,
    catalogue.doors,
    fulfilment.doors,
    trails.doors,
    editor.doors,
    raffling.doors,
    rooms.doors,
    whatif.doors,
    keeping.doors,
    doing.doors,
    finding.doors,
    jobs.doors,
    imports_room.doors,
    onboarding.doors,
)


def init_app(app: Flask, desk: Desk, settings: FrontSettings) -> None:
    """Open the admin web at ``/admin``; ``/`` leads there when nothing else is there.

    Args:
        app: gets one blueprint, a secret key where it has none, and the language machinery.
        desk: where works are opened.
        settings: what `FrontSettings` asks for.
    """
    app.extensions["stoa_admin"] = Front(desk, settings)
    gate.keep_secrets(app, settings)
    language.init_app(app)
    admin = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")
    for doors in _ROOMS:
        admin.register_blueprint(doors)
    admin.before_request(gate.admit)
    admin.after_request(gate.protect)
    pages.handle_errors(admin)
    texts.prepare(app, admin)
    app.register_blueprint(admin)
    if not any(rule.rule == "/" for rule in app.url_map.iter_rules()):
        app.add_url_rule("/", "admin_root", _to_admin)


def _to_admin() -> Response:
    return redirect("/admin/")
