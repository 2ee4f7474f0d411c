"""Seals what has to be read again: AES-GCM under a key made of the installation's (RFC 5116).

Who has a copy of the database alone reads nothing; with another `STOA_SECRET_KEY` what was sealed
before can't be opened, and is set up anew.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["seal", "unseal"]

_NONCE = 12


def seal(key: str, text: str, *, purpose: str) -> bytes:
    """Return a text sealed.

    Args:
        key: the installation's secret key.
        purpose: what it is and whose: sealed text opens for the same purpose alone.
    """
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(key).encrypt(nonce, text.encode(), purpose.encode())


def unseal(key: str, sealed: bytes, *, purpose: str) -> str | None:
    """Return what was sealed; ``None`` where it was by another key or for another purpose."""
    try:
        opened = _cipher(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
    except InvalidTag:
        return None
    return opened.decode()


def _cipher(key: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=b"stoa sealing").derive(key.encode())
    return AESGCM(derived)
