"""Merkle trees: the vectors that certificate transparency goes by, and a naive tree beside ours."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.merkle import (
    EMPTY_ROOT,
    Frontier,
    Read,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    proven_root,
    root_of,
)

ENTRIES = [
    bytes.fromhex(each)
    for each in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The entries of the test vectors of RFC 6962's first implementation."""

ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
TWO = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
FIVE = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LAST_TWO = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
SECOND = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
RIGHT = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
FIVE_SIX = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"


def reader(entries: list[bytes]) -> Read:
    """Return a reader that computes every subtree from its leaves."""

    def read(height: int, index: int) -> bytes:
        part = entries[index << height : (index + 1) << height]
        assert len(part) == 1 << height
        return naive(part)

    return read


def naive(entries: list[bytes]) -> bytes:
    """Return the root as RFC 6962 §2.1 defines it, word by word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return node_hash(naive(entries[:split]), naive(entries[split:]))


def _hex(hashes: list[bytes]) -> list[str]:
    return [each.hex() for each in hashes]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_vectors(size: int) -> None:
    frontier = Frontier()
    for entry in ENTRIES[:size]:
        frontier.add(leaf_hash(entry))
    assert frontier.root().hex() == ROOTS[size]
    assert root_of(reader(ENTRIES), size).hex() == ROOTS[size]
    assert naive(ENTRIES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [SECOND, TWO, RIGHT]),
        (5, 8, [FIVE, LAST_TWO, ROOTS[4]]),
        (2, 3, [ROOTS[2]]),
        (1, 5, [ROOTS[1], TWO, FIVE]),
    ],
)
def test_inclusion_proofs_are_those_of_the_vectors(index: int, size: int, path: list[str]) -> None:
    assert _hex(inclusion_proof(reader(ENTRIES), index, size)) == path


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (1, 1, []),
        (1, 8, [SECOND, TWO, RIGHT]),
        (6, 8, [FIVE_SIX, LAST_TWO, ROOTS[4]]),
        (2, 5, [TWO, FIVE]),
    ],
)
def test_consistency_proofs_are_those_of_the_vectors(old: int, new: int, path: list[str]) -> None:
    assert _hex(consistency_proof(reader(ENTRIES), old, new)) == path


@given(st.integers(0, 200))
def test_any_tree_has_the_root_of_the_naive_one(size: int) -> None:
    entries = [b"%d" % number for number in range(size)]
    frontier = Frontier()
    for entry in entries:
        frontier.add(leaf_hash(entry))
    assert frontier.root() == root_of(reader(entries), size) == naive(entries)
    assert frontier.size == size


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_proof(reader(ENTRIES), index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_there_is_no_proof_that_a_tree_shrank(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="can't have become"):
        consistency_proof(reader(ENTRIES), old, new)


def test_an_empty_tree_has_a_root() -> None:
    assert root_of(reader([]), 0) == EMPTY_ROOT


@given(st.integers(1, 40), st.data())
def test_a_path_proves_its_leaf_at_its_place_and_no_other(size: int, data: st.DataObject) -> None:
    entries = [b"%d" % number for number in range(size)]
    read, root = reader(entries), naive(entries)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(read, index, size)
    leaf = leaf_hash(entries[index])
    assert proven_root(leaf, index, size, path) == root
    assert proven_root(leaf_hash(b"another"), index, size, path) != root
    assert proven_root(leaf, index, size, [*path, leaf]) is None
    if path:
        assert proven_root(leaf, index, size, path[:-1]) is None
        bent = [leaf_hash(path[0]), *path[1:]]
        assert proven_root(leaf, index, size, bent) != root
    for other in set(range(-1, size + 1)) - {index}:
        assert proven_root(leaf, other, size, path) != root
