"""Numbers of papers: without a gap for each legal entity, series and year (economics §3.10).

Whoever takes a number holds the series' one row to the end of its transaction: a rollback gives the
number back. So take it late, and never before something that may wait.
"""

from stoa.work import Work

__all__ = ["OPERATOR", "next_number"]

OPERATOR = "operator"
"""The legal entity that runs the alliance."""

_NEXT = "SELECT stoa_next_number(%s, %s, %s)"


def next_number(work: Work, series: str, year: int, *, entity: str = OPERATOR) -> str:
    """Return the next number of a series, such as ``CN-2026-000001``.

    Args:
        series: what the number begins with.
        entity: the legal entity whose paper it is.
    """
    work.session.connection()
    number: int = work.rows(_NEXT, (entity, series, year))[0][0]
    return f"{series}-{year:04d}-{number:06d}"
