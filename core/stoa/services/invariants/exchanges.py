"""Exchanges: what they took is what they brought, at the rate they name."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_EXCHANGES = """
SELECT t.member_id, t.currency, 'exchange ' || t.id, 'took ' || coalesce(-gone.points, 0)
       || ' and brought ' || coalesce(came.points, 0)
  FROM transactions t
  LEFT JOIN LATERAL (SELECT sum(points) AS points FROM postings
        WHERE member_id = t.member_id AND currency = t.currency AND seq >= t.first_seq
          AND transaction_id = t.id) AS gone ON true
  LEFT JOIN transactions back
    ON back.member_id = t.member_id AND back.subject_id = t.id AND back.id <> t.id
   AND back.kind = 'exchange'
  LEFT JOIN LATERAL (SELECT sum(p.points) AS points,
               bool_and(p.origin_currency = t.currency AND u.lot_seq IS NOT NULL) AS known
          FROM postings p LEFT JOIN lot_uses u
            ON u.member_id = p.origin_member_id AND u.currency = p.origin_currency
           AND u.seq = t.first_seq AND u.lot_seq = p.origin_seq
         WHERE p.member_id = back.member_id AND p.currency = back.currency
           AND p.seq >= back.first_seq AND p.transaction_id = back.id
           AND p.account = 'exchanged') AS came ON true
  LEFT JOIN exchange_rates r
    ON r.from_currency = t.currency AND r.to_currency = back.currency
   AND r.version = (t.explanation #>> '{exchange,version}')::integer
 WHERE WITHIN(t) AND t.kind = 'exchange' AND t.id = t.subject_id
   AND (came.known IS NOT TRUE
        OR came.points IS DISTINCT FROM
           stoa_convert((-gone.points)::bigint, r.numerator, r.denominator, r.rounding))
"""

CHECKS = (Check("exchanges bring what their rate says", ALONG_MEMBERS, _EXCHANGES, probes=True),)
