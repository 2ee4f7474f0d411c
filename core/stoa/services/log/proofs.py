"""Proofs for the operator: a posting as it stands now is verified against the signed tree.

A receipt is for strangers who verify it themselves; here the house does so on the spot, and the
leaf is made anew from the ledger, so that a posting changed behind the log's back is found out.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.services.log import checkpoints
from stoa.services.log.checkpoints import Checkpoint
from stoa.services.log.keys import keys_of
from stoa.services.log.leaves import POSTING, WITH_TRANSACTION, leaf_of
from stoa.services.log.notes import line_fits, read_head, read_note
from stoa.services.log.tiles import Tiles
from stoa.values.merkle import inclusion_proof, leaf_hash, proven_root
from stoa.work import Work

__all__ = ["Proof", "proof_of"]

_FIND = f"""
SELECT {POSTING}, e.place, e.sealed, h.blind
  FROM postings p {WITH_TRANSACTION}
  JOIN log_entries e ON e.member_id = p.member_id AND e.currency = p.currency AND e.seq = p.seq
  LEFT JOIN log_heads h ON h.member_id = p.member_id AND h.currency = p.currency
 WHERE p.member_id = %s AND p.currency = %s AND p.seq = %s
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a posting is in the log, verified.

    Attributes:
        place: of the leaf, from 0; `leaf` is its hash as hexadecimal digits.
        path: the audit path, from the leaf's sibling upwards, likewise.
        size: leaves of the tree that was signed; `root` its hash, `at` when.
        note: the signed head as it is published, cosignatures included.
        included: whether leaf and path give the root.
        signed: whether the head's signature is one of the log's own keys.
    """

    place: int
    leaf: str
    path: tuple[str, ...]
    size: int
    root: str
    at: datetime
    note: str
    included: bool
    signed: bool

    @property
    def holds(self) -> bool:
        """Whether everything fits."""
        return self.included and self.signed


def proof_of(work: Work, member_id: UUID, currency: str, seq: int) -> Proof | None:
    """Return the proof of a posting in the newest signed tree; nothing where none covers it yet."""
    if checkpoints.size_signed(work) == 0:
        return None
    head = checkpoints.newest(work)
    for posting, transaction, place, sealed, blind in work.rows(_FIND, (member_id, currency, seq)):
        if place is None or place >= head.size:
            return None
        kept = bytes(sealed)
        leaf = leaf_of(posting, transaction, blind=blind and bytes(blind), sealed=kept)
        hashed = leaf_hash(leaf.text.encode())
        path = _path(work, place, head.size)
        return Proof(
            place=place,
            leaf=hashed.hex(),
            path=tuple(each.hex() for each in path),
            size=head.size,
            root=head.root.hex(),
            at=head.at,
            note=head.note,
            included=proven_root(hashed, place, head.size, path) == head.root,
            signed=_signed(work, head),
        )
    return None


def _signed(work: Work, head: Checkpoint) -> bool:
    """Tell whether the note says this size and root, and a key of the log signed it."""
    try:
        note = read_note(head.note)
        said = read_head(note.text)
    except ValueError:
        return False
    told = [line_fits(line, note.text, key.vkey) for line in note.lines for key in keys_of(work)]
    fits = True in told and False not in told
    return fits and (said.size, said.root) == (head.size, head.root)


def _path(work: Work, place: int, size: int) -> list[bytes]:
    """Return the audit path; an empty one, which proves nothing, where tiles are gone."""
    try:
        return inclusion_proof(Tiles(work), place, size)
    except LookupError:
        return []
