"""Draws that anybody can check: a hash is published before, the seed after.

Whoever sells the chance keeps a random seed and publishes ``SHA-256(seed)``; then whoever draws
names a text of their own, so that neither side alone decides. The roll is the first seven bytes of

    SHA-256(seed ‖ id of the chance, 16 bytes ‖ the text in UTF-8)

as a number, modulo one million; it wins where it is below the odds. The seed is told with the
result: hashed, it has to give what was published before. `functions/chances.sql` draws; this is
how to reckon it again.
"""

import hashlib
from uuid import UUID

from stoa.values.chances import MILLION

__all__ = ["commitment", "roll"]

_BYTES = 7


def commitment(seed: bytes) -> bytes:
    """Return what is published of a seed before the draw."""
    return hashlib.sha256(seed).digest()


def roll(seed: bytes, chance_id: UUID, nonce: str) -> int:
    """Return the roll of a draw: 0 to 999,999, the same whenever it is reckoned."""
    digest = hashlib.sha256(seed + chance_id.bytes + nonce.encode()).digest()
    return int.from_bytes(digest[:_BYTES]) % MILLION
