"""Receipts: what the log shows of a posting, and the proof that it is in a signed tree."""

from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID

from stoa.errors import EntryUnknownError, ProofNotReadyError
from stoa.services.log import checkpoints
from stoa.services.log.leaves import POSTING, WITH_TRANSACTION, leaf_of
from stoa.services.log.tiles import Tiles
from stoa.values.merkle import inclusion_proof
from stoa.work import Work

__all__ = ["Receipt", "receipt_of"]

_RECENT = 64

_FIND = f"""
SELECT {POSTING}, e.place, e.sealed
  FROM postings p {WITH_TRANSACTION}
  LEFT JOIN log_entries e
    ON e.member_id = p.member_id AND e.currency = p.currency AND e.seq = p.seq
 WHERE p.member_id = %s AND p.currency = %s AND p.seq = %s
   AND (SELECT partner_id FROM transactions WHERE member_id = p.member_id
           AND id = p.transaction_id LIMIT 1) = %s
"""  # noqa: S608 - constants
_COSIGNED = """
SELECT size, count(*) FROM log_cosignatures WHERE size > %s GROUP BY size
 ORDER BY size DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The leaf's own text, and its proof as c2sp.org/tlog-proof writes it."""

    entry: str
    proof: str


def receipt_of(
    work: Work, member_id: UUID, currency: str, seq: int, *, partner_id: UUID
) -> Receipt:
    """Return the receipt of a posting of the partner's own transaction.

    Its checkpoint is the newest one of those that most witnesses have cosigned.

    Raises:
        EntryUnknownError: there is no such posting, or it is of another's transaction.
        ProofNotReadyError: no signed checkpoint covers it yet.
    """
    for posting, transaction, place, sealed in work.rows(
        _FIND, (member_id, currency, seq, partner_id)
    ):
        newest = checkpoints.size_signed(work)
        if place is None or place >= newest:
            raise ProofNotReadyError
        leaf = leaf_of(posting, transaction, blind=None, sealed=bytes(sealed))
        checkpoint = checkpoints.of_size(work, _best(work, place) or newest)
        path = inclusion_proof(Tiles(work), place, checkpoint.size)
        lines = ["c2sp.org/tlog-proof@v1", f"index {place}"]
        lines += [b64encode(each).decode() for each in path]
        return Receipt(leaf.text, "\n".join([*lines, "", checkpoint.note]))
    raise EntryUnknownError


def _best(work: Work, place: int) -> int:
    """Return the size of the best cosigned checkpoint that covers a place; 0 if there is none."""
    cosigned = [(count, size) for size, count in work.rows(_COSIGNED, (place, _RECENT))]
    return max(cosigned, default=(0, 0))[1]
