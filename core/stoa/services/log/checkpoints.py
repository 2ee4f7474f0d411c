"""Checkpoints: signed roots, the cosignatures of witnesses under them, and what they prove."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stoa.errors import CheckpointUnknownError, CosignatureRefusedError
from stoa.services.log import keys
from stoa.services.log.notes import Head, head_text, line_fits, read_head, read_note
from stoa.services.log.tiles import Tiles
from stoa.values.merkle import consistency_proof, root_of
from stoa.work import Work

__all__ = [
    "EVERY",
    "NEW_LEAVES",
    "Checkpoint",
    "LogBrokenError",
    "consistency",
    "cosign",
    "newest",
    "of_size",
    "sign",
    "size_signed",
]

EVERY = timedelta(seconds=60)
"""How old the newest checkpoint may be while there are leaves that it does not cover."""

NEW_LEAVES = 1000
"""After how many new leaves a checkpoint is signed at once."""


class LogBrokenError(Exception):
    """The log is not what its own checkpoints say: nothing more is signed, people have to look."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed root as it is published: `note` carries the cosignatures that are known."""

    size: int
    root: bytes
    at: datetime
    note: str


_KEEP = """
INSERT INTO log_checkpoints (size, root, at, note) VALUES (%s, %s, %s, %s) RETURNING size
"""
_NEWEST = "SELECT size, root, at, note FROM log_checkpoints ORDER BY size DESC LIMIT 1"
_OF_SIZE = "SELECT size, root, at, note FROM log_checkpoints WHERE size = %s"
_LINES = "SELECT line FROM log_cosignatures WHERE size = %s ORDER BY witness"
_COSIGN = """
INSERT INTO log_cosignatures (size, witness, line, at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (size, witness) DO UPDATE SET line = excluded.line, at = excluded.at
RETURNING size
"""


def sign(work: Work, *, size: int, at_once: bool = False) -> Checkpoint | None:
    """Sign a checkpoint of the whole log if one is due; the appender's lock has to be held.

    Args:
        size: of the log.
        at_once: sign whatever is new, however little and however soon.

    Raises:
        LogBrokenError: what was signed before is not a part of the log any more.
    """
    last = _one(work.rows(_NEWEST))
    if last is None and not size:
        return None
    if last is not None:
        fresh = size - last.size
        due = at_once or fresh >= NEW_LEAVES or work.now() - last.at >= EVERY
        if fresh == 0 or (fresh > 0 and not due):
            return None
    tiles = Tiles(work)
    if last is not None and not _kept(tiles, last, size):
        raise LogBrokenError(f"the checkpoint of {last.size} leaves is not a part of the log")
    signer = keys.signer(work)
    root = root_of(tiles, size)
    text = head_text(Head(signer.vkey.name, size, root))
    made = Checkpoint(size, root, work.now(), f"{text}\n{signer.line(text)}\n")
    work.rows(_KEEP, (made.size, made.root, made.at, made.note))
    return made


def newest(work: Work) -> Checkpoint:
    """Return the newest checkpoint, with its cosignatures.

    Raises:
        CheckpointUnknownError: none was signed yet.
    """
    return _cosigned(work, _one(work.rows(_NEWEST)))


def size_signed(work: Work) -> int:
    """Return how many leaves the newest checkpoint covers; 0 where there is none."""
    last = _one(work.rows(_NEWEST))
    return last.size if last else 0


def of_size(work: Work, size: int) -> Checkpoint:
    """Return the checkpoint of so many leaves, with its cosignatures.

    Raises:
        CheckpointUnknownError: none of this size was signed.
    """
    return _cosigned(work, _one(work.rows(_OF_SIZE, (size,))))


def consistency(work: Work, old: int, new: int) -> list[bytes]:
    """Return the proof that the log of `old` leaves is a part of that of `new` leaves.

    Raises:
        CheckpointUnknownError: no checkpoint reaches as far as `new`, or `old` is beyond it.
    """
    if not 0 < old <= new <= newest(work).size:
        raise CheckpointUnknownError
    return consistency_proof(Tiles(work), old, new)


def cosign(work: Work, note: str) -> list[str]:
    """Keep the cosignatures under a checkpoint; return the names of the witnesses.

    Args:
        note: the checkpoint's text with the witnesses' lines; other lines are passed over.

    Raises:
        CosignatureRefusedError: no line is a good one of a known witness, a line of one is bad,
            or the checkpoint is not one of ours.
    """
    try:
        read = read_note(note)
        head = read_head(read.text)
    except ValueError as wrong:
        raise CosignatureRefusedError(f"This can't be read: {wrong}.") from wrong
    ours = _one(work.rows(_OF_SIZE, (head.size,)))
    if ours is None or read_note(ours.note).text != read.text:
        raise CosignatureRefusedError("This log has signed no such checkpoint.")
    known = [witness.vkey for witness in keys.witnesses_of(work)]
    found: dict[str, str] = {}
    for line in read.lines:
        for key in known:
            fits = line_fits(line, read.text, key)
            if fits is False:
                raise CosignatureRefusedError(f"The cosignature of {key.name} is not good.")
            if fits:
                found[key.name] = line
    if not found:
        raise CosignatureRefusedError("No line is signed by a witness that is known here.")
    for name, line in found.items():
        work.rows(_COSIGN, (head.size, name, line, work.now()))
    return sorted(found)


def _kept(tiles: Tiles, last: Checkpoint, size: int) -> bool:
    try:
        return last.size <= size and root_of(tiles, last.size) == last.root
    except LookupError:
        return False


def _one(rows: Any) -> Checkpoint | None:  # noqa: ANN401 - rows
    for size, root, at, note in rows:
        return Checkpoint(size, bytes(root), at, note)
    return None


def _cosigned(work: Work, found: Checkpoint | None) -> Checkpoint:
    if found is None:
        raise CheckpointUnknownError
    lines = "".join(f"{line}\n" for (line,) in work.rows(_LINES, (found.size,)))
    return Checkpoint(found.size, found.root, found.at, found.note + lines)
