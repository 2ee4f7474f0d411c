"""Verifies Merkle proofs as RFC 9162 §2.1 says; they are those of RFC 6962.

This is written apart from the server's own code, so that one mistake can't hide another.
"""

import hashlib
from collections.abc import Iterable, Sequence

__all__ = ["consistency_holds", "inclusion_root", "leaf_hash", "tree_root"]

_HASH_BYTES = 32


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def inclusion_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf and its audit path lead to (RFC 9162 §2.1.3.2).

    Args:
        leaf: the hash of the leaf.
        index: of the leaf, from 0.
        size: of the tree.
        path: the siblings, from the leaf upwards.

    Returns:
        ``None`` where the path can't be one of this leaf in a tree of this size.
    """
    if not 0 <= index < size or any(len(each) != _HASH_BYTES for each in path):
        return None
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = _node(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = _node(root, sibling)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """Return the root of a tree by the hashes of its leaves (RFC 9162 §2.1.1)."""
    row = list(leaves)
    if not row:
        return hashlib.sha256().digest()
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2], strict=False)
        odd = row[len(row) // 2 * 2 :]
        row = [_node(left, right) for left, right in pairs] + odd
    return row[0]


def consistency_holds(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that the new tree begins with the old one (RFC 9162 §2.1.4.2)."""
    if not 0 < old_size <= new_size or any(len(each) != _HASH_BYTES for each in path):
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    steps = list(path)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = _node(sibling, old), _node(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = _node(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
