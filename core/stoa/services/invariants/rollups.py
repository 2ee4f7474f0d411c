"""Rollups: active days follow from the log, counts from the days, and what crosses from money."""

from stoa.services.invariants.checks import Check

__all__ = ["CHECKS"]

_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
# A merger is followed a moment after it was made: until then both names are the survivor's.
_DAYS = f"""
WITH mark AS MATERIALIZED (
    SELECT coalesce(max(place), 0) AS place FROM positions_at WHERE name = 'activity'
), seen AS MATERIALIZED (
    SELECT DISTINCT coalesce(m.merged_into, p.member_id) AS member_id, each.partner_id,
           t.business_date AS day
      FROM log_entries e
      JOIN postings p ON p.member_id = e.member_id AND p.currency = e.currency AND p.seq = e.seq
      JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
      LEFT JOIN members m ON m.id = p.member_id
     CROSS JOIN LATERAL (VALUES (p.partner_id), ({_NOBODY})) AS each (partner_id)
     WHERE e.place < (SELECT place FROM mark) AND p.partner_id IS NOT NULL
       AND (p.account = 'issued' AND p.points > 0 OR p.account = 'burned' AND p.points < 0)
), kept AS MATERIALIZED (
    SELECT DISTINCT coalesce(m.merged_into, d.member_id) AS member_id, d.partner_id, d.day
      FROM member_days d LEFT JOIN members m ON m.id = d.member_id
)
SELECT member_id, '', 'active day ' || day, 'at ' || partner_id || ' is not counted'
  FROM (SELECT * FROM seen EXCEPT SELECT * FROM kept) AS s
 UNION ALL
SELECT member_id, '', 'active day ' || day, 'at ' || partner_id || ' is counted, and was not'
  FROM (SELECT * FROM kept EXCEPT SELECT * FROM seen) AS k
 UNION ALL
SELECT NULL::uuid, '', 'active days', 'are as of ' || place || ', the log ends at ' || l.ends
  FROM mark CROSS JOIN (SELECT coalesce(max(e.place) + 1, 0) AS ends FROM log_entries e) AS l
 WHERE place > l.ends
"""  # noqa: S608 - constants
_COUNTS = f"""
WITH days AS MATERIALIZED (
    SELECT member_id, partner_id, day,
           lag(day) OVER (PARTITION BY member_id, partner_id ORDER BY day) AS before
      FROM member_days
), counted AS (
    SELECT partner_id, day,
           CASE WHEN day - before <= 366 THEN before ELSE '0001-01-01'::date END AS before,
           count(*) AS members
      FROM days GROUP BY 1, 2, 3
), months AS MATERIALIZED (
    SELECT DISTINCT member_id, partner_id, date_trunc('month', day)::date AS month
      FROM member_days WHERE partner_id <> {_NOBODY}
), shared AS (
    SELECT a.month, a.partner_id, b.partner_id AS other_id, count(*) AS members
      FROM months a
      JOIN months b ON b.member_id = a.member_id AND b.month = a.month
       AND a.partner_id < b.partner_id
     GROUP BY 1, 2, 3
)
SELECT NULL::uuid, '', 'active members of ' || day || ' at ' || partner_id,
       'since ' || before || ' are said to be ' || coalesce(r.members, 0) || ', they are '
       || coalesce(c.members, 0)
  FROM counted AS c FULL JOIN activity_days AS r USING (partner_id, day, before)
 WHERE coalesce(r.members, 0) <> coalesce(c.members, 0)
 UNION ALL
SELECT NULL::uuid, '', 'members shared in ' || month || ' by ' || partner_id || ' and ' || other_id,
       'are said to be ' || coalesce(r.members, 0) || ', they are ' || coalesce(s.members, 0)
  FROM shared AS s FULL JOIN shared_months AS r USING (month, partner_id, other_id)
 WHERE coalesce(r.members, 0) <> coalesce(s.members, 0)
"""  # noqa: S608
_CROSSING = f"""
WITH mark AS MATERIALIZED (
    SELECT coalesce(max(place), 0) AS place FROM positions_at WHERE name = 'crossing'
), added AS (
    SELECT points_currency, money_currency, business_date,
           coalesce(issuer_id, {_NOBODY}) AS issuer_id,
           coalesce(CASE WHEN points < 0 THEN credit_partner_id ELSE debit_partner_id END,
                    {_NOBODY}) AS partner_id,
           -sum(points) AS points, sum(CASE WHEN points < 0 THEN amount ELSE -amount END) AS amount,
           count(*) AS entries
      FROM money_entries
     WHERE line = 'burned' AND entry_no <= (SELECT place FROM mark)
     GROUP BY 1, 2, 3, 4, 5
)
SELECT NULL::uuid, points_currency, 'crossing from ' || issuer_id || ' to ' || partner_id || ', '
       || business_date, 'is said to be ' || coalesce(r.points, 0) || ' points, '
       || coalesce(r.amount, 0) || '; they are ' || coalesce(a.points, 0) || ', '
       || coalesce(a.amount, 0)
  FROM added AS a
  FULL JOIN cross_days AS r
 USING (points_currency, money_currency, business_date, issuer_id, partner_id)
 WHERE (r.points, r.amount, r.entries) IS DISTINCT FROM (a.points, a.amount, a.entries)
"""  # noqa: S608
_EXPIRING = """
WITH logged AS MATERIALIZED (
    SELECT e.member_id, e.currency, e.seq FROM log_entries e
     WHERE e.place < (SELECT coalesce(max(place), 0) FROM positions_at WHERE name = 'activity')
), left_over AS (
    SELECT currency, expires_on, sum(points) AS points
      FROM (SELECT p.currency, p.expires_on, p.points
              FROM logged e
              JOIN postings p
                ON p.member_id = e.member_id AND p.currency = e.currency AND p.seq = e.seq
             WHERE p.points > 0 AND p.available_on IS NOT NULL AND p.expires_on IS NOT NULL
             UNION ALL
            SELECT p.currency, p.expires_on, -u.points
              FROM logged e
              JOIN lot_uses u
                ON u.member_id = e.member_id AND u.currency = e.currency AND u.seq = e.seq
              JOIN postings p
                ON p.member_id = u.member_id AND p.currency = u.currency AND p.seq = u.lot_seq
             WHERE p.expires_on IS NOT NULL) AS moved
     GROUP BY 1, 2
)
SELECT NULL::uuid, currency, 'points that expire on ' || expires_on,
       'are said to be ' || coalesce(r.points, 0) || ', the log leaves ' || coalesce(l.points, 0)
  FROM left_over AS l FULL JOIN expiring_days AS r USING (currency, expires_on)
 WHERE coalesce(r.points, 0) <> coalesce(l.points, 0)
"""

CHECKS = (
    Check("active days are those of the log", None, _DAYS),
    Check("counts of active members are those of their days", None, _COUNTS),
    Check("what crosses from partner to partner is what money says", None, _CROSSING),
    Check("points that expire are those that the log leaves", None, _EXPIRING),
)
