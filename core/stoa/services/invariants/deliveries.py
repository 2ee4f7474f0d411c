"""Deliveries: what came with a reward was paid by an order that stands, no more and no less."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_BROUGHT = """
SELECT coalesce(o.member_id, b.member_id), '', coalesce('order ' || o.id, b.origin), 'is '
       || coalesce(o.state, 'missing') || ' and of ' || coalesce(o.quantity, 0)
       || ', brought ' || coalesce(b.units, 0)
  FROM (SELECT o.member_id, o.id, o.state, o.quantity FROM orders o
         WHERE o.terms ? 'draw' OR o.terms ? 'chance') AS o
  FULL JOIN (SELECT origin, count(*) FILTER (WHERE state <> 'refunded') AS units,
                    (array_agg(each.member_id))[1] AS member_id
               FROM (SELECT t.origin, t.state, t.member_id FROM tickets t WHERE t.origin <> ''
                      UNION ALL
                     SELECT c.origin, c.state, c.member_id FROM chances c
                      WHERE c.origin <> '') AS each
              GROUP BY origin) AS b ON b.origin = 'order:' || o.id
 WHERE coalesce(b.units, 0) <> CASE WHEN o.state IN ('issued', 'fulfilled') THEN o.quantity
       ELSE 0 END
"""
_POINTS = """
SELECT t.member_id, t.currency, 'points of ' || t.subject_id, 'are ' || sum(p.points)
       || ', their order is ' || coalesce(o.state, 'missing')
  FROM (SELECT t.member_id, t.id, t.currency, t.subject_id FROM transactions t
         WHERE WITHIN(t) AND t.kind = 'bonus' AND t.reason_code = 'order') AS t
  LEFT JOIN orders o ON o.id = t.subject_id
  JOIN (SELECT e.member_id, e.id, CASE e.kind WHEN 'void' THEN e.subject_id ELSE e.id END AS bonus
          FROM transactions e WHERE WITHIN(e) AND e.kind IN ('bonus', 'void')) AS e
    ON e.member_id = t.member_id AND e.bonus = t.id
  JOIN (SELECT p.* FROM postings p WHERE WITHIN(p) AND p.account = 'issued') AS p
    ON p.member_id = e.member_id AND p.currency = t.currency AND p.transaction_id = e.id
 GROUP BY t.member_id, t.id, t.currency, t.subject_id, o.state, o.terms, o.quantity
HAVING sum(p.points) <> coalesce(CASE WHEN o.state IN ('issued', 'fulfilled')
           THEN (o.terms -> 'currency' ->> 'points')::bigint * o.quantity ELSE 0 END, 0)
"""
_OWED = """
SELECT o.member_id, '', 'order ' || o.id, 'is ' || o.state || ', and brought no points'
  FROM orders o
 WHERE WITHIN(o) AND o.terms ? 'currency' AND o.state IN ('issued', 'fulfilled') AND NOT EXISTS (
       SELECT 1 FROM members b
         JOIN members m ON m.id IN (b.id, b.merged_into) OR m.merged_into = b.merged_into
         JOIN transactions t ON t.member_id = m.id
        WHERE b.id = o.buyer_id AND t.kind = 'bonus' AND t.subject_id = o.id)
"""

CHECKS = (
    Check("what came with rewards was paid by orders", None, _BROUGHT),
    Check("points that came with rewards were paid by orders", ALONG_MEMBERS, _POINTS, probes=True),
    Check("orders of points brought them", ALONG_MEMBERS, _OWED, probes=True),
)
