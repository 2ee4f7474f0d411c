"""Doors that close after too many failures.

Failures are counted in the audit trail, so that the limit holds over all servers and outlives a
restart: ten of them at one door, such as an e-mail address, a network address or a second factor,
within five minutes close it until the oldest of them is five minutes old.
"""

from collections.abc import Sequence
from datetime import timedelta

from stoa.work import Work

__all__ = ["FAILURES", "WINDOW", "closed_for_s"]

FAILURES = 10
"""How many failed sign-ins close the door."""

WINDOW = timedelta(minutes=5)
"""How long a failed sign-in counts."""

_LOCK = "SELECT pg_advisory_xact_lock(5703, hashtext(%s))"
_REFUSED = """
SELECT max(n), min(oldest) FROM (
       SELECT count(*) AS n, min(at) AS oldest FROM audit_records
        WHERE subject = ANY(%(doors)s) AND at > %(since)s AND deed = 'staff.refuse'
        GROUP BY subject HAVING count(*) >= %(failures)s) AS full_doors
"""


def closed_for_s(work: Work, doors: Sequence[str]) -> int:
    """Return for how many seconds the doors stay closed; 0 where they are open."""
    # The locks make attempts at one door queue, so that many at once can't pass the count.
    connection = work.session.connection()
    for door in sorted(doors):
        connection.exec_driver_sql(_LOCK, (door,))
    values = {"doors": list(doors), "since": work.now() - WINDOW, "failures": FAILURES}
    failures, oldest = connection.exec_driver_sql(_REFUSED, values).one()
    if failures is None:
        return 0
    return max(1, int((oldest + WINDOW - work.now()).total_seconds()))
