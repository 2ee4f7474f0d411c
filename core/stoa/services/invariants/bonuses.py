"""Bonuses: points without a purchase come once, for something that was done, and go once."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_BONUSES = """
SELECT t.member_id, t.currency, 'bonus ' || t.id, 'brought ' || coalesce(p.points, 0)
       || ' points, taken back were ' || coalesce(b.points, 0) || ' in ' || coalesce(b.times, 0)
       || CASE WHEN s.id IS NULL THEN '' ELSE ', and is a purchase' END
  FROM transactions t
  LEFT JOIN (SELECT p.member_id, p.currency, p.transaction_id, sum(p.points) AS points
               FROM postings p WHERE WITHIN(p) AND p.account = 'issued'
              GROUP BY p.member_id, p.currency, p.transaction_id) AS p
    ON p.member_id = t.member_id AND p.currency = t.currency AND p.transaction_id = t.id
  LEFT JOIN (SELECT t.member_id, t.currency, t.subject_id, count(DISTINCT t.id) AS times,
                    -sum(p.points) AS points
               FROM transactions t
               LEFT JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id AND p.account = 'issued'
              WHERE WITHIN(t) AND t.kind = 'void'
              GROUP BY t.member_id, t.currency, t.subject_id) AS b
    ON b.member_id = t.member_id AND b.currency = t.currency AND b.subject_id = t.id
  LEFT JOIN (SELECT p.member_id, p.id FROM purchases p WHERE WITHIN(p)) AS s
    ON s.member_id = t.member_id AND s.id = t.id
 WHERE WITHIN(t) AND t.kind = 'bonus'
   AND (coalesce(p.points, 0) <= 0 OR b.times > 1 OR b.points > p.points OR s.id IS NOT NULL)
"""
_ACTED = """
SELECT a.member_id, '', 'activity ' || a.id, 'has no bonus'
  FROM activities a
 WHERE WITHIN(a) AND NOT EXISTS (
       SELECT 1 FROM transactions t
        WHERE t.member_id = a.member_id AND t.id = a.id AND t.kind = 'bonus')
   AND NOT EXISTS (
       SELECT 1 FROM members m JOIN transactions t ON t.member_id = m.id AND t.id = a.id
        WHERE m.merged_into = a.member_id AND t.kind = 'bonus')
 UNION ALL
SELECT t.member_id, t.currency, 'activity ' || t.id, 'has a bonus, and was never done'
  FROM transactions t
 WHERE WITHIN(t) AND t.kind = 'bonus' AND t.reason_code = 'activity' AND NOT EXISTS (
       SELECT 1 FROM activities a WHERE a.id = t.id AND a.member_id IN (
              t.member_id, (SELECT merged_into FROM members WHERE id = t.member_id)))
"""
_REFERRED = """
SELECT r.member_id, '', 'referral of ' || r.member_id, 'is ' || r.state || ', and its bonuses are '
       || coalesce(r.inviter_bonus::text, 'none') || ' and '
       || coalesce(r.invitee_bonus::text, 'none')
  FROM (SELECT r.invitee_id AS member_id, r.* FROM referrals r) AS r
 WHERE WITHIN(r)
   AND (r.state = 'rewarded' AND r.inviter_bonus IS NULL AND r.invitee_bonus IS NULL
        OR (r.inviter_bonus IS NOT NULL)::int + (r.invitee_bonus IS NOT NULL)::int <> (
           SELECT count(*) FROM members m JOIN transactions t
               ON t.member_id = m.id AND t.id IN (r.inviter_bonus, r.invitee_bonus)
              AND t.kind = 'bonus'
            WHERE m.id IN (r.inviter_id, r.invitee_id)
               OR m.merged_into IN (r.inviter_id, r.invitee_id)))
"""

CHECKS = (
    Check("a bonus brings points once and goes once", ALONG_MEMBERS, _BONUSES),
    Check("every activity has its bonus", ALONG_MEMBERS, _ACTED, probes=True),
    Check("every rewarded referral has its bonuses", ALONG_MEMBERS, _REFERRED, probes=True),
)
