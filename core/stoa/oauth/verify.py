"""Checks the access token of a request and tells who is calling (RFC 9068 §4).

Only the header ``Authorization: Bearer`` carries tokens. A token that was found good is remembered
by its SHA-256 until it expires; that its client still exists is read again every 30 seconds.
"""

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode
from threading import Lock
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from stoa.errors import TokenInvalidError, TokenRequiredError
from stoa.oauth.callers import actor_of
from stoa.oauth.keys import ALGORITHM, KeyRing
from stoa.services import credentials
from stoa.work import Actor, Desk

__all__ = ["MAX_LIFE_S", "TOKEN_TYPE", "Verifier"]

TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068 §2.1
MAX_LIFE_S = 600
"""The longest life of an access token."""

_MAX_TOKEN_BYTES = 8192
_MAX_AHEAD_S = 60
_RECHECK_S = 30
_MOST_REMEMBERED = 10_000
_HEADER = {"alg", "typ", "kid"}
_OAUTH = Actor("oauth")


class Verifier:
    """Tells who is calling, by the token of a request.

    Args:
        issuer: the only ``iss`` that is taken.
        audience: the only ``aud`` that is taken.
    """

    def __init__(self, desk: Desk, keys: KeyRing, *, issuer: str, audience: str) -> None:
        self._desk = desk
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._lock = Lock()
        self._tokens: dict[bytes, tuple[int, str, Actor]] = {}
        self._clients: dict[str, tuple[int, UUID | None]] = {}

    def caller(self, authorization: str | None) -> Actor:
        """Return who sends this Authorization header.

        Raises:
            TokenRequiredError: there is no bearer token.
            TokenInvalidError: the token is malformed, expired, not ours or not for us, or its
                client is revoked.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise TokenRequiredError
        if not token or len(token) > _MAX_TOKEN_BYTES:
            raise TokenInvalidError
        now = int(self._desk.clock().timestamp())
        digest = hashlib.sha256(token.encode()).digest()
        expires, client_id, actor = self._tokens.get(digest) or self._read(token, digest, now)
        if now >= expires or self._partner_of(client_id, now) != actor.partner_id:
            raise TokenInvalidError
        return actor

    def _read(self, token: str, digest: bytes, now: int) -> tuple[int, str, Actor]:
        claims = self._checked(token, now)
        known = (claims["exp"], claims["client_id"], actor_of(claims))
        with self._lock:
            while len(self._tokens) >= _MOST_REMEMBERED:
                del self._tokens[next(iter(self._tokens))]
            self._tokens[digest] = known
        return known

    def _checked(self, token: str, now: int) -> dict[str, Any]:
        header = _header_of(token)
        if header.keys() != _HEADER or header["alg"] != ALGORITHM or header["typ"] != TOKEN_TYPE:
            raise TokenInvalidError  # no jwk, jku, x5u, x5c, crit, b64, zip: nothing to be led by
        key = self._keys.verifying(header["kid"])
        if key is None:
            raise TokenInvalidError
        rules = JWTClaimsRegistry(
            now=now,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            exp={"essential": True},
            client_id={"essential": True},
            scope={"essential": True, "allow_blank": True},
        )
        try:
            claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
            rules.validate({name: claims[name] for name in claims if name != "iat"})
        except (JoseError, ValueError):
            raise TokenInvalidError from None
        whole = type(claims["exp"]) is int and type(claims.get("iat")) is int
        if (
            not whole
            or type(claims["aud"]) is not str
            or not _timely(claims["iat"], claims["exp"], now)
        ):
            raise TokenInvalidError
        return claims

    def _partner_of(self, client_id: str, now: int) -> UUID | None:
        """Return the partner of a client in use, at most 30 seconds old."""
        read_at, partner_id = self._clients.get(client_id, (now - _RECHECK_S, None))
        if 0 <= now - read_at < _RECHECK_S:
            return partner_id
        with self._desk.work(_OAUTH) as work:
            client = credentials.find_client(work, client_id)
        partner_id = client.partner_id if client and client.revoked_at is None else None
        with self._lock:
            while len(self._clients) >= _MOST_REMEMBERED:
                del self._clients[next(iter(self._clients))]
            self._clients[client_id] = (now, partner_id)
        return partner_id


def _header_of(token: str) -> dict[str, Any]:
    """Read the header of a token that is not trusted yet."""
    segment = token.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise TokenInvalidError from None
    if not isinstance(header, dict):
        raise TokenInvalidError
    return header


def _timely(issued: int, expires: int, now: int) -> bool:
    return issued <= now + _MAX_AHEAD_S and 0 < expires - issued <= MAX_LIFE_S
