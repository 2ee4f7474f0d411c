"""Liability: deferred revenue, breakage and the reserve behind points outstanding.

close(work, points, period)      reckons a period that is being closed, and books its revenue
reports(work, points)            the frozen reports, cohort by cohort
reserve_of(work, points, …)      which part of all points is covered
ground(work, points, period)     what `stoa.values.clearing.stress` lets shocks fall on
"""

from stoa.services.liability.reports import Report, close, now, reports, reserve_of
from stoa.services.liability.stress import ground

__all__ = ["Report", "close", "ground", "now", "reports", "reserve_of"]
