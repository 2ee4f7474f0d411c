"""Tiles: the hashes of the tree as they are kept and published, 256 wide (C2SP tlog-tiles).

The tile of level L and number n holds the subtrees of height 8·L from 256·n on; what lies between
two levels is computed. Only the last tile of a level is not full, and grows in place.
"""

from collections.abc import Iterable

from stoa.values.merkle import HASH_BYTES, node_hash
from stoa.work import Work

__all__ = ["LEVEL_HEIGHT", "WIDTH", "Tiles", "published_tile", "read_tile", "tile_root"]

WIDTH = 256
"""Hashes of a full tile."""

LEVEL_HEIGHT = 8
"""Heights of the tree from one level of tiles to the next."""

_READ = "SELECT hashes FROM log_tiles WHERE level = %s AND index = %s"
_LAST = """
SELECT index, hashes FROM log_tiles WHERE level = %s ORDER BY index DESC LIMIT 1
"""
_WRITE = """
INSERT INTO log_tiles (level, index, hashes)
SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bytea[])
    ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes
RETURNING 1
"""


class Tiles:
    """Reads complete subtrees from the kept tiles, each of which is read once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._read: dict[tuple[int, int], bytes] = {}

    def __call__(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree.

        Raises:
            LookupError: the tiles do not reach so far.
        """
        level, more = divmod(height, LEVEL_HEIGHT)
        first = index << more
        number, offset = divmod(first, WIDTH)
        key = (level, number)
        if key not in self._read:
            self._read[key] = read_tile(self._work, level, number)
        hashes = self._read[key][offset * HASH_BYTES : (offset + (1 << more)) * HASH_BYTES]
        if len(hashes) != HASH_BYTES << more:
            raise LookupError(f"tile {number} of level {level} ends before its hash {offset}")
        return tile_root(hashes)

    def grow(self, leaves: Iterable[bytes], *, size: int) -> None:
        """Add hashes of leaves to a tree of so many.

        Raises:
            LookupError: the tiles hold another number of leaves.
        """
        level, fresh, written = 0, list(leaves), list[tuple[int, int, bytes]]()
        while fresh:
            number, hashes = self._last(level)
            if level == 0 and number * WIDTH + len(hashes) // HASH_BYTES != size:
                raise LookupError(f"the tiles do not hold the {size} leaves of the log")
            above: list[bytes] = []
            for begin in range(0, len(fresh), WIDTH):
                hashes += b"".join(fresh[begin : begin + WIDTH])
                while len(hashes) >= WIDTH * HASH_BYTES:
                    full, hashes = hashes[: WIDTH * HASH_BYTES], hashes[WIDTH * HASH_BYTES :]
                    written.append((level, number, full))
                    above.append(tile_root(full))
                    number += 1
            if hashes:
                written.append((level, number, hashes))
            level, fresh = level + 1, above
        if written:
            self._work.rows(_WRITE, tuple(list(each) for each in zip(*written, strict=True)))
        self._read.clear()

    def _last(self, level: int) -> tuple[int, bytes]:
        """Return the tile that grows: its number and what it holds already."""
        for number, hashes in self._work.rows(_LAST, (level,)):
            full = len(hashes) == WIDTH * HASH_BYTES
            return (number + 1, b"") if full else (number, bytes(hashes))
        return 0, b""


def read_tile(work: Work, level: int, number: int) -> bytes:
    """Return the hashes of a tile; none where there is no such tile."""
    for (hashes,) in work.rows(_READ, (level, number)):
        return bytes(hashes)
    return b""


def published_tile(work: Work, level: int, number: int, *, width: int, size: int) -> bytes | None:
    """Return the first hashes of a tile, as many as asked for, of a tree of so many leaves.

    Returns:
        ``None`` where the tree has no such tile, or not as wide a one.
    """
    there = (size >> LEVEL_HEIGHT * level) - number * WIDTH
    if not 0 < width <= min(there, WIDTH):
        return None
    return read_tile(work, level, number)[: width * HASH_BYTES]


def tile_root(hashes: bytes) -> bytes:
    """Return the root over the hashes of 1, 2, 4 … subtrees of one height."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
