"""Invariants: what holds at every instant, recomputed from the postings.

`CHECKS` says in its titles what is promised; the statements below them find every breach. Tests run
`check_invariants` over everything after each history; `stoa ledger verify` walks a live database
with `begin` and `go_on`. Economics §3.12 asks for the sums, lots and returns, reliability §2.2 (O1
to O3, O5) for every prefix and header, and the budgets that bonuses were paid from.
"""

from stoa.services.invariants.checks import Check
from stoa.services.invariants.walk import (
    CHECKS,
    Finding,
    Walk,
    begin,
    check_invariants,
    go_on,
)

__all__ = ["CHECKS", "Check", "Finding", "Walk", "begin", "check_invariants", "go_on"]
