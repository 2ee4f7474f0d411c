"""Booking: the next postings of the log become entries, exactly once.

Which pack pays a point is decided first, in the order of the log (`stoa.services.funding.draw`);
then `stoa_book_money` derives the entries, numbers them, adds them up and moves the mark: all in
one transaction, under one lock. A booker that is killed leaves nothing, and the next begins there.
"""

from stoa.services import funding
from stoa.work import Work

__all__ = ["BATCH", "behind", "book"]

BATCH = 5000
"""The most postings of one transaction."""

_LOCK = 5752
_FREE = "SELECT pg_try_advisory_xact_lock(%s)"
_WAIT = "SELECT pg_advisory_xact_lock(%s) IS NOT NULL"
_DRAWN = """
SELECT DISTINCT e.place, e.member_id, e.currency, e.seq
  FROM money_mark m
  JOIN log_entries e ON e.place >= m.place AND e.place < m.place + %s
  JOIN funding_draws d ON d.member_id = e.member_id AND d.currency = e.currency AND d.seq = e.seq
 WHERE m.name = 'journal' AND d.pool IN ('packs', 'reserve')
 ORDER BY e.place
"""
_BOOK = "SELECT stoa_book_money(%s)"
_BEHIND = """
SELECT coalesce((SELECT max(place) + 1 FROM log_entries), 0) - place FROM money_mark
 WHERE name = 'journal'
"""


def book(work: Work, *, limit: int = BATCH, patient: bool = False) -> int:
    """Book the next logged postings; return how many.

    Args:
        limit: the most of one call, which is one transaction.
        patient: wait for another booker, in place of leaving the work to it.

    Returns:
        0 where everything is booked, or another booker is at it.
    """
    work.session.connection()
    if not work.rows(_WAIT if patient else _FREE, (_LOCK,))[0][0]:
        return 0
    drawn = work.rows(_DRAWN, (limit,))
    if drawn:
        funding.draw(work, [funding.Issued(*row[1:]) for row in drawn])
    booked: int = work.rows(_BOOK, (limit,))[0][0]
    return booked


def behind(work: Work) -> int:
    """Return how many logged postings are not booked."""
    rest: int = work.rows(_BEHIND)[0][0]
    return rest
