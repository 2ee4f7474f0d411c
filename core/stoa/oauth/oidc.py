"""OpenID Connect: what is told of a member who signed in, and how a client finds its way."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from stoa.config import Settings
from stoa.errors import ScopeRequiredError, StoaError
from stoa.oauth.keys import ALGORITHM
from stoa.oauth.metadata import metadata
from stoa.oauth.verify import Verifier
from stoa.services import authorizations, identity, partners
from stoa.work import Actor, Desk

__all__ = ["create_blueprint", "discovery"]

_OAUTH = Actor("oauth")
_CLAIMS = [
    "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "locale", "email",
    "email_verified",
]  # fmt: skip


def discovery(settings: Settings) -> dict[str, Any]:
    """Return what OpenID Connect Discovery §3 asks for, beside the metadata of the server."""
    return metadata(settings) | {
        "userinfo_endpoint": f"{settings.public_url}/oauth/userinfo",
        "end_session_endpoint": f"{settings.public_url}/oauth/logout",
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": _CLAIMS,
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    }


def create_blueprint(desk: Desk, verifier: Verifier, settings: Settings) -> Blueprint:
    """Return the blueprint of the two doors."""
    blueprint = Blueprint("oidc", __name__)

    @blueprint.get("/.well-known/openid-configuration")
    def configuration() -> Response:
        response = jsonify(discovery(settings))
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    @blueprint.route("/oauth/userinfo", methods=["GET", "POST"])
    def userinfo() -> Response:
        try:
            return jsonify(_told(desk, verifier))
        except StoaError as refused:
            return _refused(refused)

    return blueprint


def _told(desk: Desk, verifier: Verifier) -> dict[str, Any]:
    actor = verifier.caller(request.environ.get("HTTP_AUTHORIZATION"), request.environ)
    if actor.member_id is None or actor.partner_id is None or "openid" not in actor.scopes:
        raise ScopeRequiredError(scope="openid")
    with desk.work(_OAUTH) as work:
        ref_key = partners.terms(work, actor.partner_id, version=-1).ref_key
        client_id = actor.name.removeprefix("client:")
        claims = authorizations.claims_of(work, actor.member_id, client_id, actor.scopes)
    return {"sub": identity.member_ref(ref_key, actor.member_id)} | claims


def _refused(refused: StoaError) -> Response:
    """Say it as RFC 6750 §3.1 does."""
    error = "insufficient_scope" if refused.status == 403 else "invalid_token"  # noqa: PLR2004
    response = jsonify(error=error)
    response.status_code = 403 if error == "insufficient_scope" else 401
    response.headers["WWW-Authenticate"] = f'Bearer error="{error}"'
    return response
