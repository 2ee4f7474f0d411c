"""What only the whole can show: currencies and positions."""

from stoa.services.invariants.checks import Check

__all__ = ["CHECKS"]

_CURRENCIES = """
SELECT NULL::uuid, currency, 'currency', 'wallets hold ' || coalesce(w.points, 0)
       || ', issued less what went is ' || coalesce(p.points, 0)
  FROM (SELECT currency, sum(available + pending + held) AS points FROM wallets
         GROUP BY currency) AS w
  FULL JOIN (SELECT currency, sum(points) AS points FROM postings GROUP BY currency) AS p
 USING (currency)
 WHERE coalesce(w.points, 0) <> coalesce(p.points, 0)
"""
_POSITIONS = """
WITH mark AS MATERIALIZED (
    SELECT coalesce(max(place), 0) AS place FROM positions_at WHERE name = 'positions'
), sums AS MATERIALIZED (
    SELECT p.currency, p.account,
           coalesce(p.partner_id, '00000000-0000-0000-0000-000000000000') AS partner_id,
           coalesce(p.payer_id, '00000000-0000-0000-0000-000000000000') AS payer_id,
           t.business_date, sum(p.points) AS points,
           coalesce(sum(p.points) FILTER (WHERE p.points > 0), 0) AS given, count(*) AS entries
      FROM log_entries e
      JOIN postings p ON p.member_id = e.member_id AND p.currency = e.currency AND p.seq = e.seq
      JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
     WHERE e.place < (SELECT place FROM mark)
     GROUP BY 1, 2, 3, 4, 5
)
SELECT NULL::uuid, currency, 'position of ' || partner_id || ', ' || account || ', paid by '
       || payer_id || ', ' || business_date,
       'says ' || coalesce(r.points, 0) || ' (' || coalesce(r.given, 0) || ' given) in '
       || coalesce(r.entries, 0) || ' entries, the log ' || coalesce(s.points, 0) || ' ('
       || coalesce(s.given, 0) || ' given) in ' || coalesce(s.entries, 0)
  FROM sums AS s FULL JOIN positions AS r
 USING (currency, account, partner_id, payer_id, business_date)
 WHERE (r.points, r.given, r.entries) IS DISTINCT FROM (s.points, s.given, s.entries)
 UNION ALL
SELECT NULL::uuid, '', 'positions', 'are as of ' || mark.place || ', their entries sum to '
       || sums.entries
  FROM mark, (SELECT coalesce(sum(entries), 0) AS entries FROM positions) AS sums
 WHERE mark.place <> sums.entries
"""

CHECKS = (
    Check("points of a currency are those in its wallets", None, _CURRENCIES),
    Check("positions are the sum of the logged postings", None, _POSITIONS),
)
