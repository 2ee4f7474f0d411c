"""Payments: what partners pay and are paid for a closed period; the operator is in between.

propose(work, "STAR", "2026-05")        one payment for each statement, less what is disputed
make_file(work, "STAR", "CNY", …)       pain.001 for what goes out
record(work, payment_id, …)             the bank moved it: into the journal, once
take_in(work, data, …)                  a bank's file: matched, differs, unknown, twice

proposed ─→ sent ─→ settled
    │         └──→ failed        the bank sent it back: propose again
    └──→ cancelled
"""

from stoa.services.payments.banking import Outcome, Reconciled, take_in
from stoa.services.payments.files import PaymentFile, file_of, files, make_file
from stoa.services.payments.lists import Payment, find, listed, lock
from stoa.services.payments.matrix import Matrix, matrix
from stoa.services.payments.proposing import propose, recut
from stoa.services.payments.recording import cancel, fail, record

__all__ = [
    "Matrix",
    "Outcome",
    "Payment",
    "PaymentFile",
    "Reconciled",
    "cancel",
    "fail",
    "file_of",
    "files",
    "find",
    "listed",
    "lock",
    "make_file",
    "matrix",
    "propose",
    "record",
    "recut",
    "take_in",
]
