"""Public keys that others hand in: strict reading of JWK, JWK sets and PEM (RFC 7517).

Only what signs asymmetrically and is strong enough is taken: P-256, Ed25519, RSA of 2048 to 4096
bits. A private part or a shared secret is refused, for it should never have been sent.
"""

import json
from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

__all__ = ["ALGORITHMS", "PublicKey", "algorithms_of", "read_jwk", "read_keys"]

PublicKey = ECKey | OKPKey | RSAKey

ALGORITHMS = ("ES256", "PS256", "RS256", "EdDSA")
"""What others may sign with (RFC 7518 §3.1, RFC 8037 §3.1)."""

_FITTING = {"EC": ("ES256",), "RSA": ("PS256", "RS256"), "OKP": ("EdDSA",)}
_PUBLIC = {"kty", "crv", "x", "y", "n", "e"}
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_LEAST_RSA_BITS, _MOST_RSA_BITS = 2048, 4096
_EXPONENT = "AQAB"  # 65537
_MOST_CHARACTERS = 16_384


def read_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key of a JWK.

    Raises:
        ValueError: it is no public key that we take; the text says why.
    """
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in _FITTING:
        raise ValueError("Send an EC, OKP or RSA key: nothing symmetric.")
    if _PRIVATE & jwk.keys():
        raise ValueError("This holds the private part: keep that, send the public key.")
    if kty in _CURVES and jwk.get("crv") != _CURVES[kty]:
        raise ValueError(f"Choose the curve {_CURVES[kty]}.")
    if kty == "RSA" and not _is_strong(jwk):
        raise ValueError("An RSA key has 2048 to 4096 bits and the exponent 65537.")
    try:
        key = import_key({name: jwk[name] for name in jwk.keys() & _PUBLIC})
        _ = key.raw_value  # which reads the numbers
    except (JoseError, ValueError, TypeError):
        raise ValueError("This is no key that can be read.") from None
    if isinstance(key, ECKey | OKPKey | RSAKey):
        return key
    raise ValueError("Send an EC, OKP or RSA key: nothing symmetric.")


def algorithms_of(key: PublicKey, named: object = None) -> tuple[str, ...]:
    """Return what may be signed with a key: the algorithm that it names, or all that fit it.

    Raises:
        ValueError: it names one that does not fit.
    """
    fitting = _FITTING[key.key_type]
    if named is None:
        return fitting
    if named not in fitting:
        raise ValueError(f"This key signs with {' or '.join(fitting)}.")
    return (str(named),)


def read_keys(text: str) -> list[tuple[str | None, tuple[str, ...], PublicKey]]:
    """Return the keys of a JWK, a JWK set or a PEM: id if it has one, algorithms, key.

    Raises:
        ValueError: the text holds none, or one that we do not take.
    """
    text = text.strip()
    if len(text) > _MOST_CHARACTERS:
        raise ValueError("This is too long for keys.")
    if text.startswith("-----BEGIN"):
        key = read_jwk(_of_pem(text))
        return [(None, algorithms_of(key), key)]
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("Send a JWK, a JWK set or a PEM.") from None
    jwks = document.get("keys", [document]) if isinstance(document, dict) else None
    if not isinstance(jwks, list) or not jwks or not all(isinstance(each, dict) for each in jwks):
        raise ValueError("The set holds no keys.")
    return [_named(each) for each in jwks]


def _is_strong(jwk: Mapping[str, Any]) -> bool:
    """Tell whether an RSA key has a modulus and an exponent that are good today."""
    modulus, exponent = jwk.get("n"), jwk.get("e")
    if not isinstance(modulus, str) or not isinstance(exponent, str):
        return False
    bits = len(modulus.rstrip("=")) * 6
    return bits - 6 < _MOST_RSA_BITS and bits >= _LEAST_RSA_BITS and exponent == _EXPONENT


def _named(jwk: dict[str, Any]) -> tuple[str | None, tuple[str, ...], PublicKey]:
    if jwk.get("use", "sig") != "sig":
        raise ValueError("Send a key for signatures (use: sig).")
    key, kid = read_jwk(jwk), jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise ValueError("A kid is a text.")
    return kid, algorithms_of(key, jwk.get("alg")), key


def _of_pem(text: str) -> dict[str, Any]:
    if "PRIVATE KEY" in text:
        raise ValueError("This holds the private part: keep that, send the public key.")
    for kind in ("EC", "RSA", "OKP"):
        try:
            return dict(import_key(text, kind).as_dict(private=False))
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
    raise ValueError("This is no public key that can be read.")
