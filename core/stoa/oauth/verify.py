"""Checks the access token of a request and tells who is calling (RFC 9068 §4).

Only the header ``Authorization`` carries tokens: as ``Bearer``, or as ``DPoP`` with a proof where
the token is bound to a key. A token that was found good is remembered by its SHA-256 until it
expires; every 30 seconds what was revoked meanwhile is read again: clients, tokens, signing keys.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from uuid import UUID
from wsgiref.types import WSGIEnvironment

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from stoa.errors import DpopProofError, TokenInvalidError, TokenRequiredError
from stoa.oauth.callers import actor_of, family_of
from stoa.oauth.dpop import NONCE, Proofs
from stoa.oauth.families import Families
from stoa.oauth.held import Held, access_token
from stoa.oauth.keys import ALGORITHM, KeyRing
from stoa.oauth.signed import header_of
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


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was found good.

    `jkt` is the thumbprint of the key it is bound to, if any; `family_id` is there where a member
    signed in for it.
    """

    expires: int
    client_id: str
    actor: Actor
    jti: str
    kid: str
    jkt: str | None
    family_id: UUID | None


class Verifier:
    """Tells who is calling, by the token of a request.

    Args:
        issuer: the only ``iss`` that is taken.
        audience: the only ``aud`` that is taken.
    """

    def __init__(
        self, desk: Desk, keys: KeyRing, proofs: Proofs, *, issuer: str, audience: str
    ) -> None:
        self._desk = desk
        self._keys = keys
        self._proofs = proofs
        self._issuer = issuer
        self._audience = audience
        self._lock = Lock()
        self._tokens: dict[bytes, _Known] = {}
        self._bound: dict[bytes, _Known] = {}
        self._families = Families(desk)
        self._clients: dict[str, UUID | None] = {}
        self._revoked: frozenset[str] = frozenset()
        self._read_at: int | None = None

    def caller(self, authorization: str | None, environ: WSGIEnvironment | None = None) -> Actor:
        """Return who sends this Authorization header.

        Args:
            environ: of the request, in which a DPoP proof may be; it is told the next nonce.

        Raises:
            TokenRequiredError: there is no token.
            TokenInvalidError: the token is malformed, expired, not ours or not for us, it is bound
                to a key and comes as ``Bearer`` or the other way about, or it or its client is
                revoked.
            DpopProofError: the token is bound to a key, and the proof of it is not good.
            DpopNonceError: the proof lacks our nonce.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() == "bearer":
            return self._known(token, self._tokens).actor
        if scheme.lower() != "dpop" or environ is None:
            raise TokenRequiredError
        environ[NONCE] = self._proofs.nonce()
        known = self._known(token, self._bound)
        method = environ["REQUEST_METHOD"]
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")  # PEP 3333
        proof = self._proofs.read(environ.get("HTTP_DPOP", ""), method, path, token=token)
        if proof.jkt != known.jkt:
            raise DpopProofError
        self._proofs.take(proof)
        return known.actor

    def held(self, token: str) -> Held | None:
        """Return a token of ours that has not ended, revoked or not; ``None`` for all else."""
        now = int(self._desk.clock().timestamp())
        try:
            if len(token) > _MAX_TOKEN_BYTES:
                return None
            claims, _ = self._checked(token, now)
        except TokenInvalidError:
            return None
        return access_token(claims, ends_at=datetime.fromtimestamp(claims["exp"], UTC))

    def forget(self) -> None:
        """Read again at the next request what was revoked."""
        self._read_at = None

    def _known(self, token: str, remembered: dict[bytes, _Known]) -> _Known:
        """Return what is known of a token that comes with the scheme of these."""
        if not token or len(token) > _MAX_TOKEN_BYTES:
            raise TokenInvalidError
        now = int(self._desk.clock().timestamp())
        read_at = self._read_at
        if read_at is None or not 0 <= now - read_at < _RECHECK_S:
            self._read_again(now)
        digest = hashlib.sha256(token.encode()).digest()
        known = remembered.get(digest) or self._read(token, digest, now, remembered)
        if known.family_id is not None:
            self._families.member(known.family_id, known.client_id)
        partner_id = self._clients.get(known.client_id) or self._partner_of(known.client_id)
        if now >= known.expires or partner_id != known.actor.partner_id:
            raise TokenInvalidError
        return known

    def _read(self, token: str, digest: bytes, now: int, remembered: dict[bytes, _Known]) -> _Known:
        claims, kid = self._checked(token, now)
        jkt = _key_of(claims)
        if claims["jti"] in self._revoked or (jkt is not None) != (remembered is self._bound):
            raise TokenInvalidError
        client_id, family_id = claims["client_id"], family_of(claims)
        whose = self._families.member(family_id, client_id) if family_id is not None else None
        actor = actor_of(claims, whose)
        known = _Known(claims["exp"], client_id, actor, claims["jti"], kid, jkt, family_id)
        with self._lock:
            while len(remembered) >= _MOST_REMEMBERED:
                del remembered[next(iter(remembered))]
            remembered[digest] = known
        return known

    def _checked(self, token: str, now: int) -> tuple[dict[str, Any], str]:
        """Return the claims of a token that is ours and good now, and the id of its key."""
        try:
            header = header_of(token)
        except ValueError:
            raise TokenInvalidError from None
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
        named = type(claims["aud"]) is str and type(claims.get("jti")) is str
        if not whole or not named or not _timely(claims["iat"], claims["exp"], now):
            raise TokenInvalidError
        return claims, str(header["kid"])

    def _partner_of(self, client_id: str) -> UUID | None:
        """Return the partner of a client in use, at most 30 seconds old."""
        known = self._clients
        if client_id in known:
            return known[client_id]
        with self._desk.work(_OAUTH) as work:
            client = credentials.find_client(work, client_id)
        partner_id = client.partner_id if client and client.revoked_at is None else None
        with self._lock:
            while len(known) >= _MOST_REMEMBERED:
                del known[next(iter(known))]
            known[client_id] = partner_id
        return partner_id

    def _read_again(self, now: int) -> None:
        """Forget clients, and the tokens that were revoked or whose key is gone."""
        with self._desk.work(_OAUTH) as work:
            revoked = credentials.revoked_tokens(work)
        kids = self._keys.known()
        with self._lock:
            self._clients = {}
            self._revoked = revoked
            for remembered in (self._tokens, self._bound):
                for digest, known in list(remembered.items()):
                    if known.jti in revoked or known.kid not in kids or now >= known.expires:
                        del remembered[digest]
            self._read_at = now


def _key_of(claims: dict[str, Any]) -> str | None:
    """Return the thumbprint of the key that a token is bound to (RFC 9449 §6.1).

    Bound in any other way, as to a certificate, it is none of ours.
    """
    if "cnf" not in claims:
        return None
    bound = claims["cnf"]
    if not isinstance(bound, dict) or bound.keys() != {"jkt"} or not isinstance(bound["jkt"], str):
        raise TokenInvalidError
    return bound["jkt"]


def _timely(issued: int, expires: int, now: int) -> bool:
    return issued <= now + _MAX_AHEAD_S and 0 < expires - issued <= MAX_LIFE_S
