"""A walk over the log: every leaf is computed from the ledger and held against tiles and roots.

Where the leaf of the ledger and the hash of the tile differ, one of them was changed. The next
signed root knows which: both trees are grown side by side until it is reached.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from stoa.services.log.findings import (
    DELETED,
    EDITED,
    ENTRY_EDITED,
    REORDERED,
    REWRITTEN,
    TILE_EDITED,
    Finding,
)
from stoa.services.log.leaves import POSTING, WITH_TRANSACTION, Leaf, leaf_of
from stoa.services.log.marks import Mark
from stoa.services.log.tiles import LEVEL_HEIGHT, WIDTH, read_tile, tile_root
from stoa.values.merkle import HASH_BYTES, Frontier, leaf_hash
from stoa.work import Work

__all__ = ["Walk"]

_SLICE: Final = 8 * WIDTH
_MOST: Final = 1000
_MOST_SEARCHES: Final = 8  # each reads all tiles

_ROWS = f"""
SELECT e.place, e.member_id, e.currency, e.seq, e.sealed, h.seq, h.blind, {POSTING}
  FROM log_entries e
  LEFT JOIN log_heads h ON h.member_id = e.member_id AND h.currency = e.currency
  LEFT JOIN postings p
    ON p.member_id = e.member_id AND p.currency = e.currency AND p.seq = e.seq {WITH_TRANSACTION}
 WHERE e.place >= %s AND e.place < %s ORDER BY e.place
"""  # noqa: S608 - constants
_TILES = "SELECT index, hashes FROM log_tiles WHERE level = 0 AND index >= %s AND index < %s"
_ELSEWHERE = """
SELECT index, hashes FROM log_tiles WHERE level = 0 AND position(%s::bytea IN hashes) > 0
"""

_Placed = tuple[int, Finding]


class Walk:
    """One walk over the first `size` entries, by the roots that were signed for them.

    Args:
        marks: the signed roots, smaller sizes first.
    """

    def __init__(self, work: Work, size: int, marks: Iterator[Mark]) -> None:
        self._work = work
        self._size = size
        self._marks = marks
        self._mark = next(marks, None)
        self._ledger, self._tiles = Frontier(), Frontier()
        self._found: list[_Placed] = []
        self._suspects: list[tuple[int, bytes, Finding]] = []
        self._above: list[bytes] = []
        self._sure = 0
        self._since_sure = 0
        self._searches = _MOST_SEARCHES

    def steps(self) -> Iterator[int]:
        """Walk slice by slice; give how many entries were passed."""
        for begin in range(0, self._size, _SLICE):
            end = min(begin + _SLICE, self._size)
            rows = {row[0]: row for row in self._work.rows(_ROWS, (begin, end))}
            tiles = self._tiles_of(begin, end)
            for place in range(begin, end):
                self._pass(place, rows.get(place), _hash_at(tiles, place))
            yield end
        self._conclude(None)
        self._climb()

    def findings(self) -> list[_Placed]:
        """Return what was found, each with the place of its entry."""
        return self._found

    def beyond(self) -> Iterator[Mark]:
        """Give the signed roots that reach further than the walk did."""
        while self._mark is not None:
            yield self._mark
            self._mark = next(self._marks, None)

    def _tiles_of(self, begin: int, end: int) -> dict[int, bytes]:
        numbers = (begin // WIDTH, -(-end // WIDTH))
        tiles = {index: bytes(hashes) for index, hashes in self._work.rows(_TILES, numbers)}
        for number in range(begin // WIDTH, min(numbers[1], self._size // WIDTH)):
            if len(tiles.get(number, b"")) == WIDTH * HASH_BYTES:
                self._above.append(tile_root(tiles[number]))
        return tiles

    def _pass(self, place: int, row: Any, kept: bytes | None) -> None:  # noqa: ANN401 - a row
        leaf = self._leaf(place, row)
        hashed = leaf_hash(leaf.text.encode()) if leaf else None
        if kept is None:
            self._say(place, row, TILE_EDITED, "its hash is missing in the tiles")
        elif hashed is not None and hashed != kept and row is not None:
            what = f"entry {place}, posting {row[3]}: it or its transaction is not what was logged"
            self._suspects.append((place, hashed, _at(place, row, EDITED, what)))
        elif leaf is not None and row is not None and leaf.sealed != bytes(row[4]):
            self._say(place, row, ENTRY_EDITED, "the seal beside its place was edited")
        known = hashed or kept or bytes(HASH_BYTES)
        self._ledger.add(known)
        self._tiles.add(kept or known)
        while self._mark is not None and self._mark.size <= place + 1:
            self._conclude(self._mark)
            self._mark = next(self._marks, None)

    def _leaf(self, place: int, row: Any) -> Leaf | None:  # noqa: ANN401 - a row
        """Compute the leaf of an entry; say what is missing for it."""
        if row is None:
            self._say(place, row, ENTRY_EDITED, "it is gone from the log")
            return None
        _, _, _, seq, sealed, head, blind, posting, transaction = row
        if posting is None:
            self._say(place, row, DELETED, f"its posting {seq} is gone")
            return None
        if transaction is None:
            self._say(place, row, DELETED, f"the transaction of its posting {seq} is gone")
            return None
        if head is None:
            self._say(place, row, ENTRY_EDITED, "the head of its wallet is gone")
        return leaf_of(posting, transaction, blind=blind, sealed=bytes(sealed))

    def _say(self, place: int, row: Any, check: str, what: str) -> None:  # noqa: ANN401 - a row
        self._keep(place, _at(place, row, check, f"entry {place}: {what}"))

    def _keep(self, place: int, finding: Finding) -> None:
        self._since_sure += 1
        if len(self._found) < _MOST or place < self._found[-1][0]:
            self._found.append((place, finding))

    def _conclude(self, mark: Mark | None) -> None:
        """Decide by a signed root, or by none at the end, who is right about what differed."""
        by_ledger = mark is not None and self._ledger.root() == mark.root
        by_tiles = mark is not None and self._tiles.root() == mark.root
        for place, hashed, finding in self._suspects:
            if by_ledger:
                what = f"entry {place}: its hash in the tiles was changed, the ledger is right"
                told = replace(finding, check=TILE_EDITED, detail=what)
            else:
                told = self._moved(place, hashed, finding)
            self._keep(place, told)
        if mark is not None and not by_ledger and not by_tiles and not self._since_sure:
            self._keep(self._sure, _other_root(mark, self._sure))
        if by_ledger or not self._suspects:
            self._tiles = deepcopy(self._ledger)
        elif by_tiles:
            self._ledger = deepcopy(self._tiles)
        self._suspects.clear()
        if mark is not None and (by_ledger or by_tiles):
            self._sure, self._since_sure = mark.size, 0

    def _moved(self, place: int, hashed: bytes, finding: Finding) -> Finding:
        """Say where a leaf belongs, if it is one that was signed for another place."""
        self._searches -= 1
        if self._searches < 0:
            return finding
        for number, hashes in self._work.rows(_ELSEWHERE, (hashed,)):
            offset, rest = divmod(bytes(hashes).find(hashed), HASH_BYTES)
            other = number * WIDTH + offset
            if not rest and other != place:
                what = f"entry {place}: what stands there was signed for place {other}"
                return replace(finding, check=REORDERED, detail=what)
        return finding

    def _climb(self) -> None:
        """Hold the higher tiles against the lowest ones."""
        level, row = 1, self._above
        complete = len(row) == self._size >> LEVEL_HEIGHT
        while row and complete:
            self._compare(level, row)
            full = len(row) // WIDTH
            row = [tile_root(b"".join(row[at * WIDTH : (at + 1) * WIDTH])) for at in range(full)]
            level += 1

    def _compare(self, level: int, row: list[bytes]) -> None:
        """Compare the tiles of a level with the roots of those below it."""
        for number in range(-(-len(row) // WIDTH)):
            kept = read_tile(self._work, level, number)
            for offset, wanted in enumerate(row[number * WIDTH : (number + 1) * WIDTH]):
                begin, end = (
                    number * WIDTH + offset + more << LEVEL_HEIGHT * level for more in (0, 1)
                )
                if kept[offset * HASH_BYTES : (offset + 1) * HASH_BYTES] == wanted:
                    continue
                if not any(begin <= place < end for place, _ in self._found):
                    what = f"tile {number} of level {level} is not what lies below it"
                    self._keep(begin, Finding(check=TILE_EDITED, detail=what))
                    break


def _at(place: int, row: Any, check: str, what: str) -> Finding:  # noqa: ANN401 - a row
    member, currency = (row[1], row[2]) if row else (None, "")
    return Finding(
        check=check, detail=what, place=f"entry {place}", member_id=member, currency=currency
    )


def _hash_at(tiles: dict[int, bytes], place: int) -> bytes | None:
    number, offset = divmod(place, WIDTH)
    return tiles.get(number, b"")[offset * HASH_BYTES : (offset + 1) * HASH_BYTES] or None


def _other_root(mark: Mark, sure: int) -> Finding:
    whose = "kept outside" if mark.outside else "signed"
    what = (
        f"the checkpoint {whose} for {mark.size} entries has another root than the log has:"
        f" the first entry that is not what was signed stands from place {sure} on"
    )
    return Finding(check=REWRITTEN, detail=what)
