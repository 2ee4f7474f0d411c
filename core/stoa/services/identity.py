"""Secrets and names: pairwise member references, client secrets, passwords of staff."""

import hashlib
import re
import secrets
import threading
from functools import lru_cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

__all__ = [
    "hash_secret",
    "member_of",
    "member_ref",
    "new_ref_key",
    "new_secret",
    "secret_fits",
    "token_hash",
]

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's least
_REF = "mbr_"
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 §6, in lower case and without padding
_SPARE_BITS = 2  # 26 letters are 130 bits; the last letter ends with two zeros
_IS_REF = re.compile(f"{_REF}[a-z2-7]{{25}}[aeimquy4]", re.ASCII).fullmatch
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_AS_DIGITS = str.maketrans(_LETTERS, "0123456789abcdefghijklmnopqrstuv")


def new_ref_key() -> bytes:
    """Return a new key for a partner's member references: 16 random bytes."""
    return secrets.token_bytes(16)


def member_ref(ref_key: bytes, member_id: UUID) -> str:
    """Return the member's name at one partner, ``mbr_…``.

    One block of AES under the partner's own key turns the member's UUID into another one: the same
    member has another name at every partner, and nothing needs to be stored (requirements 1d-7).
    """
    block = _blocks.encryptor(ref_key).update(member_id.bytes)
    number = int.from_bytes(block) << _SPARE_BITS
    return _REF + "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def member_of(ref_key: bytes, ref: str) -> UUID | None:
    """Return the member behind a partner's reference; ``None`` when it can be none.

    Another partner's reference turns into the UUID of nobody.
    """
    if not _IS_REF(ref):
        return None
    number = int(ref[len(_REF) :].translate(_AS_DIGITS), 32)
    block = (number >> _SPARE_BITS).to_bytes(16)
    return UUID(bytes=_blocks.decryptor(ref_key).update(block))


def new_secret(prefix: str) -> str:
    """Return a new secret of 256 random bits behind a prefix that leak scanners can know."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> str:
    """Return the argon2id hash of a password or client secret (RFC 9106)."""
    return _hasher.hash(secret)


def secret_fits(hashed: str, secret: str) -> bool:
    """Tell whether a secret belongs to a hash, in constant time."""
    try:
        return _hasher.verify(hashed, secret)
    except (VerificationError, InvalidHashError):
        return False


def token_hash(token: str) -> bytes:
    """Return the SHA-256 under which a random token is kept."""
    return hashlib.sha256(token.encode()).digest()


class _Blocks(threading.local):
    """Ciphers of one block, kept by each thread: to make one costs ten times what it does."""

    def __init__(self) -> None:
        self.encryptor = lru_cache(maxsize=1024)(lambda key: _cipher(key).encryptor())
        self.decryptor = lru_cache(maxsize=1024)(lambda key: _cipher(key).decryptor())


_blocks = _Blocks()


def _cipher(ref_key: bytes) -> Cipher[modes.ECB]:
    return Cipher(algorithms.AES(ref_key), modes.ECB())  # noqa: S305 - one block, a permutation
