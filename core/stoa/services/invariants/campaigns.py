"""Campaigns, and whatever else has a budget: it is what was granted, and no cap is passed."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_BUDGETS = """
SELECT NULL::uuid, '', 'budget of ' || name, 'was granted ' || coalesce(f.granted, 0)
       || ', has left ' || coalesce(b.remaining, 0) || ', has paid ' || coalesce(p.points, 0)
       || ', of which came back ' || coalesce(r.points, 0)
  FROM (SELECT campaign AS name, granted FROM campaign_funds) AS f
  FULL JOIN (SELECT campaign AS name, sum(remaining) AS remaining FROM campaign_budgets
              GROUP BY campaign) AS b USING (name)
  FULL JOIN (SELECT CASE WHEN reason LIKE 'campaign:%%' THEN substr(reason, 10) ELSE reason END
                    AS name, sum(points) AS points
               FROM postings
              WHERE account = 'issued' AND points > 0 AND (reason LIKE 'campaign:%%' OR reason IN (
                    SELECT campaign FROM campaign_funds))
              GROUP BY 1) AS p USING (name)
  FULL JOIN (SELECT campaign AS name, sum(points) AS points FROM campaign_returns
              GROUP BY campaign) AS r USING (name)
 WHERE coalesce(f.granted, 0)
       <> coalesce(b.remaining, 0) + coalesce(p.points, 0) - coalesce(r.points, 0)
"""
_CAPS = """
WITH kept AS (
    SELECT v.code, v.version, cap ->> 'every' AS every, max((cap ->> 'points')::bigint) AS points,
           max((cap ->> 'uses')::bigint) AS uses
      FROM rule_versions v CROSS JOIN LATERAL jsonb_array_elements(
           CASE jsonb_typeof(v.document -> 'caps') WHEN 'array' THEN v.document -> 'caps'
           ELSE '[]' END) AS cap
     WHERE v.kind = 'campaign' GROUP BY v.code, v.version, cap ->> 'every'
), caps AS (
    SELECT k.code, k.every, CASE WHEN count(k.points) = n.n THEN max(k.points) END AS points,
           CASE WHEN count(k.uses) = n.n THEN max(k.uses) END AS uses
      FROM kept AS k JOIN (SELECT code, count(*) AS n FROM rule_versions WHERE kind = 'campaign'
                            GROUP BY code) AS n ON n.code = k.code
     GROUP BY k.code, k.every, n.n
), paid AS (
    SELECT t.member_id, substr(p.reason, 10) AS code, t.subject_id, sum(p.points) AS points,
           min(t.business_date) FILTER (WHERE t.kind = 'earn') AS day
      FROM postings p
      JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
     WHERE WITHIN(t) AND WITHIN(p) AND p.reason LIKE 'campaign:%%' AND p.account = 'issued'
       AND t.kind IN ('earn', 'return', 'void')
     GROUP BY t.member_id, p.reason, t.subject_id
)
SELECT member_id, '', 'cap of ' || code, 'allows ' || coalesce(points_allowed || ' points', '')
       || coalesce(' ' || uses_allowed || ' times', '') || ' every ' || every || ', from ' || since
       || ' on it paid ' || points || ' points ' || uses || ' times'
  FROM (SELECT p.member_id, c.code, c.every, c.points AS points_allowed, c.uses AS uses_allowed,
               CASE c.every WHEN 'day' THEN p.day WHEN 'week' THEN date_trunc('week', p.day)::date
               WHEN 'month' THEN date_trunc('month', p.day)::date ELSE '0001-01-01' END AS since,
               sum(p.points) AS points, count(*) FILTER (WHERE p.points > 0) AS uses
          FROM paid AS p JOIN caps AS c ON c.code = p.code GROUP BY 1, 2, 3, 4, 5, 6) AS each
 WHERE points > points_allowed OR uses > uses_allowed
"""
_USED = """
WITH paid AS (
    SELECT coalesce(m.merged_into, m.id) AS member_id, substr(p.reason, 10) AS code, t.id,
           t.business_date AS day, sum(p.points) AS points, max((t.explanation -> 'lines' ->
           (p.seq - t.first_seq)::int ->> 'rule_version')::int) AS version
      FROM postings p
      JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
      JOIN members m ON m.id = p.member_id
     WHERE p.reason LIKE 'campaign:%%' AND p.account = 'issued' AND p.points > 0
       AND t.kind = 'earn'
     GROUP BY 1, 2, 3, 4
), kept AS (
    SELECT p.member_id, p.code, p.day, p.points - coalesce(r.points, 0) AS points,
           1 - coalesce(r.uses, 0) AS uses, v.document -> 'caps' AS caps
      FROM paid AS p
      LEFT JOIN (SELECT purchase_id, campaign, sum(points) AS points, sum(uses) AS uses
                   FROM campaign_returns GROUP BY 1, 2) AS r
        ON r.purchase_id = p.id AND r.campaign = p.code
      LEFT JOIN rule_versions v
        ON v.kind = 'campaign' AND v.code = p.code AND v.version = p.version
), told AS (
    SELECT k.member_id, k.code, e.every,
           CASE e.every WHEN 'day' THEN k.day WHEN 'week' THEN date_trunc('week', k.day)::date
           WHEN 'month' THEN date_trunc('month', k.day)::date ELSE '0001-01-01' END AS since,
           sum(k.points) AS most, sum(k.uses) AS most_uses,
           sum(k.points) FILTER (WHERE k.caps @> e.cap) AS least,
           sum(k.uses) FILTER (WHERE k.caps @> e.cap) AS least_uses
      FROM kept AS k CROSS JOIN (
           SELECT every, jsonb_build_array(jsonb_build_object('every', every)) AS cap
             FROM (SELECT DISTINCT every FROM campaign_uses) AS each) AS e
     GROUP BY 1, 2, 3, 4
), seen AS (
    SELECT u.member_id, u.campaign, u.every, u.since, u.points, u.uses,
           coalesce(k.most, 0) AS most, coalesce(k.most_uses, 0) AS most_uses,
           coalesce(k.least, 0) AS least, coalesce(k.least_uses, 0) AS least_uses
      FROM campaign_uses u
      LEFT JOIN told AS k ON k.member_id = u.member_id AND k.code = u.campaign
       AND k.every = u.every AND k.since = u.since
     WHERE u.campaign NOT LIKE '%%:%%'
)
SELECT member_id, '', 'uses of ' || campaign, 'of the ' || every || ' from ' || since || ' are '
       || points || ' points ' || uses || ' times, paid were ' || least || ' to ' || most
       || ' points ' || least_uses || ' to ' || most_uses || ' times'
  FROM seen
 WHERE points NOT BETWEEN least AND most OR uses NOT BETWEEN least_uses AND most_uses
"""

CHECKS = (
    Check("budgets are what was granted less what was paid", None, _BUDGETS),
    Check("no member passes the cap of a campaign", ALONG_MEMBERS, _CAPS),
    Check("caps have seen what campaigns paid", None, _USED),
)
