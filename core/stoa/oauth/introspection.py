"""Introspection: a partner's server asks what a token of its own partner is worth (RFC 7662)."""

from typing import Any

from authlib.oauth2.rfc7662 import IntrospectionEndpoint  # type: ignore[import-untyped]

from stoa.oauth.client_auth import TOKEN_METHODS
from stoa.oauth.held import Held
from stoa.oauth.revocation import token_of

__all__ = ["Introspection"]


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """Tells of tokens of the asking client's partner; of all else nothing but that it is inactive.

    Public clients may not ask (RFC 7662 §2.1).
    """

    CLIENT_AUTH_METHODS = TOKEN_METHODS

    def authenticate_token(self, request: Any, client: Any) -> Held | None:  # noqa: ANN401 - Authlib's
        """Return the token, if it is good and the partner's own."""
        held: Held | None = self.server.find_held(token_of(request))
        mine = held is not None and held.partner_id == client.terms.partner_id
        return held if mine and self.server.is_good(held) else None

    def create_introspection_payload(self, token: Held | None) -> dict[str, Any]:
        """Return what is told of a token."""
        return {"active": False} if token is None else {"active": True} | token.facts
