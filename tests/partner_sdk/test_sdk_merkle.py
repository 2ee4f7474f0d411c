"""The SDK's verifier takes every proof of the server's tree, and none with a bit flipped."""

from hypothesis import given
from hypothesis import strategies as st

from stoa.values import merkle
from stoa_sdk.merkle import consistency_holds, inclusion_root, leaf_hash

LEAVES = [leaf_hash(b"%d" % number) for number in range(300)]


def _read(height: int, index: int) -> bytes:
    if height == 0:
        return LEAVES[index]
    return merkle.node_hash(_read(height - 1, 2 * index), _read(height - 1, 2 * index + 1))


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(st.integers(1, len(LEAVES)))
    return draw(st.integers(1, new)), new


def _flipped(hashes: list[bytes], bit: int) -> list[bytes]:
    raw = bytearray(b"".join(hashes))
    place = bit % (len(raw) * 8)
    raw[place // 8] ^= 1 << place % 8
    return [bytes(raw[at : at + 32]) for at in range(0, len(raw), 32)]


@given(_pairs(), st.integers(0, 2**16))
def test_inclusion_is_proven_and_a_flipped_bit_proves_nothing(
    pair: tuple[int, int], bit: int
) -> None:
    index, size = pair[0] - 1, pair[1]
    root, path = merkle.root_of(_read, size), merkle.inclusion_proof(_read, index, size)
    assert inclusion_root(LEAVES[index], index, size, path) == root
    leaf, *wrong = _flipped([LEAVES[index], *path], bit)
    assert inclusion_root(leaf, index, size, wrong) != root
    assert inclusion_root(LEAVES[index], index, size, [*path, root]) != root
    assert not path or inclusion_root(LEAVES[index], index, size, path[:-1]) != root
    for other in {index ^ 1, index + 1, size - 1 - index} - {index}:
        assert inclusion_root(LEAVES[index], other, size, path) != root


@given(_pairs(), st.integers(0, 2**16))
def test_consistency_is_proven_and_a_flipped_bit_proves_nothing(
    pair: tuple[int, int], bit: int
) -> None:
    old, new = pair
    roots = [merkle.root_of(_read, size) for size in pair]
    path = merkle.consistency_proof(_read, old, new)
    assert consistency_holds(old, new, roots[0], roots[1], path)
    before, after, *wrong = _flipped([*roots, *path], bit)
    assert not consistency_holds(old, new, before, after, wrong)
    assert not consistency_holds(old, new, roots[0], roots[1], [*path, roots[0]])
    assert not path or not consistency_holds(old, new, roots[0], roots[1], path[:-1])


def test_what_can_not_be_a_proof_is_none() -> None:
    root = LEAVES[0]
    assert inclusion_root(root, 1, 1, []) is None
    assert inclusion_root(root, -1, 1, []) is None
    assert inclusion_root(root, 0, 2, [b"short"]) is None
    assert not consistency_holds(0, 1, root, root, [])
    assert not consistency_holds(2, 1, root, root, [])
    assert not consistency_holds(1, 2, root, root, [b"short"])
    assert not consistency_holds(3, 5, root, root, [])
