"""A walk through a live ledger: each step is one slice, seen in a short snapshot of its own.

A slice is a stretch of members (or keys, or receipts) with about as many postings as a second can
check, however unevenly their ids lie. Nothing is locked, so postings go on; memory is bounded by
the slice and by the limit of findings; no snapshot is old enough to hold up a vacuum.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stoa.services.invariants import (
    adjustments,
    bonuses,
    campaigns,
    chances,
    claims,
    coupons,
    deeds,
    deliveries,
    draws,
    exchanges,
    funding,
    holds,
    journal,
    lots,
    orders,
    parking,
    rollups,
    transfers,
    wallets,
    whole,
)
from stoa.services.invariants.checks import (
    ALONG_KEYS,
    ALONG_LOG,
    ALONG_MEMBERS,
    ALONG_RECEIPTS,
    Check,
    Key,
    Way,
    within,
)
from stoa.work import Work

__all__ = ["CHECKS", "Finding", "Walk", "begin", "check_invariants", "go_on"]

_ROOMS = (
    wallets, lots, holds, deeds, exchanges, transfers, adjustments, bonuses, campaigns, chances,
    claims, coupons, draws, orders, deliveries, parking, funding, journal, rollups, whole,
)  # fmt: skip
CHECKS: Mapping[str, Check] = MappingProxyType(
    {check.title: check for room in _ROOMS for check in room.CHECKS}
)
"""What holds at every instant, by title."""

_WHOLE = tuple(check for check in CHECKS.values() if check.way is None)
_WAYS = (ALONG_MEMBERS, ALONG_RECEIPTS, ALONG_KEYS, ALONG_LOG)
_SLICE = 10_000
_ESTIMATED = 200_000
_WHOLE_SHARE = 20
_SLACK = 100  # a row counts at least one, but the wallets of one member stay together


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be: the check that found it, and where.

    Attributes:
        member_id: whose wallet; ``None`` for what is no member's.
        place: the posting, lot, hold, purchase … within it.
    """

    check: str
    member_id: UUID | None
    currency: str
    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a walk has come; a new one after each step.

    Attributes:
        sizes: how much there is on each way, and in each check of the whole.
        leg: which way, or which check of the whole, is next.
        start: where on that way.
        done: how much of the leg is done.
        found: the findings so far, by check.
    """

    sizes: tuple[int, ...]
    leg: int = 0
    start: Key | None = None
    done: int = 0
    found: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How much there is to do; what is estimated grows or shrinks on the way."""
        return sum(self.sizes)

    @property
    def completed(self) -> int:
        """How much of it is done."""
        before = sum(self.sizes[: self.leg])
        return before if self.finished else before + min(self.done, self.sizes[self.leg])

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.leg == len(self.sizes)

    @property
    def name(self) -> str:
        """What is being looked at."""
        if self.finished:
            return "all"
        if self.leg < len(_WAYS):
            return _WAYS[self.leg].name
        return _WHOLE[self.leg - len(_WAYS)].title


def check_invariants(work: Work, *, limit: int = 100) -> list[Finding]:
    """Recompute everything from the postings in one snapshot; return what differs.

    Nothing is locked. On a large live database walk instead: `begin` and `go_on`.

    Args:
        limit: the most findings of one check.
    """
    _see(work)
    return [finding for check in CHECKS.values() for finding in _find(work, check, limit=limit)]


def begin(work: Work) -> Walk:
    """Measure what there is, and return a walk at its start."""
    _see(work)
    sizes = [_much(work, way) for way in _WAYS]
    share = sizes[0] // _WHOLE_SHARE + 1
    return Walk(tuple(sizes + [share] * len(_WHOLE)))


def go_on(
    work: Work, walk: Walk, *, limit: int = 100, size: int = _SLICE
) -> tuple[Walk, list[Finding]]:
    """Check the next slice, or the next thing that only the whole can show.

    Each step wants a work of its own, for a work that ends lets go of its snapshot.

    Args:
        limit: the most findings of one check, all steps together.
        size: about how many postings, or how many keys or receipts, are one slice.

    Returns:
        The walk after the step, and what the step found.
    """
    _see(work)
    if walk.leg >= len(_WAYS):
        checks: tuple[Check, ...] = (_WHOLE[walk.leg - len(_WAYS)],)
        way, end = None, None
    else:
        way = _WAYS[walk.leg]
        checks = tuple(check for check in CHECKS.values() if check.way is way)
        end = _end(work, way, walk.start, size)
    findings: list[Finding] = []
    found = dict(walk.found)
    for check in checks:
        left = limit - found.get(check.title, 0)
        if left > 0:
            news = _find(work, check, start=walk.start, end=end, limit=left)
            found[check.title] = found.get(check.title, 0) + len(news)
            findings += news
    if way is None or end is None:
        return replace(walk, leg=walk.leg + 1, start=None, done=0, found=found), findings
    done = walk.done + _size(work, way, start=walk.start, end=end)
    return replace(walk, start=end, done=done, found=found), findings


def _see(work: Work) -> None:
    """Open the work's snapshot: it reads, and may take its time."""
    connection = work.session.connection()
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
    connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")


def _find(
    work: Work, check: Check, *, start: Key | None = None, end: Key | None = None, limit: int
) -> list[Finding]:
    # A plain LIMIT makes the planner hope for an early end, and read whole tables for a slice.
    statement = f"""
        WITH found AS MATERIALIZED ({check.statement})
        SELECT * FROM found LIMIT {limit}"""  # noqa: S608 - constants and a number
    nested = "on" if check.probes else "off"
    work.session.connection().exec_driver_sql(f"SET LOCAL enable_nestloop = {nested}")
    rows = _rows(work, statement, check.way, start=start, end=end)
    return [Finding(check.title, *row) for row in rows]


def _end(work: Work, way: Way, start: Key | None, size: int) -> Key | None:
    """Return the key at which a slice that begins at `start` ends; ``None`` where all ends."""
    key = ", ".join(way.key)
    statement = f"""
        SELECT {key} FROM (
               SELECT {key}, sum(size) OVER (ORDER BY {key} ROWS UNBOUNDED PRECEDING) AS size,
                      dense_rank() OVER (ORDER BY {key}) AS nth
                 FROM (SELECT {key}, {way.size} AS size FROM {way.table} AS w WHERE WITHIN(w)
                        ORDER BY {key} LIMIT {size + _SLACK}) AS next) AS each
         WHERE size > {size} AND nth > 1 ORDER BY {key} LIMIT 1"""  # noqa: S608 - constants
    rows = _rows(work, statement, way, start=start)
    return tuple(rows[0]) if rows else None


def _much(work: Work, way: Way) -> int:
    """Return how much there is on a way: counted where it is little or cheap, else estimated."""
    if way is not ALONG_MEMBERS:
        statement = "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass"
        guess: int = work.rows(statement, (way.table,))[0][0]
        if guess > _ESTIMATED:
            return guess
    return _size(work, way)


def _size(work: Work, way: Way, *, start: Key | None = None, end: Key | None = None) -> int:
    statement = f"SELECT coalesce(sum({way.size}), 0)::bigint FROM {way.table} w WHERE WITHIN(w)"  # noqa: S608
    size: int = _rows(work, statement, way, start=start, end=end)[0][0]
    return size


def _rows(
    work: Work, statement: str, way: Way | None, *, start: Key | None = None, end: Key | None = None
) -> Any:  # noqa: ANN401 - rows
    text, values = within(statement, way, start=start, end=end)
    return work.session.connection().exec_driver_sql(text, values or None).all()
