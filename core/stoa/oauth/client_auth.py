"""How clients prove themselves at the doors of OAuth (RFC 6749 §2.3, RFC 7523 §2.2).

A confidential client sends its secret, by HTTP Basic or in the form, or an assertion that it signed
with a key whose public part it has registered; a public client has nothing to prove itself with.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from stoa.oauth.clients import OAuthClient
from stoa.oauth.signed import claims_of, header_of, short_text, whole_number
from stoa.services import credentials
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk

__all__ = [
    "ASSERTION_TYPE",
    "METHODS",
    "PRIVATE_KEY_JWT",
    "PUBLIC_METHODS",
    "TOKEN_METHODS",
    "Assertions",
]

PRIVATE_KEY_JWT = "private_key_jwt"

TOKEN_METHODS = ["client_secret_basic", "client_secret_post", PRIVATE_KEY_JWT]
"""Of confidential clients, at every door."""

PUBLIC_METHODS = ["none"]
"""Of public clients: they name themselves, and prove a code by PKCE instead."""

METHODS = {
    ("confidential", "token"): frozenset(TOKEN_METHODS),
    ("confidential", "revocation"): frozenset(TOKEN_METHODS),
    ("confidential", "introspection"): frozenset(TOKEN_METHODS),
    ("public", "token"): frozenset(PUBLIC_METHODS),
    ("public", "revocation"): frozenset(PUBLIC_METHODS),
}
"""By kind of client and endpoint; Authlib would let every way pass at most of them."""

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_MOST_CHARACTERS = 8192
_MOST_AHEAD_S = 300
_SKEW_S = 60
_HEADER = {"alg", "typ", "kid"}
_TYPES = {None, "JWT", "client-authentication+jwt"}
_OAUTH = Actor("oauth")


class Assertions:
    """The method ``private_key_jwt``: an assertion counts once, for five minutes at most.

    Args:
        audiences: whom an assertion may be meant for: the issuer, or its token endpoint.
    """

    def __init__(self, desk: Desk, audiences: Collection[str]) -> None:
        self._desk = desk
        self._audiences = [[each] for each in audiences]

    def __call__(
        self,
        query_client: Callable[[str], OAuthClient],
        request: Any,  # noqa: ANN401 - Authlib's
    ) -> OAuthClient | None:
        """Return the client that signed the assertion of a request; ``None`` without a good one."""
        form = request.form
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        try:
            client_id = self._signer(form.get("client_assertion", ""))
        except ValueError:
            return None
        return query_client(client_id) if form.get("client_id") in (None, client_id) else None

    def _signer(self, assertion: str) -> str:
        if len(assertion) > _MOST_CHARACTERS:
            raise ValueError("too long")
        header = header_of(assertion)
        if not header.keys() <= _HEADER or header.get("alg") not in credentials.ALGORITHMS:
            raise ValueError("another header")
        kid, algorithm = header.get("kid"), str(header["alg"])
        if header.get("typ") not in _TYPES or not isinstance(kid, str | None):
            raise ValueError("another header")
        client_id = _issuer(assertion)
        with self._desk.work(_OAUTH) as work:
            keys = credentials.proving_keys(work, client_id, kid=kid, algorithm=algorithm)
        claims = _first_signed(assertion, keys, algorithm)
        jti, ends = self._checked(claims, client_id)
        with self._desk.work(_OAUTH) as work:
            until = datetime.fromtimestamp(ends, UTC)
            if not credentials.take_assertion(work, client_id, jti, ends_at=until):
                raise ValueError("shown before")
        return client_id

    def _checked(self, claims: dict[str, Any], client_id: str) -> tuple[str, int]:
        """Return id and end of an assertion whose signature is good (RFC 7523 §3)."""
        jti, ends = short_text(claims, "jti"), whole_number(claims, "exp")
        if claims.get("iss") != client_id or claims.get("sub") != client_id:
            raise ValueError("iss and sub are the client")
        audience = claims.get("aud")
        if (audience if isinstance(audience, list) else [audience]) not in self._audiences:
            raise ValueError("meant for another")
        now = int(self._desk.clock().timestamp())
        if not now < ends <= now + _MOST_AHEAD_S:
            raise ValueError("ended, or too long")
        begins = [whole_number(claims, name) for name in ("iat", "nbf") if name in claims]
        if any(each > now + _SKEW_S for each in begins):
            raise ValueError("not good yet")
        return jti, ends


def _issuer(assertion: str) -> str:
    """Return whom an assertion that is not trusted yet says it is of."""
    client_id = header_of(assertion.partition(".")[2]).get("sub")
    if not isinstance(client_id, str) or uuid_of("cli", client_id) is None:
        raise ValueError("of nobody")
    return client_id


def _first_signed(assertion: str, keys: Collection[Any], algorithm: str) -> dict[str, Any]:
    for key in keys:
        try:
            return claims_of(assertion, key, algorithm)
        except ValueError:
            continue
    raise ValueError("signed by none of the client's keys")
