"""Adjustments and openings: each posting by hand has its decision, each opened line its lot."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_POSTED = """
SELECT coalesce(a.member_id, t.member_id), coalesce(a.currency, t.currency),
       'adjustment ' || coalesce(a.id, t.id),
       coalesce('is ' || a.state || ', of ' || a.points, 'is unknown')
       || ', and has posted ' || coalesce(t.points::text, 'nothing')
  FROM (SELECT a.* FROM adjustments a WHERE WITHIN(a)) AS a
  FULL JOIN (SELECT t.member_id, t.id, t.currency, sum(p.points) AS points
               FROM transactions t
               JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id
              WHERE WITHIN(t) AND WITHIN(p) AND t.kind = 'adjust' AND p.account = 'adjusted'
              GROUP BY t.member_id, t.id, t.currency) AS t
    ON t.member_id = a.member_id AND t.id = a.id AND t.currency = a.currency
 WHERE (coalesce(a.state, '') = 'posted') <> (t.id IS NOT NULL)
    OR t.id IS NOT NULL AND a.points IS DISTINCT FROM t.points
    OR a.transaction_id <> a.id
"""
_SEEN = """
SELECT member_id, currency, 'adjustment ' || id, 'was posted by one person alone, who may post '
       || limit_points || ' a day, as ' || running || ' in all'
  FROM (SELECT a.member_id, a.currency, a.id, a.limit_points, a.reverses, sum(abs(a.points)) OVER (
               PARTITION BY a.member_id, a.currency, a.day
               ORDER BY a.decided_at, t.first_seq) AS running
          FROM adjustments a
          JOIN (SELECT t.member_id, t.id, t.first_seq FROM transactions t
                 WHERE WITHIN(t) AND t.kind = 'adjust') AS t
            ON t.member_id = a.member_id AND t.id = a.id
         WHERE WITHIN(a) AND a.state = 'posted' AND a.decided_by = a.proposed_by) AS each
 WHERE running > coalesce(limit_points, 0) OR reverses IS NOT NULL
"""
_REVERSED = """
SELECT r.member_id, r.currency, 'adjustment ' || r.id, 'reverses ' || r.reverses || ' by '
       || r.points || ', which is ' || coalesce(a.state || ' of ' || a.points, 'unknown') || ', '
       || r.times || ' in all'
  FROM (SELECT r.*, count(*) OVER (PARTITION BY r.member_id, r.reverses) AS times
          FROM adjustments r
         WHERE WITHIN(r) AND r.reverses IS NOT NULL AND r.state IN ('proposed', 'posted')) AS r
  LEFT JOIN (SELECT a.member_id, a.currency, a.id, a.state, a.points, a.reverses
               FROM adjustments a WHERE WITHIN(a)) AS a
    ON a.member_id = r.member_id AND a.currency = r.currency AND a.id = r.reverses
 WHERE r.times > 1 OR a.state IS DISTINCT FROM 'posted' OR a.points <> -r.points
    OR a.reverses IS NOT NULL
"""
_OPENED = """
SELECT coalesce(t.member_id, o.member_id), coalesce(t.currency, ''),
       'transaction ' || coalesce(t.id, o.transaction_id),
       'opens ' || coalesce(t.points::text, 'nothing') || ', of '
       || coalesce(o.lines, 0) || ' lines'
  FROM (SELECT t.member_id, t.id, t.currency, sum(p.points) AS points FROM transactions t
          JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
           AND p.transaction_id = t.id
         WHERE WITHIN(t) AND WITHIN(p) AND t.kind = 'open' AND p.points > 0
         GROUP BY t.member_id, t.id, t.currency) AS t
  FULL JOIN (SELECT o.member_id, o.transaction_id, count(*) AS lines FROM openings o
              WHERE WITHIN(o) GROUP BY o.member_id, o.transaction_id) AS o
    ON o.member_id = t.member_id AND o.transaction_id = t.id
 WHERE t.id IS NULL OR o.lines IS DISTINCT FROM 1
"""

CHECKS = (
    Check("what is adjusted was decided, and once", ALONG_MEMBERS, _POSTED),
    Check("large adjustments were seen by two people", ALONG_MEMBERS, _SEEN),
    Check("an adjustment is reversed once, by its opposite", ALONG_MEMBERS, _REVERSED),
    Check("every opened line has its lot", ALONG_MEMBERS, _OPENED),
)
