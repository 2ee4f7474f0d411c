"""Draws that anybody can check: a hash is published before, the seed after.

Whoever sells keeps a random seed and publishes ``SHA-256(seed)``; the seed is told with the result:
hashed, it has to give what was published before. Two kinds of draw lean on it.

A single one is decided by a roll, for which whoever draws names a text, so that neither side alone
decides:

    SHA-256(seed ‖ id of what is drawn, 16 bytes ‖ the text in UTF-8)

A raffle draws winners of a list whose Merkle root (RFC 6962) is published before the seed is. The
k-th pick, from 0 on, is of the tickets that are left, the last one of which takes its place:

    SHA-256(seed ‖ root ‖ k, 8 bytes)

The number of a digest is its first seven bytes. Modulo a size, the last few numbers would favour
some results: a number among them is passed over, and the digest of the digest is looked at instead.
`functions/chances.sql` rolls in the database; `stoa_sdk.fairness` reckons all of it again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from stoa.values.chances import MILLION
from stoa.values.merkle import EMPTY_ROOT, Frontier, leaf_hash

__all__ = ["commitment", "entry", "pick", "prize_at", "roll", "root", "terms_hash", "winners"]

_BYTES = 7
_NUMBERS = 1 << 8 * _BYTES


def commitment(seed: bytes) -> bytes:
    """Return what is published of a seed before the draw."""
    return hashlib.sha256(seed).digest()


def pick(digest: bytes, size: int) -> int:
    """Return a number from 0 to below `size`, each as likely as any other."""
    fair = _NUMBERS - _NUMBERS % size
    while (number := int.from_bytes(digest[:_BYTES])) >= fair:
        digest = hashlib.sha256(digest).digest()
    return number % size


def roll(seed: bytes, drawn_id: UUID, nonce: str) -> int:
    """Return the roll of a draw: 0 to 999,999, the same whenever it is reckoned."""
    return pick(hashlib.sha256(seed + drawn_id.bytes + nonce.encode()).digest(), MILLION)


def prize_at(rolled: int, odds: Sequence[int], left: Sequence[int]) -> int | None:
    """Return the place of the prize that a roll wins.

    Prizes lie behind each other on the numbers from 0 to 999,999, each as wide as its odds.

    Args:
        odds: of the prizes in millionths, in their order.
        left: how many there were of each when it was rolled.

    Returns:
        ``None`` where the roll lies behind them all, or on a prize of which none is left.
    """
    for place, each in enumerate(odds):
        if rolled < each:
            return place if left[place] > 0 else None
        rolled -= each
    return None


def entry(number: int, ticket: str, holder: str) -> bytes:
    """Return what the list of a raffle says of a ticket: ``7 tkt_00nv… 9f86d081…``."""
    return f"{number} {ticket} {holder}".encode()


def root(entries: Iterable[bytes]) -> bytes:
    """Return the Merkle root of a list of tickets."""
    tree = Frontier()
    for each in entries:
        tree.add(leaf_hash(each))
    return tree.root() if tree.size else EMPTY_ROOT


def winners(
    seed: bytes, list_root: bytes, holders: Sequence[str], wins: int, *, once: bool
) -> list[int]:
    """Return the places of the tickets that win, in the order of the prizes.

    Args:
        holders: of the tickets in the order of the list; tickets of one member have one holder.
            One without a holder was taken back before the list was published, and wins nothing.
        wins: how many prizes there are.
        once: a member wins one of them at most.

    Returns:
        As many as there are prizes, or tickets for them; no ticket twice.
    """
    left = list(range(len(holders)))
    found: list[int] = []
    had: set[str] = set()
    step = 0
    while left and len(found) < wins:
        digest = hashlib.sha256(seed + list_root + step.to_bytes(8)).digest()
        place = pick(digest, len(left))
        left[place], left[-1] = left[-1], left[place]
        ticket = left.pop()
        step += 1
        if not holders[ticket] or (once and holders[ticket] in had):
            continue
        had.add(holders[ticket])
        found.append(ticket)
    return found


def terms_hash(terms: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a draw's terms as JSON: sorted names, no blanks, ASCII."""
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()
