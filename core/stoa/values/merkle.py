"""Merkle trees as RFC 6962 §2.1 defines them: hashes, roots and proofs, read from kept subtrees.

A tree of n leaves splits at the largest power of two below n, so that everything but its right edge
is made of complete subtrees, which never change again. Whoever keeps those can prove anything in
O(log n) reads. Of a tree of 7, with ``h/i`` the i-th complete subtree of height h:

    root(7) = node(2/0, node(1/2, 0/6))

A proof for leaf 4 is [0/5, 0/6, 2/0]; that 4 leaves became 7 is shown by [node(1/2, 0/6)].
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "Frontier",
    "Read",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "proven_root",
    "root_of",
]

HASH_BYTES = 32
"""Of SHA-256."""

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves."""

Read = Callable[[int, int], bytes]
"""Reads the hash of a complete subtree by its height (0 is a leaf) and its number from the left."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the complete subtrees of which its root is made."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        self._edge.append(leaf)
        self.size += 1
        full = self.size
        while full % 2 == 0:
            right = self._edge.pop()
            self._edge.append(node_hash(self._edge.pop(), right))
            full //= 2

    def root(self) -> bytes:
        """Return the root of the tree as it stands."""
        return _folded(self._edge) if self._edge else EMPTY_ROOT


def root_of(read: Read, size: int) -> bytes:
    """Return the root of the first `size` leaves."""
    return _range_hash(read, 0, size) if size else EMPTY_ROOT


def inclusion_proof(read: Read, index: int, size: int) -> list[bytes]:
    """Return the audit path of a leaf, from its sibling upwards (RFC 6962 §2.1.1).

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_range_hash(read, middle, end))
            end = middle
        else:
            path.append(_range_hash(read, begin, middle))
            begin = middle
    return path[::-1]


def proven_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf's hash and its audit path give; nothing where they can't fit.

    Args:
        leaf: the hash of the leaf.
        index: its place, from 0, in a tree of `size` leaves.
        path: from its sibling upwards, as `inclusion_proof` gives it (RFC 9162 §2.1.3.2).
    """
    if not 0 <= index < size:
        return None
    last, found = size - 1, leaf
    for each in path:
        if last == 0:
            return None
        if index % 2 or index == last:
            found = node_hash(each, found)
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            found = node_hash(found, each)
        index, last = index // 2, last // 2
    return found if last == 0 else None


def consistency_proof(read: Read, old: int, new: int) -> list[bytes]:
    """Return the proof that the first `old` of `new` leaves are what they were (RFC 6962 §2.1.2).

    Raises:
        ValueError: `old` is not from 1 to `new`.
    """
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} can't have become one of {new}")
    begin, end, path = 0, new, []
    while old < end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_range_hash(read, middle, end))
            end = middle
        else:
            path.append(_range_hash(read, begin, middle))
            begin = middle
    if begin:  # the old root itself is known to whoever asks
        path.append(_range_hash(read, begin, end))
    return path[::-1]


def _split(size: int) -> int:
    """Return the largest power of two that is smaller than the size."""
    return 1 << (size - 1).bit_length() - 1


def _range_hash(read: Read, begin: int, end: int) -> bytes:
    """Return the root of the leaves from `begin` to before `end`, where a subtree begins."""
    edge = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        edge.append(read(height, begin >> height))
        begin += 1 << height
    return _folded(edge)


def _folded(edge: Iterable[bytes]) -> bytes:
    *rest, root = edge
    for left in reversed(rest):
        root = node_hash(left, root)
    return root
