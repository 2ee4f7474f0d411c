"""JWTs that others signed, read strictly: client assertions (RFC 7523) and DPoP proofs (RFC 9449).

The header may say nothing that would lead us anywhere (``jku``, ``x5u``, ``crit`` …), one
asymmetric algorithm is taken at a time, numbers are whole, and whatever is odd is a `ValueError`.
"""

import binascii
import json
from base64 import urlsafe_b64decode
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from stoa.services.credentials import PublicKey

__all__ = ["claims_of", "header_of", "short_text", "whole_number"]

_MOST_LETTERS = 256


class _Registry(JWSRegistry):
    """Headers with a public RSA key in them are longer than most; EdDSA is no reason to warn."""

    max_header_length = 2048
    max_payload_length = 8192

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - a model of joserfc
        """Return the one algorithm that is allowed."""
        if not self.allowed or name not in self.allowed:
            raise ValueError("the algorithm is another one")
        return self.algorithms[name]


def header_of(token: str) -> dict[str, Any]:
    """Return the header of a token that is not trusted yet.

    Raises:
        ValueError: it can't be read.
    """
    segment = token.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise ValueError("the header can't be read") from None
    if not isinstance(header, dict):
        raise ValueError("the header is no object")  # noqa: TRY004 - one refusal for all
    return header


def claims_of(token: str, key: PublicKey, algorithm: str) -> dict[str, Any]:
    """Return the claims of a token that a key has signed with an algorithm.

    Raises:
        ValueError: it is no such token.
    """
    try:
        return jwt.decode(
            token, key, algorithms=[algorithm], registry=_Registry(algorithms=[algorithm])
        ).claims
    except (JoseError, RecursionError, TypeError) as wrong:
        raise ValueError("the signature is not the key's") from wrong


def whole_number(claims: dict[str, Any], name: str) -> int:
    """Return a claim that has to be a whole number.

    Raises:
        ValueError: it is missing, a text, a truth value or a fraction.
    """
    value = claims.get(name)
    if type(value) is not int:
        raise ValueError(f"{name} is no whole number")
    return value


def short_text(claims: dict[str, Any], name: str) -> str:
    """Return a claim that has to be a text of 1 to 256 printable characters.

    Raises:
        ValueError: it is not.
    """
    value = claims.get(name)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= _MOST_LETTERS:
        raise ValueError(f"{name} is no short text")
    return value
