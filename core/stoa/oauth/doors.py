"""The doors of OAuth: tokens, the public keys, and what the server can do (RFC 8414)."""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request

from stoa.config import Settings
from stoa.oauth.dpop import Proofs
from stoa.oauth.keys import KeyRing
from stoa.oauth.metadata import metadata
from stoa.oauth.server import TokenServer
from stoa.oauth.tokens import Tokens
from stoa.oauth.verify import Verifier
from stoa.work import Desk

__all__ = ["OAuth", "create_blueprint", "open_oauth"]


@dataclass(frozen=True, slots=True)
class OAuth:
    """The parts of OAuth in one process."""

    keys: KeyRing
    verifier: Verifier
    server: TokenServer


def open_oauth(desk: Desk, settings: Settings) -> OAuth:
    """Put the parts together; the audience of all tokens is ``<public address>/v1``."""
    audience = f"{settings.public_url}/v1"
    keys = KeyRing(desk)
    proofs = Proofs(desk, secret_key=settings.secret_key, url=settings.public_url)
    verifier = Verifier(desk, keys, proofs, issuer=settings.public_url, audience=audience)
    tokens = Tokens(
        desk, keys, issuer=settings.public_url, audience=audience, life_s=settings.token_ttl_s
    )
    return OAuth(keys, verifier, TokenServer(desk, settings, tokens, proofs, verifier))


def create_blueprint(oauth: OAuth, settings: Settings) -> Blueprint:
    """Return the blueprint with the doors of the authorization server."""
    blueprint = Blueprint("oauth", __name__)

    @blueprint.post("/oauth/token")
    def token() -> Response:
        return oauth.server.answer(request)

    @blueprint.post("/oauth/revoke")
    def revoke() -> Response:
        return oauth.server.answer_at("revocation", request)

    @blueprint.post("/oauth/introspect")
    def introspect() -> Response:
        return oauth.server.answer_at("introspection", request)

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
