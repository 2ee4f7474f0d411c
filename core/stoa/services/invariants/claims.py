"""Claims of benefits: what each is worth is paid to the cent, by receipts and points that are its.

Claims from before costs were written have none, and no `at`.
"""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_COSTS = """
SELECT c.member_id, c.money_currency, 'claim ' || c.id,
       'is worth ' || c.worth_minor || ', its payers pay ' || k.minor
  FROM claims c
 CROSS JOIN LATERAL (SELECT coalesce(sum(k.minor), 0)::bigint AS minor
                       FROM claim_costs k WHERE k.claim_id = c.id) AS k
 WHERE WITHIN(c) AND c.at IS NOT NULL AND c.worth_minor <> k.minor
"""
_RECEIPTS = """
SELECT c.member_id, c.money_currency, 'claim ' || c.id,
       'is ' || c.state || ' and a receipt of it is ' || CASE WHEN r.live THEN '' ELSE 'not ' END
       || 'live'
  FROM claims c
 CROSS JOIN LATERAL (SELECT r.live FROM claim_receipts r
                      WHERE r.claim_id = c.id AND r.live ORDER BY r.purchase_id LIMIT 1) AS r
 WHERE WITHIN(c) AND c.state NOT IN ('held', 'used')
"""
_POINTS = """
SELECT c.member_id, c.money_currency, 'claim ' || c.id,
       'is ' || c.state || ' with ' || c.points || ' points, its hold '
       || coalesce(h.state || ' with ' || h.points || ', ' || h.captured || ' burned, '
                   || h.refunded || ' back', 'is missing')
  FROM claims c
  LEFT JOIN LATERAL (SELECT h.* FROM holds h WHERE h.id = c.hold_id LIMIT 1) AS h ON true
 WHERE WITHIN(c) AND c.hold_id IS NOT NULL AND NOT coalesce(CASE c.state
       WHEN 'held' THEN h.state = 'held' AND h.points = c.points
       WHEN 'used' THEN h.captured = c.points AND h.refunded = 0 AND h.state <> 'held'
       WHEN 'released' THEN h.state <> 'held' AND h.captured = h.refunded
       ELSE h.state = 'expired' END, false)
"""

CHECKS = (
    Check("payers of a claim pay what it is worth", ALONG_MEMBERS, _COSTS, probes=True),
    Check("receipts serve claims that last", ALONG_MEMBERS, _RECEIPTS, probes=True),
    Check("points of a claim are held and burned with it", ALONG_MEMBERS, _POINTS, probes=True),
)
