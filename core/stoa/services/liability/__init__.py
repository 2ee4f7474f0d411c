"""Liability: deferred revenue, breakage and the reserve behind points outstanding.

close(work, points, period)      reckons a period that is being closed, and books its revenue
reports(work, points)            the frozen reports, cohort by cohort
reserve_of(work, points, …)      which part of all points is covered
"""

from stoa.services.liability.reports import Report, close, now, reports, reserve_of

__all__ = ["Report", "close", "now", "reports", "reserve_of"]
