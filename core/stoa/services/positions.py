"""Positions: what each partner issued and redeemed, without a row that every purchase would write.

The worker folds the log of postings into sums, batch by batch. What is asked exactly is the sums as
of a place in the log, plus the tail of postings that are not in them yet: some logged since, some
not logged yet. All of a wallet's postings are logged in their order, so those not logged yet are
the ones above the last that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import LiteralString
from uuid import UUID

from stoa.models import NOBODY
from stoa.work import Work

__all__ = ["Position", "flows", "fold", "position"]

_NAME = "positions"
_LOCK = 5705
_LONGEST_TAIL = 100_000


@dataclass(frozen=True, slots=True)
class Position:
    """Sums of postings: what wallets gained, the part of it above zero, and how many there were."""

    points: int
    given: int
    entries: int


_FREE = "SELECT pg_try_advisory_xact_lock(%s)"
_MARK = "SELECT place FROM positions_at WHERE name = %s"
_FOLD = """
WITH next AS MATERIALIZED (
    SELECT e.place, e.member_id, e.currency, e.seq FROM log_entries e
     WHERE e.place >= %(place)s ORDER BY e.place LIMIT %(limit)s
), added AS (
    INSERT INTO positions AS r (
        currency, account, partner_id, payer_id, business_date, points, given, entries
    )
    SELECT p.currency, p.account, coalesce(p.partner_id, %(nobody)s),
           coalesce(p.payer_id, %(nobody)s), t.business_date, sum(p.points),
           coalesce(sum(p.points) FILTER (WHERE p.points > 0), 0), count(*)
      FROM next AS e
      JOIN postings p ON p.member_id = e.member_id AND p.currency = e.currency AND p.seq = e.seq
      JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
     GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (currency, account, partner_id, payer_id, business_date) DO UPDATE
       SET points = r.points + excluded.points, given = r.given + excluded.given,
           entries = r.entries + excluded.entries
)
INSERT INTO positions_at AS r (name, place)
SELECT %(name)s, last.place + 1 FROM (SELECT max(place) AS place FROM next) AS last
 WHERE last.place IS NOT NULL
ON CONFLICT (name) DO UPDATE SET place = excluded.place RETURNING r.place
"""


def fold(work: Work, *, limit: int = 5000) -> int:
    """Add the next logged postings to the positions; return how many.

    Sums and mark move in one transaction. Of workers side by side one folds, the others return 0.
    The log grows in the order of its places, so whatever is seen of it is whole up to its end.

    Args:
        limit: the most postings of one call.
    """
    connection = work.session.connection()
    if not connection.exec_driver_sql(_FREE, (_LOCK,)).scalar_one():
        return 0
    place: int = connection.exec_driver_sql(_MARK, (_NAME,)).scalar() or 0
    values = {"place": place, "limit": limit, "nobody": NOBODY, "name": _NAME}
    reached: int = connection.exec_driver_sql(_FOLD, values).scalar() or place
    return reached - place


# Row by row on purpose: a tail is short, and a plan that hashes would read all it is looked up in.
_TAIL = """
    SELECT t.business_date, p.account, coalesce(p.partner_id, %(nobody)s) AS partner_id,
           coalesce(p.payer_id, %(nobody)s) AS payer_id, p.points
      FROM (SELECT e.member_id, e.seq FROM log_entries e
             WHERE e.currency = %(currency)s AND e.place >= coalesce((
                   SELECT place FROM positions_at WHERE name = 'positions'), 0)
             UNION ALL
            SELECT w.member_id, generate_series(logged.seq + 1, w.seq)
              FROM wallets w
             CROSS JOIN LATERAL (
                   SELECT coalesce((
                          SELECT e.seq FROM log_entries e
                           WHERE e.member_id = w.member_id AND e.currency = w.currency
                           ORDER BY e.seq DESC LIMIT 1), 0) AS seq) AS logged
             WHERE w.currency = %(currency)s AND w.seq > logged.seq) AS e
     CROSS JOIN LATERAL (
           SELECT * FROM postings p
            WHERE p.member_id = e.member_id AND p.currency = %(currency)s AND p.seq = e.seq
            LIMIT 1) AS p
     CROSS JOIN LATERAL (
           SELECT t.business_date FROM transactions t
            WHERE t.member_id = p.member_id AND t.id = p.transaction_id LIMIT 1) AS t
"""
_POSITION = f"""
SELECT coalesce(sum(points), 0)::bigint, coalesce(sum(given), 0)::bigint,
       coalesce(sum(entries), 0)::bigint
  FROM (SELECT r.business_date, r.account, r.partner_id, r.payer_id, r.points, r.given, r.entries
          FROM positions r WHERE r.currency = %(currency)s
         UNION ALL
        SELECT p.*, greatest(p.points, 0), 1 FROM ({_TAIL}) AS p) AS each
 WHERE account = %(account)s
   AND (%(partner)s::uuid IS NULL OR partner_id = %(partner)s)
   AND (%(payer)s::uuid IS NULL OR payer_id = %(payer)s)
   AND business_date >= %(since)s AND business_date < %(until)s
"""  # noqa: S608 - constants


def position(
    work: Work,
    currency: str,
    *,
    account: str,
    partner_id: UUID | None = None,
    payer_id: UUID | None = None,
    since: date = date.min,
    until: date = date.max,
) -> Position:
    """Return the exact sum of the postings of a counter account, by the instant of one statement.

    Args:
        partner_id: of this partner only, ``NOBODY`` for the programme; all by default.
        payer_id: paid by this partner only, ``NOBODY`` for the operator; all by default.
        since: the first business day.
        until: the business day after the last.
    """
    values = {
        "currency": currency, "account": account, "partner": partner_id, "payer": payer_id,
        "since": since, "until": until, "nobody": NOBODY,
    }  # fmt: skip
    return Position(*work.rows(_POSITION, values)[0])


_BEHIND = """
SELECT (SELECT coalesce(sum(seq), 0) FROM wallets) - coalesce((
       SELECT place FROM positions_at WHERE name = 'positions'), 0)
"""
_ROLLED = f"""
    SELECT r.business_date, r.partner_id, r.account, r.points, r.given FROM positions r
     WHERE r.currency = %(currency)s AND r.business_date >= %(since)s
     UNION ALL
    SELECT p.business_date, p.partner_id, p.account, p.points, greatest(p.points, 0)
      FROM ({_TAIL}) AS p WHERE p.business_date >= %(since)s
"""  # noqa: S608
_SCANNED = """
    SELECT t.business_date, coalesce(p.partner_id, %(nobody)s) AS partner_id, p.account, p.points,
           greatest(p.points, 0) AS given
      FROM transactions t
      JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
       AND p.transaction_id = t.id
     WHERE t.business_date >= %(since)s AND t.currency = %(currency)s
"""
_FLOWS: LiteralString = """
SELECT business_date, nullif(partner_id, %(nobody)s),
       coalesce(sum(given) FILTER (WHERE account = 'issued'), 0)::bigint,
       coalesce(sum(given - points) FILTER (WHERE account = 'issued'), 0)::bigint,
       coalesce(-sum(points) FILTER (WHERE account = 'burned'), 0)::bigint,
       coalesce(-sum(points) FILTER (WHERE account = 'expired'), 0)::bigint,
       sum(points)::bigint
  FROM ({source}) AS each
 GROUP BY business_date, partner_id
 ORDER BY business_date
"""
_FROM_POSITIONS = _FLOWS.format(source=_ROLLED)
_FROM_POSTINGS = _FLOWS.format(source=_SCANNED)


def flows(
    work: Work, currency: str, *, since: date, longest_tail: int = _LONGEST_TAIL
) -> Sequence[tuple[date, UUID | None, int, int, int, int, int]]:
    """Return for each business day and partner what was issued, taken back, redeemed, expired, net.

    Points, exact by the instant of one statement; the partner is ``None`` for the programme itself.

    Args:
        longest_tail: how many postings that are not folded yet are looked up one by one; with more,
            as after an import while no worker ran, the postings are read instead.
    """
    short = work.rows(_BEHIND)[0][0] <= longest_tail
    values = {"currency": currency, "since": since, "nobody": NOBODY}
    rows = work.rows(_FROM_POSITIONS if short else _FROM_POSTINGS, values)
    return [tuple(row) for row in rows]
