"""Adjustments: points given or taken by hand, by one person up to a limit, above it by two.

The limit counts at a time and for a member and day, so that it can't be split. Whoever proposed an
adjustment never approves it; a reversal always takes two. The ledger's own function refuses all of
this again, under the wallet's lock, so that approvals at once give one posting.
"""

from stoa.services.adjustments.deeds import MOST, REASONS, adjust, approve, decline, reverse
from stoa.services.adjustments.lists import Adjustment, decided, find, left_alone, waiting

__all__ = [
    "MOST",
    "REASONS",
    "Adjustment",
    "adjust",
    "approve",
    "decided",
    "decline",
    "find",
    "left_alone",
    "reverse",
    "waiting",
]
