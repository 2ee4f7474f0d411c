"""The grants of the token endpoint; each makes its tokens through `stoa.oauth.tokens`."""

from typing import Any

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    InvalidScopeError,
    grants,
)

from stoa.oauth.client_auth import TOKEN_METHODS
from stoa.oauth.tokens import Issued

__all__ = ["ClientCredentials", "Issuing"]


class Issuing:
    """What our grants share: how a client proves itself, and how a token is made.

    A scope that the client does not have is refused and never dropped (RFC 6749 §3.3).
    """

    TOKEN_ENDPOINT_AUTH_METHODS = TOKEN_METHODS
    request: Any
    server: Any

    def issue(self, scope: str | None, *, subject: str, **claims: Any) -> Issued:  # noqa: ANN401
        """Make an access token for the request's client.

        Raises:
            InvalidScopeError: the client may not ask for it.
            OAuth2Error: the token has to be bound to a key and no proof of one came, or the proof
                was used before.
        """
        client = self.request.client
        allowed = client.get_allowed_scope(scope)
        if allowed is None:
            raise InvalidScopeError
        jkt = self.server.bind(self.request, allowed)
        made: Issued = self.server.tokens.issue(
            client.terms, allowed, subject=subject, jkt=jkt, **claims
        )
        return made

    def generate_token(self, scope: str | None = None, **_: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the answer with a token of the client itself, as Authlib's grants ask for it."""
        client_id = self.request.client.terms.id
        return self.issue(scope, subject=client_id).answer()


class ClientCredentials(Issuing, grants.ClientCredentialsGrant):  # type: ignore[misc]
    """A partner's server gets a token in its own name (RFC 6749 §4.4)."""
