"""Clearing: periods that close by ledger position, statements frozen by hash, live positions.

    catch_up(work)               log and book what is there, batch by batch
    close(work, "2026-05")       freeze a period: fees and taxes are entered, statements written
    statements_of(work, …)       what was frozen
    entries_behind(work, …)      the journal behind a statement's line
    verify(work, "2026-05")      statements made again from the entries, compared by hash
    position_of(work, partner)   what one party owes by now
    matrix(work)                 who owes whom
    lacks(work, "STAR", day)     what a close would miss

What happens at a close stands in one table, in order: `stoa.services.clearing.steps.STEPS`.
"""

from stoa.services.clearing.closing import Closed, catch_up, close
from stoa.services.clearing.drilling import Behind, entries_behind
from stoa.services.clearing.periods import Period, last_day, next_period, period_of, periods
from stoa.services.clearing.positions import Owed, Position, matrix, position_of, positions
from stoa.services.clearing.readiness import Lack, lacks
from stoa.services.clearing.statements import Frozen, statement, statements_of
from stoa.services.clearing.verifying import Mismatch, verify

__all__ = [
    "Behind",
    "Closed",
    "Frozen",
    "Lack",
    "Mismatch",
    "Owed",
    "Period",
    "Position",
    "catch_up",
    "close",
    "entries_behind",
    "lacks",
    "last_day",
    "matrix",
    "next_period",
    "period_of",
    "periods",
    "position_of",
    "positions",
    "statement",
    "statements_of",
    "verify",
]
