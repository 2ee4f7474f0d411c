"""Marks: the signed points that a walk over the log has to come by, each checked by itself."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stoa.services.log.findings import FORGED_KEY, REWRITTEN, Finding
from stoa.services.log.keys import SUCCESSION
from stoa.services.log.notes import Note, Vkey, line_fits, read_head, read_note, read_vkey
from stoa.work import Work

__all__ = ["Mark", "Marks"]

_PAGE: Final = 1000

_CHECKPOINTS = """
SELECT size, root, note FROM log_checkpoints WHERE size > %s AND size <= %s ORDER BY size LIMIT %s
"""
_KEYS = """
SELECT vkey, succession, retired_at IS NULL FROM log_keys
 ORDER BY created_at, retired_at NULLS LAST, vkey
"""
_COSIGNATURES = """
SELECT c.size, c.witness, c.line, w.vkey, k.note
  FROM (SELECT * FROM log_cosignatures WHERE (size, witness) > (%s, %s)
         ORDER BY size, witness LIMIT %s) AS c
  LEFT JOIN log_witnesses w ON w.name = c.witness
  LEFT JOIN log_checkpoints k ON k.size = c.size
 ORDER BY c.size, c.witness
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A root that was signed for so many entries."""

    size: int
    root: bytes
    outside: bool = False


class Marks:
    """The signed points in order, read page by page; what is wrong with one goes to `findings`.

    Args:
        largest: the size of the largest checkpoint to look at.
        outside: the note of a checkpoint that somebody kept.
    """

    def __init__(self, work: Work, *, largest: int, outside: str | None) -> None:
        self._work = work
        self._largest = largest
        self._keys, self.findings = _keys(work)
        self._outside = [] if outside is None else self._kept_outside(outside)

    def __iter__(self) -> Iterator[Mark]:
        """Give each point whose signature is good, smaller sizes first."""
        return heapq.merge(self._stored(), self._outside, key=lambda mark: mark.size)

    def look_at_cosignatures(self) -> None:
        """Verify what witnesses have signed against what is stored now."""
        after = (-1, "")
        while page := self._work.rows(_COSIGNATURES, (*after, _PAGE)):
            for size, witness, line, vkey, note in page:
                wrong = _not_cosigned(size, witness, line, vkey, note)
                self.findings += [_rewritten(each) for each in wrong]
            after = (page[-1][0], page[-1][1])

    def _stored(self) -> Iterator[Mark]:
        after = -1
        while page := self._work.rows(_CHECKPOINTS, (after, self._largest, _PAGE)):
            for size, root, note in page:
                wrong = _wrong(note, self._keys, size=size, root=bytes(root))
                told = [f"the checkpoint of {size} entries: {each}" for each in wrong]
                self.findings += [_rewritten(each) for each in told]
                if not wrong:
                    yield Mark(size, bytes(root))
            after = page[-1][0]

    def _kept_outside(self, note: str) -> list[Mark]:
        wrong = _wrong(note, self._keys)
        self.findings += [_rewritten(f"the checkpoint kept outside: {each}") for each in wrong]
        if wrong:
            return []
        head = read_head(read_note(note).text)
        return [Mark(head.size, head.root, outside=True)]


def _wrong(
    note: str, keys: Sequence[Vkey], *, size: int | None = None, root: bytes | None = None
) -> list[str]:
    """Tell what is wrong with a checkpoint by itself: at most one thing."""
    try:
        read = read_note(note)
        head = read_head(read.text)
    except ValueError as wrong:
        return [str(wrong)]
    if (size, root) != (None, None) and (head.size, head.root) != (size, root):
        return ["its note says otherwise than its row"]
    if head.origin not in {key.name for key in keys} or not _signed(read, keys):
        return ["no key of the log has signed it"]
    return []


def _signed(note: Note, keys: Sequence[Vkey]) -> bool:
    told = [line_fits(line, note.text, key) for line in note.lines for key in keys]
    return True in told and False not in told


def _not_cosigned(
    size: int, witness: str, line: str, vkey: str | None, note: str | None
) -> list[str]:
    if vkey is None or note is None:
        return [f"{witness} cosigned {size} entries; that is not here now"]
    try:
        fits = line_fits(line, read_note(note).text, read_vkey(vkey))
    except ValueError:
        fits = False
    return [] if fits else [f"the checkpoint of {size} entries is not the one {witness} cosigned"]


def _keys(work: Work) -> tuple[list[Vkey], list[Finding]]:
    """Return the keys; every one but the first has to be named by the one before it."""
    keys: list[Vkey] = []
    findings = []
    kept = work.rows(_KEYS)
    for place, (vkey, succession, signs) in enumerate(kept):
        try:
            key = read_vkey(vkey)
        except ValueError as wrong:
            findings.append(_forged(f"{vkey}: {wrong}"))
            continue
        if keys and not _succeeds(succession or "", keys[-1], key):
            findings.append(_forged(f"{vkey}: the key before it does not name it"))
        if signs != (place == len(kept) - 1):
            findings.append(_forged(f"{vkey}: the last key signs, and no other"))
        keys.append(key)
    return keys, findings


def _forged(detail: str) -> Finding:
    return Finding(check=FORGED_KEY, detail=detail)


def _succeeds(succession: str, old: Vkey, new: Vkey) -> bool:
    try:
        note = read_note(succession)
    except ValueError:
        return False
    text = f"{SUCCESSION}\n{old.name}\n{old.text}\n{new.text}\n"
    signed = [{line_fits(line, text, key) for line in note.lines} for key in (old, new)]
    return note.text == text and all(True in each and False not in each for each in signed)


def _rewritten(detail: str) -> Finding:
    return Finding(check=REWRITTEN, detail=detail)
