"""Folding: the next entries of the log and of the money journal are added up, exactly once.

Sums and mark move in one transaction, and one worker of all does it. A worker that is killed leaves
nothing, and the next begins there. A database that is older than the rollups is filled the same
way, from the first entry on.
"""

from dataclasses import dataclass
from uuid import UUID

from stoa.services.outbox import Heard
from stoa.values.identifiers import uuid_of
from stoa.work import Work, alliance_wide

__all__ = ["BATCH", "Behind", "after_merger", "behind", "count_members", "fold", "fold_tiers"]

BATCH = 5000
"""The most postings, and the most entries of money, of one transaction."""

_DAYS = 31
_FOLD = "SELECT stoa_roll_postings(%(limit)s) + stoa_roll_money(%(limit)s)"
_TIERS = "SELECT stoa_roll_tiers(%s, %s, %s)"
_MEMBERS = "SELECT stoa_count_members(%s)"
_JOIN = "SELECT stoa_join_days(m.id, m.merged_into) FROM members m WHERE m.id = %s AND status = %s"
_BEHIND = """
SELECT name, place, CASE name WHEN 'crossing' THEN (
       SELECT entry_no FROM money_mark WHERE name = 'journal') ELSE (
       SELECT coalesce(max(place) + 1, 0) FROM log_entries) END
  FROM (SELECT n.name, coalesce(p.place, 0) AS place
          FROM unnest(ARRAY['positions', 'activity', 'crossing']) AS n (name)
          LEFT JOIN positions_at p ON p.name = n.name) AS each
"""


@dataclass(frozen=True, slots=True)
class Behind:
    """How much is added up of how much there is: postings and entries of money together."""

    done: int
    all: int

    @property
    def percent(self) -> int:
        """Whole percent, rounded down; 100 where there is nothing."""
        return 100 * self.done // self.all if self.all else 100


@alliance_wide
def fold(work: Work, *, limit: int = BATCH) -> int:
    """Add up the next postings and entries of money; return how many.

    Of workers side by side one does it, the others return 0.

    Args:
        limit: the most of each in one call.
    """
    work.session.connection()
    folded: int = work.rows(_FOLD, {"limit": limit})[0][0]
    return folded


@alliance_wide
def fold_tiers(work: Work) -> int:
    """Count moves between tiers of the days since; return how many days are over."""
    zone, now = work.programme.zone, work.now()
    folded: int = work.rows(_TIERS, (zone, now, _DAYS))[0][0]
    return folded


@alliance_wide
def count_members(work: Work) -> int:
    """Count members by the day on which they enrolled; return how many."""
    counted: int = work.rows(_MEMBERS, (work.programme.zone,))[0][0]
    return counted


def after_merger(work: Work, heard: Heard) -> None:
    """Let a merged member's active days be the survivor's: a person counts once."""
    old: UUID | None = uuid_of("mem", str(heard.event.facts["member"]))
    work.rows(_JOIN, (old, "merged"))


def behind(work: Work) -> Behind:
    """Return how far the rollups follow the log and the journal."""
    rows = work.rows(_BEHIND)
    return Behind(sum(min(row[1], row[2]) for row in rows), sum(row[2] for row in rows))
