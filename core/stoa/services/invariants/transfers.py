"""Transfers: points that change hands stay what they were, and none appear on the way."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_HANDED_ON = """
SELECT p.member_id, p.currency, 'posting ' || p.seq, 'is not what posting '
       || coalesce(p.origin_seq::text, '?') || ' of ' || coalesce(p.origin_member_id::text, '?')
       || ' was'
  FROM postings p LEFT JOIN postings o ON o.member_id = p.origin_member_id
   AND o.currency = p.origin_currency AND o.seq = p.origin_seq
 WHERE WITHIN(p) AND p.account = 'transferred' AND p.points > 0
   AND (o.seq IS NULL OR o.points < p.points OR o.currency <> p.currency
        OR (o.expires_on, o.payer_id, o.price) IS DISTINCT FROM
           (p.expires_on, p.payer_id, p.price))
"""
_EVEN = """
SELECT NULL::uuid, p.currency, 'transfer ' || coalesce(t.subject_id::text, ''), 'moved '
       || sum(p.points) || ' points too many'
  FROM postings p JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
 WHERE p.account IN ('transferred', 'merged')
 GROUP BY p.currency, p.account, t.subject_id HAVING sum(p.points) <> 0
"""

CHECKS = (
    Check(
        "points that changed hands stayed what they were", ALONG_MEMBERS, _HANDED_ON, probes=True
    ),
    Check("what one member gives another one gets", None, _EVEN),
)
