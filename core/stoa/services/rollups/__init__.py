"""Rollups: what the overview reads, so that a page costs the same with any number of members.

    fold(work)              the worker adds up what the log and the journal have beyond the marks
    fold_tiers(work)        … and moves between tiers, by day
    count_members(work)     … and members, by the day on which they enrolled
    reckon_campaigns(work)  … and what campaigns came to, one by one
    after_merger(…)         what follows a merger: a person counts once
    behind(work)            how far all that is
    overview(work, span)    the figures of a period, of the alliance or of one partner
    outcomes(work)          what campaigns came to
    watched(work)           partners that need somebody's eye

`models/functions/rollups.sql` writes the tables of `stoa.models.rollups`; nothing else can.
"""

from stoa.services.rollups.campaigns import Outcome, outcomes, reckon_campaigns
from stoa.services.rollups.folding import (
    BATCH,
    Behind,
    after_merger,
    behind,
    count_members,
    fold,
    fold_tiers,
)
from stoa.services.rollups.reading import (
    Crossing,
    DayFigures,
    Figures,
    Movement,
    Overview,
    PartnerFigures,
    Shared,
    overview,
)
from stoa.services.rollups.watching import QUIET_DAYS, Sign, Watched, watched

__all__ = [
    "BATCH",
    "QUIET_DAYS",
    "Behind",
    "Crossing",
    "DayFigures",
    "Figures",
    "Movement",
    "Outcome",
    "Overview",
    "PartnerFigures",
    "Shared",
    "Sign",
    "Watched",
    "after_merger",
    "behind",
    "count_members",
    "fold",
    "fold_tiers",
    "outcomes",
    "overview",
    "reckon_campaigns",
    "watched",
]
