"""Revocation: a client ends a token of its own before its time (RFC 7009)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError  # type: ignore[import-untyped]
from authlib.oauth2.rfc7009 import RevocationEndpoint  # type: ignore[import-untyped]

from stoa.oauth.client_auth import PUBLIC_METHODS, TOKEN_METHODS
from stoa.oauth.held import Held

__all__ = ["Revocation", "token_of"]


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Answers 200 to whatever is held out: a token of another client is as unknown as any."""

    CLIENT_AUTH_METHODS = [*TOKEN_METHODS, *PUBLIC_METHODS]  # noqa: RUF012 - as Authlib reads it

    def authenticate_token(self, request: Any, client: Any) -> Held | None:  # noqa: ANN401 - Authlib's
        """Return the token, if it is the client's own."""
        held: Held | None = self.server.find_held(token_of(request))
        return held if held is not None and held.client_id == client.terms.id else None

    def revoke_token(self, token: Held, request: object) -> None:  # noqa: ARG002 - Authlib's
        """End it: refused by every server within 60 seconds."""
        self.server.revoke(token)


def token_of(request: Any) -> str:  # noqa: ANN401 - Authlib's
    """Return the token that a request is about; a hint of its kind is not needed.

    Raises:
        InvalidRequestError: there is none.
    """
    token = request.form.get("token", "")
    if not token:
        raise InvalidRequestError("Missing 'token' in request.")
    return str(token)
