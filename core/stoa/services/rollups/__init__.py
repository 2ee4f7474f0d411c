"""Rollups: what the overview reads, so that a page costs the same with any number of members.

    fold(work)            the worker adds up what the log and the journal have beyond the marks
    fold_tiers(work)      … and moves between tiers, by day
    count_members(work)   … and members, by the day on which they enrolled
    after_merger(…)       what follows a merger: a person counts once
    behind(work)          how far all that is

`models/functions/rollups.sql` writes the tables of `stoa.models.rollups`; nothing else can.
"""

from stoa.services.rollups.folding import (
    BATCH,
    Behind,
    after_merger,
    behind,
    count_members,
    fold,
    fold_tiers,
)

__all__ = [
    "BATCH",
    "Behind",
    "after_merger",
    "behind",
    "count_members",
    "fold",
    "fold_tiers",
]
