"""Doors for whoever runs the servers: alive, ready, measured."""

from functools import cache
from importlib.metadata import entry_points

import structlog
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from stoa.api.metrics import Metrics
from stoa.work import Actor, Desk

__all__ = ["create_blueprint", "newest_revision"]

_log = structlog.get_logger("stoa.health")
_PROBE = Actor("probe")
_REVISION = "SELECT version_num FROM alembic_version"


@cache
def newest_revision() -> str | None:
    """Return the revision that the installed migrations lead to; ``None`` without migrations."""
    for found in entry_points(group="stoa.migrations"):
        return ScriptDirectory.from_config(found.load().config("")).get_current_head()
    return None


def create_blueprint(desk: Desk, metrics: Metrics) -> Blueprint:
    """Return the blueprint of the doors."""
    blueprint = Blueprint("health", __name__)
    wanted = newest_revision()

    @blueprint.get("/livez")
    def livez() -> Response:
        return jsonify(status="alive")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        reason = _not_ready(desk, wanted)
        response = jsonify(status="not ready" if reason else "ready", reason=reason)
        if reason:
            response.status_code = 503
            response.headers["Retry-After"] = "1"
        return response

    @blueprint.get("/metrics")
    def page() -> Response:
        return Response(metrics.page(), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _not_ready(desk: Desk, wanted: str | None) -> str | None:
    try:
        with desk.work(_PROBE) as work:
            found = {row[0] for row in work.rows(_REVISION)}
    except SQLAlchemyError as wrong:
        _log.warning("not_ready", error=str(wrong.__cause__ or wrong))
        return "the database can't be reached"
    if wanted is not None and wanted not in found:
        return "migrations wait to be applied"
    return None
