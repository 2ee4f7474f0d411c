"""Parking: what a quote says was held or paid, its claim holds or took."""

from stoa.services.invariants.checks import Check

__all__ = ["CHECKS"]

_TAKEN = """
SELECT q.member_id, q.currency, 'parking quote ' || q.id,
       'is ' || q.state || ', its claim is ' || coalesce(c.state, 'missing')
  FROM parking_quotes q
  LEFT JOIN LATERAL (SELECT c.state FROM claims c WHERE c.id = q.claim_id LIMIT 1) AS c ON true
 WHERE q.claim_id IS NOT NULL AND NOT coalesce(CASE q.state
       WHEN 'held' THEN c.state IN ('held', 'expired')
       WHEN 'paid' THEN c.state = 'used'
       ELSE c.state IN ('released', 'expired') END, false)
"""
_PLATES = """
SELECT NULL::uuid, '', 'gate event ' || e.no,
       'is in the stay ' || e.stay_id || CASE WHEN s.id IS NULL THEN ', which is missing'
       ELSE ' of another car or car park' END
  FROM gate_events e LEFT JOIN stays s ON s.partner_id = e.partner_id AND s.id = e.stay_id
 WHERE e.at > (SELECT max(l.at) FROM gate_events l) - interval '300 days' AND e.stay_id IS NOT NULL
   AND (s.id IS NULL OR (s.store_id, s.plate) <> (e.store_id, e.plate))
"""

CHECKS = (
    Check("what a parking quote holds or took is its claim's", None, _TAKEN),
    Check("what a gate saw is in a stay of the same car", None, _PLATES),
)
