"""Disputes of lines of statements: what is disputed is held back, and nothing else moves.

    dispute = open_dispute(work, statement_id, Claim("burned", points=500, reason="points", …))
    add_evidence(work, dispute.id, "till.csv", data)
    resolve(work, dispute.id, "credited", note=…)      # another person than who opened it
    lapse(work)                                        # the worker: the window closed in silence

`stoa.values.clearing.disputing.MOVES` says who may do what, and what is booked.
"""

from stoa.services.disputes.deeds import Claim, lapse, open_dispute, resolve, withdraw
from stoa.services.disputes.evidence import Evidence, add_evidence, evidence_of
from stoa.services.disputes.lists import (
    COLUMNS,
    JOINED,
    Dispute,
    Given,
    accepted,
    find,
    given,
    listed,
)
from stoa.services.disputes.notes import CreditNote, note_of, note_paper, notes

__all__ = [
    "COLUMNS",
    "JOINED",
    "Claim",
    "CreditNote",
    "Dispute",
    "Evidence",
    "Given",
    "accepted",
    "add_evidence",
    "evidence_of",
    "find",
    "given",
    "lapse",
    "listed",
    "note_of",
    "note_paper",
    "notes",
    "open_dispute",
    "resolve",
    "withdraw",
]
