"""Campaigns: saved, let hold and paid, within budgets and caps that nothing passes.

A purchase meets only those that may hold at its store on its day (`books`); of its member only
what these ask for is read, in the one statement that finds the member (`knowing`); what they pay
is taken from caps and budgets in the one statement that posts it (``stoa_take_campaigns``).
"""

from stoa.services.campaigns.books import Campaigns, Near, at, compiled, meet, now
from stoa.services.campaigns.budgets import (
    Fund,
    empty,
    funds,
    give_back,
    give_back_all,
    hand_over,
    left,
    note_exhausted,
    note_limit,
    without,
)
from stoa.services.campaigns.deeds import (
    activate,
    end,
    end_past,
    pause,
    read,
    resume,
    save,
)
from stoa.services.campaigns.knowing import (
    NO_COLUMN,
    Buyer,
    Column,
    Wanted,
    entry_of,
    known,
    offer,
    offered,
    offered_then,
    wanted,
)
from stoa.services.campaigns.listing import Listed, listed_at
from stoa.services.campaigns.results import Group, Paid, Results, results

__all__ = [
    "NO_COLUMN",
    "Buyer",
    "Campaigns",
    "Column",
    "Fund",
    "Group",
    "Listed",
    "Near",
    "Paid",
    "Results",
    "Wanted",
    "activate",
    "at",
    "compiled",
    "empty",
    "end",
    "end_past",
    "entry_of",
    "funds",
    "give_back",
    "give_back_all",
    "hand_over",
    "known",
    "left",
    "listed_at",
    "meet",
    "note_exhausted",
    "note_limit",
    "now",
    "offer",
    "offered",
    "offered_then",
    "pause",
    "read",
    "results",
    "resume",
    "save",
    "wanted",
    "without",
]
