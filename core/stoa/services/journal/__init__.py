"""The money journal: the points ledger in money, double-entry, derived from the log in its order.

    book(work)               the worker books what the log has beyond the mark, batch by batch
    trial_balance(work, …)   what each account was debited and credited
    replay(work, …)          everything derived again, and what differs

`models/functions/journal.sql` derives and writes the entries; nothing else can.
"""

from stoa.services.journal.booking import BATCH, behind, book
from stoa.services.journal.replaying import Difference, replay
from stoa.services.journal.sums import Balance, Entry, Sum, entries_of, sums, trial_balance

__all__ = [
    "BATCH",
    "Balance",
    "Difference",
    "Entry",
    "Sum",
    "behind",
    "book",
    "entries_of",
    "replay",
    "sums",
    "trial_balance",
]
