"""The transparency log: every posting in a Merkle tree whose roots are signed, and its proofs.

append          the worker gives postings a place; checkpoints are signed as they fall due
receipt_of      a posting's public part with the proof that it is in the log
proof_of        the same for the operator, made anew from the ledger and verified here
cosign          a witness signs what it saw
find_tampering  everything is computed again from the ledger; the first bad entry is named
"""

from stoa.services.log.appending import BATCH, append, more_to_find
from stoa.services.log.checkpoints import (
    Checkpoint,
    LogBrokenError,
    consistency,
    cosign,
    newest,
    of_size,
    size_signed,
)
from stoa.services.log.findings import Finding
from stoa.services.log.keys import (
    KeyTerms,
    WitnessTerms,
    add_witness,
    keys_of,
    rotate,
    witnesses_of,
)
from stoa.services.log.proofs import Proof, proof_of
from stoa.services.log.receipts import Receipt, receipt_of
from stoa.services.log.tampering import find_tampering
from stoa.services.log.tiles import WIDTH, published_tile

__all__ = [
    "BATCH",
    "WIDTH",
    "Checkpoint",
    "Finding",
    "KeyTerms",
    "LogBrokenError",
    "Proof",
    "Receipt",
    "WitnessTerms",
    "add_witness",
    "append",
    "consistency",
    "cosign",
    "find_tampering",
    "keys_of",
    "more_to_find",
    "newest",
    "of_size",
    "proof_of",
    "published_tile",
    "receipt_of",
    "rotate",
    "size_signed",
    "witnesses_of",
]
