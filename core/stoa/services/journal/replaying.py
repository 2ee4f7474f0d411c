"""Replay: the journal is derived again, and must be what stands there.

Entries of postings follow from the log; those of payments and disputes from their own rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from stoa.work import Work

__all__ = ["Difference", "replay"]

_STEP = 5000


@dataclass(frozen=True, slots=True)
class Difference:
    """A posting, payment or dispute whose entries are not what they should be, and how.

    Attributes:
        where: ``place 7`` of the log, or ``payment STOA…``, or ``dispute …``.
        wrong: ``missing`` for what should stand there, ``foreign`` for what should not, and
            ``misplaced`` for what stands in another period than the one that was open.
    """

    where: str
    wrong: str
    detail: str


_COLUMNS = """points_currency, money_currency, period, business_date, line, debit, debit_partner_id,
       credit, credit_partner_id, issuer_id, points, rate, amount, source, place, member_id, seq,
       lot_seq, subject_id, n"""
_COMPARE = f"""
WITH derived AS MATERIALIZED (
    SELECT {_COLUMNS} FROM stoa_money_of(%(first)s, least(%(upto)s, (
           SELECT place FROM money_mark WHERE name = 'journal')))
), kept AS MATERIALIZED (
    SELECT {_COLUMNS} FROM money_entries WHERE place >= %(first)s AND place < %(upto)s
)
SELECT place, 'missing', line || ' ' || points || ' ' || amount FROM (
       SELECT * FROM derived EXCEPT ALL SELECT * FROM kept) AS d
 UNION ALL
SELECT place, 'foreign', line || ' ' || points || ' ' || amount FROM (
       SELECT * FROM kept EXCEPT ALL SELECT * FROM derived) AS k
 ORDER BY 1, 2, 3
"""  # noqa: S608 - constants
_SETTLED = "SELECT subject, wrong, detail FROM stoa_settled_amiss()"
_END = "SELECT place FROM money_mark WHERE name = 'journal'"


def replay(work: Work, *, since: int = 0, step: int = _STEP) -> Iterator[Difference]:
    """Derive the entries again from a place of the log on, and yield what differs.

    What payments and disputes say is derived again whatever the place.

    Args:
        since: the first place.
        step: how many places are compared at a time.
    """
    end: int = work.rows(_END)[0][0]
    for first in range(since, end, step):
        values = {"first": first, "upto": first + step}
        for row in work.rows(_COMPARE, values):
            yield Difference(f"place {row[0]}", *row[1:])
    for row in work.rows(_SETTLED):
        yield Difference(*row)
