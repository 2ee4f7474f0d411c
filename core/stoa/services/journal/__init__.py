"""The money journal: the points ledger in money, double-entry, derived from the log in its order.

    book(work)               the worker books what the log has beyond the mark, batch by batch
    book_dues(work)          benefits, coupons and packs that were captured, redeemed or bought
    enter(work, [NewEntry])  what no posting says: a close, a dispute, a payment, a correction
    trial_balance(work, …)   what each account was debited and credited
    replay(work, …)          everything derived again, and what differs

`models/functions/journal.sql` derives and writes the entries; nothing else can.
"""

from stoa.models import NOBODY
from stoa.services.journal.booking import BATCH, behind, book
from stoa.services.journal.entering import NewEntry, book_dues, enter
from stoa.services.journal.replaying import Difference, replay
from stoa.services.journal.sums import Balance, Entry, entries_of, sums, trial_balance

__all__ = [
    "BATCH",
    "OPERATOR",
    "Balance",
    "Difference",
    "Entry",
    "NewEntry",
    "behind",
    "book",
    "book_dues",
    "enter",
    "entries_of",
    "replay",
    "sums",
    "trial_balance",
]

OPERATOR = NOBODY
"""The operator where entries with one party are asked for."""
