"""A client's own key in place of a secret (``private_key_jwt``, RFC 7523 §2.2).

Stoa only ever sees the public part. Needs the extra ``stoa-sdk[keys]``.

    client = Client("https://points.example.org", "cli_…", PrivateKey.of_file("till.pem"))
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry

__all__ = ["PrivateKey"]

_LIFE_S = 60
_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FITTING = {
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("RSA", None): ("RS256", "PS256"),
}
_WHICH = "give a private key: P-256, Ed25519 or RSA"


class _Signing(JWSRegistry):
    """Signs with what Stoa takes; that EdDSA has a newer name is no reason to warn."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - a model of joserfc
        return self.algorithms[name]


_SIGNING = _Signing()


class PrivateKey:
    """Proves a client by a signature, a fresh one each time that is good for a minute.

    It goes wherever a `client_secret` goes, also with ``dpop=True``.

    Args:
        text: the private key: PEM, or a JWK as JSON.
        kid: its name at Stoa; by default the JWK's, else none, and Stoa tries the client's keys.
        algorithm: ``ES256``, ``EdDSA``, ``RS256`` or ``PS256``; by default the JWK's, else the one
            that fits the key, ``RS256`` for RSA.
        audience: whom it is meant for: the alliance's own address, or that of its token door; by
            default as the client knows it. Give it where a proxy stands between.
        clock: seconds since 1970.

    Raises:
        ValueError: it is no private key that Stoa takes; the text does not show it.
    """

    def __init__(
        self,
        text: str,
        *,
        kid: str | None = None,
        algorithm: str | None = None,
        audience: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._key, named = _read(text)
        fitting = _FITTING.get((self._key.key_type, named.get("crv")), ())
        if not self._key.is_private or not fitting:
            raise ValueError(_WHICH)
        self.algorithm = algorithm or named.get("alg") or fitting[0]
        if self.algorithm not in fitting:
            raise ValueError(f"this key signs with {' or '.join(fitting)}")
        self.kid = kid or named.get("kid")
        self._audience = audience
        self._clock = clock

    @classmethod
    def of_file(cls, path: str | Path) -> "PrivateKey":
        """Return the key of a file, PEM or JWK.

        Raises:
            OSError: it can't be read.
            ValueError: it holds no private key that Stoa takes.
        """
        return cls(Path(path).read_text("utf-8"))

    def public(self) -> dict[str, Any]:
        """Return the public part as JWK, to be handed to the operator."""
        named = {"kid": self.kid} if self.kid else {}
        return {**self._key.as_dict(private=False), **named, "alg": self.algorithm}

    def form(self, client_id: str, audience: str) -> Mapping[str, str]:
        """Return the fields by which a client proves itself to an audience."""
        now = int(self._clock())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self._audience or audience,
            "iat": now,
            "exp": now + _LIFE_S,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"alg": self.algorithm} | ({"kid": self.kid} if self.kid else {})
        signed = jws.serialize_compact(
            header, json.dumps(claims).encode(), self._key, registry=_SIGNING
        )
        return {
            "client_id": client_id,
            "client_assertion_type": _TYPE,
            "client_assertion": signed,
        }


def _read(text: str) -> tuple[ECKey | OKPKey | RSAKey, Mapping[str, Any]]:
    """Return a key, and what it says of itself."""
    try:
        if "-----BEGIN" not in text:
            key = import_key({**json.loads(text)})
            return _known(key), dict(key.as_dict(private=False))
    except (JoseError, ValueError, TypeError):
        raise ValueError(_WHICH) from None
    for kind in ("EC", "OKP", "RSA"):
        try:
            key = import_key(text, kind)
            return _known(key), dict(key.as_dict(private=False))
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
    raise ValueError(_WHICH)


def _known(key: object) -> ECKey | OKPKey | RSAKey:
    if isinstance(key, ECKey | OKPKey | RSAKey):
        return key
    raise ValueError(_WHICH)
