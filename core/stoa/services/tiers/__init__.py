"""Tiers: ladders as rules, and each member's standing in them.

    books       the ladders of a rulebook, and the place that a hot statement read
    plain       the main ladder in its plainest form
    standings   where members are, and tiers given by hand

Hot statements read a member's tiers with `RULEBOOK` and `STANDINGS`, which `members` does for all:
more facts of a member stand beside them, as further columns of `members.COLUMNS`.
"""

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
from stoa.services.tiers.plain import MAIN, TierTerms, define, ladder
from stoa.services.tiers.standings import assign, better, better_name, of, standing

__all__ = [
    "MAIN",
    "RULEBOOK",
    "STANDINGS",
    "Ladders",
    "Place",
    "TierTerms",
    "assign",
    "at",
    "better",
    "better_name",
    "current",
    "define",
    "known",
    "ladder",
    "of",
    "place",
    "place_of",
    "read",
    "standing",
]
