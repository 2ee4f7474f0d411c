"""Tiers: ladders as rules, and each member's standing in them.

    books       the ladders of a rulebook, and the place that a hot statement read
    plain       the main ladder in its plainest form
    standings   where members are, and what changed
    saving      ladders saved, and looked over for tiers worth less
    sources     what tiers ask that no purchase tells
    assessing   members looked at: up at once, and by hand
    views       what is shown: where a member stands, and what comes next
    dues        who is to be looked at: after a purchase, at a review
    sweeps      everybody looked at: when another version of a ladder holds, or when asked to

Hot statements read a member's tiers with `RULEBOOK` and `STANDINGS`, which `members` does for all:
more facts of a member stand beside them, as further columns of `members.COLUMNS`.
"""

from stoa.services.tiers.assessing import assign, reassess
from stoa.services.tiers.books import (
    RULEBOOK,
    STANDINGS,
    Ladders,
    Place,
    at,
    current,
    known,
    place,
    place_of,
    read,
)
from stoa.services.tiers.dues import (
    after_earning,
    after_return,
    after_upgrade,
    recheck,
    recheck_due,
    review_due,
)
from stoa.services.tiers.plain import MAIN, TierTerms, define, ladder
from stoa.services.tiers.saving import Lack, Warned, activate, lint, resume, save
from stoa.services.tiers.sources import SOURCES
from stoa.services.tiers.standings import (
    Change,
    better_name,
    changes,
    hand_over,
    of,
    standing,
)
from stoa.services.tiers.sweeps import Progress, reassess_all, sweep, sweeping
from stoa.services.tiers.views import Outlook, View, view

__all__ = [
    "MAIN",
    "RULEBOOK",
    "SOURCES",
    "STANDINGS",
    "Change",
    "Lack",
    "Ladders",
    "Outlook",
    "Place",
    "Progress",
    "TierTerms",
    "View",
    "Warned",
    "activate",
    "after_earning",
    "after_return",
    "after_upgrade",
    "assign",
    "at",
    "better_name",
    "changes",
    "current",
    "define",
    "hand_over",
    "known",
    "ladder",
    "lint",
    "of",
    "place",
    "place_of",
    "read",
    "reassess",
    "reassess_all",
    "recheck",
    "recheck_due",
    "resume",
    "review_due",
    "save",
    "standing",
    "sweep",
    "sweeping",
    "view",
]
