"""Chances: each cost what it says, came back whole or not at all, and was drawn by its seed."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_BURNED = """
SELECT member_id, coalesce(c.currency, b.currency), 'chance ' || id,
       'cost ' || coalesce(c.points, 0) || ', burned ' || coalesce(b.points, 0)
  FROM (SELECT c.member_id, c.id, c.currency, c.points FROM chances c WHERE WITHIN(c)) AS c
  FULL JOIN (SELECT t.member_id, t.id, t.currency, -sum(p.points) AS points
               FROM transactions t
               JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id
              WHERE WITHIN(t) AND WITHIN(p) AND t.kind = 'chance' AND p.account = 'burned'
              GROUP BY t.member_id, t.id, t.currency) AS b
 USING (member_id, id)
 WHERE coalesce(c.points, 0) <> coalesce(b.points, 0)
"""
_REFUNDED = """
SELECT c.member_id, c.currency, 'chance ' || c.id, 'is ' || c.state || ' and cost ' || c.points
       || ', its refunds brought ' || coalesce(b.points, 0)
  FROM (SELECT c.* FROM chances c WHERE WITHIN(c)) AS c
  LEFT JOIN (SELECT t.member_id, t.subject_id, sum(p.points) AS points
               FROM transactions t
               JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id
              WHERE WITHIN(t) AND WITHIN(p) AND t.kind = 'refund'
                AND p.account = 'burned' AND p.points > 0
              GROUP BY t.member_id, t.subject_id) AS b
    ON b.member_id = c.member_id AND b.subject_id = c.id
 WHERE coalesce(b.points, 0) <> CASE WHEN c.state = 'refunded' THEN c.points ELSE 0 END
"""
_DRAWN = """
SELECT c.member_id, c.currency, 'chance ' || c.id, 'is ' || c.state || ' with odds of ' || c.odds
       || ', its draw ' || coalesce(c.drawn ->> 'roll', 'none')
  FROM chances c
 WHERE WITHIN(c) AND c.mode = 'draw' AND (
       sha256(c.seed) <> c.commitment
       OR (c.state IN ('won', 'lost') AND (
           (c.drawn ->> 'roll')::bigint <> mod(('x' || left(encode(sha256(
               c.seed || uuid_send(c.id) || convert_to(c.drawn ->> 'nonce', 'UTF8')
           ), 'hex'), 14))::bit(56)::bigint, 1000000)
           OR (c.state = 'won') <> ((c.drawn ->> 'roll')::bigint < c.odds))))
"""

CHECKS = (
    Check("what a chance cost is burned", ALONG_MEMBERS, _BURNED),
    Check("a chance that was given back brought what it had cost", ALONG_MEMBERS, _REFUNDED),
    Check("draws are what their seed and their text make", ALONG_MEMBERS, _DRAWN),
)
