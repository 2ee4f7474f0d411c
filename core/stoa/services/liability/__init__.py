"""Liability: deferred revenue, breakage and the reserve behind points outstanding.

close(work, points, period)      reckons a period that is being closed, and books its revenue
reports(work, points)            the frozen reports, cohort by cohort
reserve_of(work, points, …)      which part of all points is covered
backing(work, points, period)    the cash, the points and the rate that a reserve is made of
movements(work, points, period)  what each period did to the points of each month
entries_of_cohort(work, …)       the journal behind that, down to postings and lots
ground(work, points, period)     what `stoa.values.clearing.stress` lets shocks fall on
"""

from stoa.services.liability.backing import Backing, Cash, Issuer, backing
from stoa.services.liability.movements import entries_of_cohort
from stoa.services.liability.movements import kept as movements
from stoa.services.liability.reports import Report, close, reports, reserve_of
from stoa.services.liability.stress import ground

__all__ = [
    "Backing",
    "Cash",
    "Issuer",
    "Report",
    "backing",
    "close",
    "entries_of_cohort",
    "ground",
    "movements",
    "reports",
    "reserve_of",
]
