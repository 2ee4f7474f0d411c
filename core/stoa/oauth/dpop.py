"""DPoP: tokens that only the holder of a key can use (RFC 9449).

A proof is a JWT signed with the client's own key for one request: its method and address, the
token's hash, the time, a nonce of ours and an id that counts once among all servers.
A nonce is a step of two minutes and its MAC under the secret key: every server knows those of all,
nothing is stored. It is good in its own step and the next one.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from stoa.errors import DpopNonceError, DpopProofError
from stoa.oauth.signed import claims_of, header_of, short_text, whole_number
from stoa.services import credentials
from stoa.services.credentials import PublicKey
from stoa.work import Actor, Desk

__all__ = ["NONCE", "Proof", "Proofs"]

NONCE = "stoa.dpop_nonce"
"""Where the environment of a request keeps the nonce that its answer tells."""

_MOST_CHARACTERS = 6144
_WINDOW_S = 60
_STEP_S = 120
_HEADER = {"typ", "alg", "jwk"}
_TYPE = "dpop+jwt"
_MOST_KEYS = 4096
_PORTS = {"http": 80, "https": 443}
_OAUTH = Actor("oauth")


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that is good for its request; it still has to be taken, once.

    `jkt` is the thumbprint of its key (RFC 7638).
    """

    jkt: str
    jti: str
    ends_at: datetime


class Proofs:
    """Checks proofs.

    Args:
        secret_key: of the installation; nonces are made with it.
        url: the public address, which the addresses in proofs begin with.
    """

    def __init__(self, desk: Desk, *, secret_key: str, url: str) -> None:
        self._desk = desk
        self._url = url
        self._mac_key = hmac.digest(secret_key.encode(), b"stoa dpop nonce", "sha256")
        self._lock = Lock()
        self._keys: OrderedDict[str, tuple[str, PublicKey, str]] = OrderedDict()

    def nonce(self) -> str:
        """Return the nonce that is good now."""
        return self._nonce_of(int(self._desk.clock().timestamp()) // _STEP_S)

    def read(self, proof: str, method: str, path: str, *, token: str | None = None) -> Proof:
        """Check a proof for a request.

        Args:
            proof: the header ``DPoP``; two of them came joined by a comma.
            path: of the request, below the public address, without escapes.
            token: what it has to be bound to; ``None`` at the token endpoint.

        Raises:
            DpopNonceError: all is well but the nonce: the client shall take ours.
            DpopProofError: the proof is malformed, stale, or for another request or token.
        """
        try:
            algorithm, key, jkt = self._key_of(proof)
            claims = claims_of(proof, key, algorithm)
            jti, issued = short_text(claims, "jti"), whole_number(claims, "iat")
        except ValueError:
            raise DpopProofError from None
        now = int(self._desk.clock().timestamp())
        named = claims.get("htm") == method and _same(claims.get("htu"), self._url, path)
        if not named or abs(now - issued) > _WINDOW_S:
            raise DpopProofError
        if token is not None and claims.get("ath") != _hash_of(token):
            raise DpopProofError
        if not self._is_nonce(claims.get("nonce"), now):
            raise DpopNonceError
        return Proof(jkt, jti, datetime.fromtimestamp(issued + 2 * _WINDOW_S, UTC))

    def take(self, proof: Proof) -> None:
        """Let a proof count.

        Raises:
            DpopProofError: it has counted before, at this server or another.
        """
        with self._desk.work(_OAUTH) as work:
            if not credentials.take_proof(work, proof.jkt, proof.jti, ends_at=proof.ends_at):
                raise DpopProofError

    def _key_of(self, proof: str) -> tuple[str, PublicKey, str]:
        """Return algorithm, key and thumbprint; a client's header is the same at every request."""
        if len(proof) > _MOST_CHARACTERS:
            raise ValueError("too long")
        segment = proof.partition(".")[0]
        known = self._keys.get(segment)
        if known is not None:
            return known
        header = header_of(proof)
        jwk: Any = header.get("jwk")
        if header.keys() != _HEADER or header["typ"] != _TYPE or not isinstance(jwk, dict):
            raise ValueError("another header")
        key = credentials.read_jwk(jwk)
        if header["alg"] not in credentials.algorithms_of(key):
            raise ValueError("another algorithm")
        known = (str(header["alg"]), key, key.thumbprint())
        with self._lock:
            while len(self._keys) >= _MOST_KEYS:
                self._keys.popitem(last=False)
            self._keys[segment] = known
        return known

    def _is_nonce(self, nonce: object, now: int) -> bool:
        if not isinstance(nonce, str) or not nonce.isascii():
            return False
        step = now // _STEP_S  # a server whose clock is ahead has told the next one
        good = [hmac.compare_digest(nonce, self._nonce_of(step + each)) for each in (0, -1, 1)]
        return any(good)

    def _nonce_of(self, step: int) -> str:
        mac = hmac.digest(self._mac_key, step.to_bytes(8), "sha256")
        return urlsafe_b64encode(mac[:18]).decode()


def _hash_of(token: str) -> str:
    digest = hashlib.sha256(token.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _same(htu: object, url: str, path: str) -> bool:
    """Tell whether an address is a path below ours, but for query and fragment (RFC 9449 §4.3)."""
    try:
        parts, ours = urlsplit(htu if isinstance(htu, str) else ""), urlsplit(url)
        there = parts.scheme, parts.username, parts.hostname, _port_of(parts)
        here = ours.scheme, None, ours.hostname, _port_of(ours)
    except ValueError:
        return False
    return there == here and unquote(parts.path) == ours.path + path


def _port_of(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)
