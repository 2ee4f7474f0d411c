"""Clients with a key of their own, for tests: they sign assertions and DPoP proofs, good or bad."""

import hashlib
import itertools
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

__all__ = ["ASSERTION", "KeyHolder", "holder_of", "signed"]

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_numbers = itertools.count()


class _Anything(JWSRegistry):
    """Lets a test sign whatever it likes."""

    max_header_length = 10_000

    def get_alg(self, name: str) -> Any:
        """Return any algorithm there is."""
        return self.algorithms[name]

    def check_header(self, header: Any) -> None:
        """Take any header."""


def signed(header: dict[str, Any], claims: Any, key: Any) -> str:
    """Return a JWT with exactly this header and these claims."""
    body = json.dumps(claims).encode()
    return jws.serialize_compact(header, body, key, registry=_Anything())


@dataclass
class KeyHolder:
    """Somebody with a key.

    Attributes:
        now: the time by which it signs.
        nonce: what a server told last.
    """

    now: datetime
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256"))
    alg: str = "ES256"
    nonce: str | None = None

    @property
    def public(self) -> dict[str, Any]:
        """The public JWK."""
        return dict(self.key.as_dict(private=False))

    def assertion(self, client_id: str, drop: str = "", **changes: Any) -> dict[str, str]:
        """Return the fields by which a client proves itself (RFC 7523 §2.2).

        Args:
            drop: a claim to leave out.
            changes: to claims, or to the header in a dict ``header``, a ``key``.
        """
        header = {"alg": self.alg} | changes.pop("header", {})
        key = changes.pop("key", self.key)
        now = int(self.now.timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": "http://localhost/oauth/token",
            "jti": f"jti-{next(_numbers)}",
            "iat": now,
            "exp": now + 60,
        } | changes
        claims.pop(drop, None)
        token = signed(header, claims, key)
        return {"client_assertion_type": ASSERTION, "client_assertion": token}

    def proof(self, method: str, url: str, token: str = "", drop: str = "", **changes: Any) -> str:
        """Return a DPoP proof (RFC 9449 §4.2); `drop` and `changes` as in `assertion`."""
        key = changes.pop("key", self.key)
        header = {"typ": "dpop+jwt", "alg": self.alg, "jwk": self.public}
        header |= changes.pop("header", {})
        claims: dict[str, Any] = {
            "htm": method,
            "htu": url,
            "iat": int(self.now.timestamp()),
            "jti": f"jti-{next(_numbers)}",
        }
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if self.nonce is not None:
            claims["nonce"] = self.nonce
        claims |= changes
        claims.pop(drop, None)
        return signed(
            {name: each for name, each in header.items() if each is not None}, claims, key
        )


def holder_of(alg: str, now: datetime) -> KeyHolder:
    """Return somebody with a key for an algorithm."""
    if alg == "ES256":
        return KeyHolder(now)
    if alg == "EdDSA":
        return KeyHolder(now, OKPKey.generate_key("Ed25519"), alg)
    return KeyHolder(now, RSAKey.generate_key(2048), alg)
