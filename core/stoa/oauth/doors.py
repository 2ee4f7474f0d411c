"""The doors of OAuth: tokens, the public keys, and what the server can do (RFC 8414)."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc8414 import (  # type: ignore[import-untyped]
    AuthorizationServerMetadata,
)
from flask import Blueprint, Response, jsonify, request

from stoa.config import Settings
from stoa.oauth.keys import KeyRing
from stoa.oauth.server import AUTH_METHODS, GRANT, TokenServer
from stoa.oauth.verify import Verifier
from stoa.services import credentials
from stoa.work import Desk

__all__ = ["OAuth", "create_blueprint", "metadata", "open_oauth"]


@dataclass(frozen=True, slots=True)
class OAuth:
    """The parts of OAuth in one process."""

    keys: KeyRing
    verifier: Verifier
    tokens: TokenServer


def open_oauth(desk: Desk, settings: Settings) -> OAuth:
    """Put the parts together; the audience of all tokens is ``<public address>/v1``."""
    audience = f"{settings.public_url}/v1"
    keys = KeyRing(desk)
    verifier = Verifier(desk, keys, issuer=settings.public_url, audience=audience)
    return OAuth(keys, verifier, TokenServer(desk, settings, keys, audience=audience))


def metadata(settings: Settings) -> dict[str, Any]:
    """Return the authorization server's metadata (RFC 8414 §2)."""
    url = settings.public_url
    return dict(
        AuthorizationServerMetadata(
            issuer=url,
            token_endpoint=f"{url}/oauth/token",
            jwks_uri=f"{url}/.well-known/jwks.json",
            scopes_supported=list(credentials.SCOPES),
            response_types_supported=[],
            grant_types_supported=[GRANT],
            token_endpoint_auth_methods_supported=AUTH_METHODS,
            service_documentation=f"{url}/v1/docs",
        )
    )


def create_blueprint(oauth: OAuth, settings: Settings) -> Blueprint:
    """Return the blueprint with the three doors."""
    blueprint = Blueprint("oauth", __name__)

    @blueprint.post("/oauth/token")
    def token() -> Response:
        return oauth.tokens.answer(request)

    @blueprint.get("/.well-known/jwks.json")
    def jwks() -> Response:
        return _for_a_minute(jsonify(oauth.keys.published()))

    @blueprint.get("/.well-known/oauth-authorization-server")
    def server_metadata() -> Response:
        return _for_a_minute(jsonify(metadata(settings)))

    return blueprint


def _for_a_minute(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=60"
    return response
