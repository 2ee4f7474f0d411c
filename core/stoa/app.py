"""Puts the house together: `create_app` is what a WSGI server calls; nothing is built at import."""

import logging
import os
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import structlog
from apiflask import APIBlueprint, APIFlask
from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from stoa import __version__
from stoa.api import (
    access,
    activities,
    batches,
    benefits,
    campaigns,
    catalog,
    challenges,
    chances,
    clearing,
    coupons,
    developers,
    disputes,
    draws,
    earning,
    evidence,
    exchange,
    explaining,
    funding,
    health,
    history,
    hosts,
    households,
    log,
    member_codes,
    members,
    openapi,
    orders,
    pages,
    parked,
    parking,
    partners,
    pictures,
    plates,
    problems,
    provenance,
    receipts,
    redemption,
    refunds,
    requests,
    returns,
    sandbox,
    stays,
    strangers,
    tiers,
    transfers,
    webhooks,
)
from stoa.api.doors import Lobby
from stoa.api.http import MAX_BODY_BYTES
from stoa.api.journal import Journal
from stoa.api.limits import Gate, Share
from stoa.api.metrics import Metrics, NoMetrics
from stoa.api.sandbox import Yard
from stoa.config import Settings, read_settings, weak_secret
from stoa.database import find_database, open_engine
from stoa.egress import Egress
from stoa.oauth import authorize, logout, oidc, sign_in
from stoa.oauth import doors as oauth_doors
from stoa.plugins import Plugins, housing_of
from stoa.sandbox import Mount
from stoa.services.limits import Limits
from stoa.services.sandboxes import Ground
from stoa.values.roles import ROLES
from stoa.work import Desk, Programme

__all__ = ["StartRefusedError", "check", "configure_logging", "create_app", "open_desk"]


class StartRefusedError(SystemExit):
    """The server must not start as it is set; the text says what to change."""


def create_app(
    settings: Settings | None = None, *, desk: Desk | None = None, yard: Yard | None = None
) -> APIFlask:
    """Return the whole web app: OAuth, ``/v1``, its pages, health, and what is found installed.

    Args:
        settings: those of the environment by default.
        desk: one on the settings' database by default.
        yard: what stands around a sandbox, whose app this is; ``None`` for the live one.

    Raises:
        StartRefusedError: a setting is not safe.
    """
    settings = settings or read_settings()
    check(settings)
    configure_logging(settings)
    given, desk = desk, desk or open_desk(settings)
    app = _House(
        __name__, title="Stoa", version=__version__, spec_path=None, docs_path=None,
        json_errors=False, static_folder=None,  # type: ignore[arg-type]  # Flask's None: no files
    )  # fmt: skip
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES
    app.config["SECRET_KEY"] = settings.secret_key
    app.config["STOA_PUBLIC_URL"] = settings.public_url
    app.url_map.merge_slashes = False
    keeper = desk.real()  # credentials go by the real clock, in a sandbox too
    oauth = oauth_doors.open_oauth(keeper, settings)
    metrics = Metrics() if yard is None else NoMetrics()
    if yard is None:
        desk.plugins.listen(metrics.asked)
    app.extensions["stoa"] = desk
    app.extensions["stoa.lobby"] = Lobby(desk, oauth.verifier, _gate(desk, settings))
    tls = settings.public_url.startswith("https:")
    journal = Journal(desk, metrics, settings.request_log_rate)
    app.extensions["stoa.journal"] = journal
    note = journal.note if settings.request_log_days and yard is None else None
    access.init_app(app, metrics, tls=tls, log_json=settings.log_json, note=note)
    problems.init_app(app, public_url=settings.public_url)
    if settings.partner_rate:
        places = max(1, settings.threads // 2)
        strangers.init_app(app, most=places, public_url=settings.public_url)
    hosts.init_app(app, hosts=settings.trusted_hosts, hops=settings.trusted_hops)
    openapi.configure(app, settings, sandbox=yard is not None)
    app.register_blueprint(health.create_blueprint(desk, metrics))
    app.register_blueprint(oauth_doors.create_blueprint(oauth, settings))
    app.register_blueprint(oidc.create_blueprint(keeper, oauth.verifier, settings))
    for door in (sign_in, authorize):
        app.register_blueprint(door.create_blueprint(keeper, settings))
    app.register_blueprint(logout.create_blueprint(keeper, oauth.keys, settings))
    app.register_blueprint(pages.create_blueprint())
    if yard is None:
        app.register_blueprint(developers.create_blueprint(settings))
    app.register_blueprint(log.create_public(desk))
    app.register_blueprint(draws.create_public(desk))
    app.register_blueprint(pictures.create_public(desk))
    for blueprint in _doors():
        app.register_blueprint(blueprint, url_prefix="/v1")
    if yard is not None:
        sandbox.init_app(app, yard)
        app.register_blueprint(sandbox.create_blueprint(), url_prefix="/v1")
        openapi.leave_out_plain(app)
        return app
    for found in sorted(entry_points(group="stoa.blueprints"), key=lambda each: each.name):
        found.load().init_app(app, desk, settings)
    openapi.leave_out_plain(app)
    ground = Ground(desk, settings, plugins=(lambda: desk.plugins) if given else None)
    app.extensions["stoa.sandboxes"] = mount = Mount(
        app.wsgi_app, ground, _sandbox, places=max(1, settings.threads // 2)
    )
    app.wsgi_app = mount  # type: ignore[method-assign]
    return app


def _sandbox(settings: Settings, desk: Desk, yard: Yard) -> APIFlask:
    return create_app(settings, desk=desk, yard=yard)


def _gate(desk: Desk, settings: Settings) -> Gate:
    usual = Limits(settings.partner_rate, settings.partner_burst, settings.partner_at_once)
    connections = settings.pool_size + settings.pool_size // 2
    share = Share(
        usual, threads=settings.threads, processes=max(1, settings.workers), most=connections
    )
    return Gate(desk, share)


class _Sessions(SecureCookieSessionInterface):
    """Signed cookies for the web; what comes without one, as every till, costs no signature."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of the cookie, or an empty one."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session in a cookie, if anybody has touched it."""
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)


class _House(APIFlask):
    """The app; all of its views are plain functions, so that none needs to be looked at first."""

    session_interface = _Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


def open_desk(settings: Settings) -> Desk:
    """Open a desk on the settings' database, with the installed plugins."""
    url = find_database(settings).app_url
    return Desk(
        hot=open_engine(url, settings, pool_size=settings.pool_size, autocommit=True),
        cold=open_engine(url, settings, pool_size=settings.pool_size),
        plugins=Plugins(housing=housing_of(settings)),
        programme=Programme(
            settings.currency,
            settings.money_currency,
            settings.programme_zone,
            settings.hold_ttl_s,
            settings.transfer_daily_points,
            settings.log_origin,
            settings.adjustment_limit,
            settings.rule_delay_s,
            settings.budget_limit,
            settings.request_log_days,
        ),
        egress=Egress(allow=settings.egress_allow, deny=settings.egress_deny),
    )


def check(settings: Settings) -> None:
    """Refuse settings under which nobody should serve (reliability OAU-28, OAU-44).

    Raises:
        StartRefusedError: the secret key can be guessed, a role is unknown, or Authlib was told to
            take plain http.
    """
    weak = weak_secret(settings.secret_key)
    if weak:
        raise StartRefusedError(
            f"STOA_SECRET_KEY can't be used: {weak}."
            " Make one: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    unknown = sorted(set(settings.second_factor_roles) - set(ROLES))
    if unknown:
        raise StartRefusedError(f"STOA_SECOND_FACTOR_ROLES: there is no role {unknown[0]}.")
    tls = settings.public_url.startswith("https:")
    if tls and os.environ.get("AUTHLIB_INSECURE_TRANSPORT"):
        raise StartRefusedError("AUTHLIB_INSECURE_TRANSPORT must not be set: take it away.")


def configure_logging(settings: Settings) -> None:
    """Log to standard error: JSON lines for machines, or words for people."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_json:
        shared += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback  # the rich one shows variables, secrets among them
        colors = sys.stderr.isatty()
        shared += [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _doors() -> list[APIBlueprint]:
    nouns = (
        members, member_codes, history, provenance, log, earning, explaining, returns, parked,
        batches, redemption, orders, refunds, receipts, transfers, activities, households, exchange,
        campaigns, catalog, coupons, benefits, plates, stays, parking, tiers,
        challenges, chances, draws, partners, webhooks, requests,
        funding, clearing, disputes, evidence,
    )  # fmt: skip
    return [noun.create_blueprint() for noun in nouns]
