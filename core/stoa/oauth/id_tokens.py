"""Id tokens: who signed in at the partner, when, and with which access token (OpenID Connect)."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any

from stoa.oauth.tokens import Tokens
from stoa.services.authorizations import Granted

__all__ = ["id_token"]


def id_token(
    tokens: Tokens, client_id: str, subject: str, granted: Granted, *, access_token: str
) -> str:
    """Return the id token of a sign-in (OpenID Connect Core §2, §3.1.3.6).

    Args:
        subject: the member's name at the partner, pairwise (§8.1).
        access_token: the one that goes with it; ``at_hash`` ties the two together.
    """
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims: dict[str, Any] = {
        "sub": subject,
        "aud": client_id,
        "auth_time": int(granted.auth_time.timestamp()),
        "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
    }
    if granted.nonce is not None:
        claims["nonce"] = granted.nonce
    return tokens.sign(claims, kind="JWT")
