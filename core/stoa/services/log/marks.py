"""Marks: the signed points that a walk over the log has to come by, each checked by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from stoa.services.audit import Finding
from stoa.services.log.keys import SUCCESSION
from stoa.services.log.notes import Note, Vkey, line_fits, read_head, read_note, read_vkey
from stoa.work import Work

__all__ = ["FORGED_KEY", "REWRITTEN", "Mark", "Marks", "read"]

REWRITTEN = "a checkpoint of the log was rewritten"
FORGED_KEY = "a key of the log was forged"

_CHECKPOINTS = "SELECT size, root, note FROM log_checkpoints ORDER BY size"
_KEYS = """
SELECT vkey, succession, retired_at IS NULL FROM log_keys
 ORDER BY created_at, retired_at NULLS LAST, vkey
"""
_COSIGNATURES = """
SELECT c.size, c.witness, c.line, w.vkey, k.note
  FROM log_cosignatures c LEFT JOIN log_witnesses w ON w.name = c.witness
  LEFT JOIN log_checkpoints k ON k.size = c.size
 ORDER BY c.size, c.witness
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A root that was signed for so many entries."""

    size: int
    root: bytes
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """The signed points in order, and what is wrong with any of them by itself."""

    marks: tuple[Mark, ...]
    findings: tuple[Finding, ...]


def read(work: Work, *, outside: str | None) -> Marks:
    """Read the checkpoints, with their signatures and cosignatures verified.

    Args:
        outside: the note of a checkpoint that somebody kept.
    """
    keys, findings = _keys(work)
    marks = []
    for size, root, note in work.rows(_CHECKPOINTS):
        wrong = _wrong(note, keys, size=size, root=bytes(root))
        findings += [_rewritten(f"the checkpoint of {size} entries: {each}") for each in wrong]
        if not wrong:
            marks.append(Mark(size, bytes(root)))
    findings += _cosignatures(work)
    if outside is not None:
        wrong = _wrong(outside, keys)
        findings += [_rewritten(f"the checkpoint kept outside: {each}") for each in wrong]
        if not wrong:
            head = read_head(read_note(outside).text)
            marks.append(Mark(head.size, head.root, outside=True))
    marks.sort(key=lambda mark: mark.size)
    return Marks(tuple(marks), tuple(findings))


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


def _cosignatures(work: Work) -> list[Finding]:
    findings = []
    for size, witness, line, vkey, note in work.rows(_COSIGNATURES):
        if vkey is None or note is None:
            findings.append(_rewritten(f"{witness} cosigned {size} entries; that is not here now"))
            continue
        try:
            fits = line_fits(line, read_note(note).text, read_vkey(vkey))
        except ValueError:
            fits = False
        if not fits:
            findings.append(
                _rewritten(f"the checkpoint of {size} entries is not the one {witness} cosigned")
            )
    return findings


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
    return Finding(FORGED_KEY, "", "", detail)


def _succeeds(succession: str, old: Vkey, new: Vkey) -> bool:
    try:
        note = read_note(succession)
    except ValueError:
        return False
    text = f"{SUCCESSION}\n{old.name}\n{old.text}\n{new.text}\n"
    signed = [{line_fits(line, text, key) for line in note.lines} for key in (old, new)]
    return note.text == text and all(True in each and False not in each for each in signed)


def _rewritten(detail: str) -> Finding:
    return Finding(REWRITTEN, "", "", detail)
