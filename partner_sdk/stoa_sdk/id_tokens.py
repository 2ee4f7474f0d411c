"""An id token is believed when Stoa's key signed it, for us, now, for this sign-in.

OpenID Connect Core §3.1.3.7; needs the extra ``stoa-sdk[sign-in]``.
"""

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

__all__ = ["IdTokenRefused", "UnknownKey", "checked"]

_ALGORITHMS = ["ES256"]
_SKEW_S = 60


class IdTokenRefused(ValueError):  # noqa: N818 - as the errors of the SDK are named
    """The id token is not to be believed; the text says why."""


class UnknownKey(IdTokenRefused):
    """No key of the set signed it: the set may be older than the key."""


def checked(
    token: str,
    keys: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str | None,
    access_token: str,
    now: float | None = None,
) -> dict[str, Any]:
    """Return the claims of an id token that is good.

    Args:
        token: as the token door gave it.
        keys: the JWK set of the issuer.
        issuer: who has to have signed it.
        client_id: for whom.
        nonce: of the sign-in; `None` after a refresh, which has none to compare.
        access_token: that came with it; ``at_hash`` ties the two together.
        now: seconds since 1970; by default the clock.

    Raises:
        UnknownKey: no key of the set signed it.
        IdTokenRefused: it is not good.
    """
    claims = _signed(token, keys)
    at = time.time() if now is None else now
    audience = claims.get("aud")
    if claims.get("iss") != issuer:
        raise IdTokenRefused("the id token is of another issuer")
    if audience not in (client_id, [client_id]) or claims.get("azp", client_id) != client_id:
        raise IdTokenRefused("the id token is for another client")
    ends, made = claims.get("exp"), claims.get("iat")
    if not isinstance(ends, int) or not at < ends + _SKEW_S:
        raise IdTokenRefused("the id token has ended")
    if not isinstance(made, int) or made > at + _SKEW_S:
        raise IdTokenRefused("the id token is of the future")
    if nonce is not None and not _same(claims.get("nonce"), nonce):
        raise IdTokenRefused("the id token is of another sign-in")
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    if not _same(claims.get("at_hash"), urlsafe_b64encode(half).rstrip(b"=").decode()):
        raise IdTokenRefused("the id token belongs to another access token")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise IdTokenRefused("the id token names nobody")
    return claims


def _signed(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    try:
        known = KeySet.import_key_set({"keys": list(keys["keys"])})
        return dict(jwt.decode(token, known, algorithms=_ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise UnknownKey("no key of the alliance signed the id token") from None


def _same(told: object, expected: str) -> bool:
    return isinstance(told, str) and hmac.compare_digest(told.encode(), expected.encode())
