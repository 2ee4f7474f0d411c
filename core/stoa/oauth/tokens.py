"""Access tokens are made here, and nowhere else (RFC 9068)."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt

from stoa.oauth.keys import ALGORITHM, KeyRing
from stoa.oauth.verify import MAX_LIFE_S, TOKEN_TYPE
from stoa.services.credentials import ClientTerms
from stoa.values.identifiers import public_id
from stoa.work import Desk

__all__ = ["Issued", "Tokens"]


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token that was made; `jti` is what it can be revoked by until `expires_at`."""

    token: str
    jti: str
    scope: str
    life_s: int
    expires_at: datetime
    bound: bool

    def answer(self) -> dict[str, Any]:
        """Return what the token endpoint says (RFC 6749 §5.1, RFC 9449 §5)."""
        return {
            "token_type": "DPoP" if self.bound else "Bearer",
            "access_token": self.token,
            "expires_in": self.life_s,
            "scope": self.scope,
        }


class Tokens:
    """Makes access tokens.

    Args:
        issuer: their ``iss``.
        audience: their ``aud``.
        life_s: how long they live; never more than ten minutes.
    """

    def __init__(
        self, desk: Desk, keys: KeyRing, *, issuer: str, audience: str, life_s: int
    ) -> None:
        self._desk = desk
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._life_s = min(life_s, MAX_LIFE_S)

    def issue(
        self,
        client: ClientTerms,
        scope: str,
        *,
        subject: str,
        jkt: str | None = None,
        **claims: Any,  # noqa: ANN401 - whatever JSON can say
    ) -> Issued:
        """Make a token of a client.

        Args:
            scope: what it allows; the caller has held it against what the client may ask for.
            subject: the client's own id, or the partner's name of a member who signed in.
            jkt: thumbprint of the key that it is bound to (RFC 9449 §6.1).
            claims: further ones, such as the id of a consent.
        """
        now, key, jti = int(self._desk.clock().timestamp()), self._keys.signing(), _new_jti()
        body = claims | {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "client_id": client.id,
            "partner": public_id("prt", client.partner_id),
            "scope": scope,
            "iat": now,
            "exp": now + self._life_s,
            "jti": jti,
        }
        if jkt is not None:
            body["cnf"] = {"jkt": jkt}
        header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}
        token = jwt.encode(header, body, key, algorithms=[ALGORITHM])
        ends = datetime.fromtimestamp(now + self._life_s, UTC)
        return Issued(token, jti, scope, self._life_s, ends, bound=jkt is not None)

    def sign(self, claims: dict[str, Any], *, kind: str) -> str:
        """Return another token of ours, with its issuer and times put in.

        Args:
            claims: what it says, ``aud`` among it.
            kind: its ``typ``, which is never that of an access token.
        """
        now, key = int(self._desk.clock().timestamp()), self._keys.signing()
        body = claims | {"iss": self._issuer, "iat": now, "exp": now + self._life_s}
        header = {"alg": ALGORITHM, "typ": kind, "kid": key.kid}
        return jwt.encode(header, body, key, algorithms=[ALGORITHM])


def _new_jti() -> str:
    return secrets.token_urlsafe(16)
