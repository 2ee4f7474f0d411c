"""Proofs that a token is used by the holder of its key (DPoP, RFC 9449).

Needs the extra ``stoa-sdk[dpop]``.
"""

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

__all__ = ["ProofKey"]

_UNAUTHORIZED = (400, 401)
_NONCE = "DPoP-Nonce"
_USED = "stoa_nonce"
_WANTED = "use_dpop_nonce"


class ProofKey:
    """A key that signs requests; its private part leaves this process never.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._key = ECKey.generate_key("P-256")
        self._header = {
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": dict(self._key.as_dict(private=False)),
        }
        self._clock = clock
        self._nonce: str | None = None

    @property
    def thumbprint(self) -> str:
        """The key's name (RFC 7638), which stands in tokens that are bound to it."""
        return self._key.thumbprint()

    def sign(self, request: httpx2.Request, token: str = "") -> None:
        """Give a request a proof of its own, with the hash of its token if it has one."""
        claims: dict[str, str | int] = {
            "htm": request.method,
            "htu": str(request.url.copy_with(query=None, fragment=None)),
            "iat": int(self._clock()),
            "jti": secrets.token_urlsafe(16),
        }
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        nonce = request.extensions[_USED] = self._nonce
        if nonce is not None:
            claims["nonce"] = nonce
        request.headers["DPoP"] = jwt.encode(self._header, claims, self._key, ["ES256"])

    def hears(self, response: httpx2.Response) -> bool:
        """Take the nonce that an answer tells; tell whether the request wants a new proof of it."""
        nonce = response.headers.get(_NONCE)
        if nonce is None:
            return False
        fresh = nonce != response.request.extensions.get(_USED)
        self._nonce = nonce
        if response.status_code not in _UNAUTHORIZED or not fresh:
            return False
        return _WANTED in response.headers.get("WWW-Authenticate", "") or (
            response.is_closed and _WANTED in response.text
        )
