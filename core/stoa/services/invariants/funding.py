"""Funding: what partners may still issue is what they bought or were lent, less what was drawn."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_FUNDS = """
SELECT NULL::uuid, currency, 'funding of ' || partner_id || ', ' || pool, 'bought or lent is '
       || coalesce(g.given, 0) || ', drawn ' || coalesce(d.drawn, 0) || ', left '
       || coalesce(s.remaining, 0)
  FROM (SELECT partner_id, pool, currency, sum(given) AS given
          FROM (SELECT k.partner_id, CASE WHEN k.reserve THEN 'reserve' ELSE 'packs' END AS pool,
                       k.currency, k.points - k.refunded AS given FROM funding_packs k
                UNION ALL
                SELECT f.partner_id, 'credit', '', f.credit FROM partner_funding f
                UNION ALL
                SELECT r.partner_id, 'credit', '', r.micros FROM funding_refills r) AS each
         GROUP BY 1, 2, 3) AS g
  FULL JOIN (SELECT partner_id, pool, CASE pool WHEN 'credit' THEN '' ELSE currency END AS currency,
                    sum(CASE pool WHEN 'credit' THEN micros ELSE points END) AS drawn
               FROM funding_draws WHERE pool <> 'carried' GROUP BY 1, 2, 3) AS d
 USING (partner_id, pool, currency)
  FULL JOIN (SELECT partner_id, pool, currency, sum(remaining) AS remaining
               FROM partner_funds GROUP BY 1, 2, 3) AS s
 USING (partner_id, pool, currency)
 WHERE coalesce(g.given, 0) - coalesce(d.drawn, 0) <> coalesce(s.remaining, 0)
"""
_ISSUED = """
SELECT d.member_id, d.currency, 'posting ' || d.seq, 'drew ' || d.points || ' points of '
       || d.partner_id || ', and moved ' || coalesce(p.points, 0) || ' paid by '
       || coalesce(p.payer_id::text, 'nobody') || '; of them came back ' || d.returned || ', or '
       || coalesce(b.points, 0)
  FROM (SELECT d.member_id, d.currency, d.seq, d.partner_id, d.of_seq, sum(d.points) AS points,
               sum(d.returned) AS returned
          FROM funding_draws d WHERE WITHIN(d) GROUP BY 1, 2, 3, 4, 5) AS d
  LEFT JOIN postings p
    ON WITHIN(p) AND p.member_id = d.member_id AND p.currency = d.currency AND p.seq = d.seq
  LEFT JOIN (SELECT d.member_id, d.currency, d.of_seq, -sum(d.points) AS points
               FROM funding_draws d WHERE WITHIN(d) AND d.of_seq IS NOT NULL GROUP BY 1, 2, 3) AS b
    ON b.member_id = d.member_id AND b.currency = d.currency AND b.of_seq = d.seq
 WHERE CASE WHEN d.of_seq IS NULL THEN p.points IS DISTINCT FROM d.points
                 OR p.payer_id IS DISTINCT FROM d.partner_id OR d.returned <> coalesce(b.points, 0)
            ELSE coalesce(p.points, 0) > d.points END
"""
_DRAWN = """
SELECT p.member_id, p.currency, 'posting ' || p.seq, p.payer_id || ' pays ' || p.points
       || ' points within its funding, and none was drawn'
  FROM postings p
  JOIN partner_funding f ON f.partner_id = p.payer_id
  JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
  LEFT JOIN funding_draws d
    ON WITHIN(d) AND d.member_id = p.member_id AND d.currency = p.currency AND d.seq = p.seq
 WHERE WITHIN(p) AND WITHIN(t) AND p.points > 0 AND p.account IN ('issued', 'adjusted')
   AND t.recorded_at > f.since + interval '1 minute' AND d.seq IS NULL
"""
_PACKS = """
SELECT NULL::uuid, k.currency, 'funding by pack ' || k.id, 'is said to have paid ' || k.used
       || ' of ' || k.points - k.refunded || ', its shares are ' || coalesce(d.points, 0)
  FROM funding_packs k
  LEFT JOIN (SELECT pack_id, sum(points) AS points FROM pack_draws GROUP BY pack_id) AS d
    ON d.pack_id = k.id
 WHERE k.used <> coalesce(d.points, 0)
 UNION ALL
SELECT NULL::uuid, s.currency, 'funding by packs of posting ' || s.seq, 'packs paid ' || s.points
       || ', and were to pay ' || coalesce(d.points, 0)
  FROM (SELECT member_id, currency, seq, sum(points) AS points FROM pack_draws
         GROUP BY 1, 2, 3) AS s
  LEFT JOIN (SELECT member_id, currency, seq, sum(points) AS points FROM funding_draws
              WHERE pool IN ('packs', 'reserve') GROUP BY 1, 2, 3) AS d
 USING (member_id, currency, seq)
 WHERE s.points <> coalesce(d.points, 0)
"""

CHECKS = (
    Check("funds are what was bought or lent, less what was drawn", None, _FUNDS),
    Check("what was drawn of funding is what postings moved", ALONG_MEMBERS, _ISSUED),
    Check("points of a limited payer are drawn from its funding", ALONG_MEMBERS, _DRAWN),
    Check("packs pay what was drawn of them", None, _PACKS),
)
"""A minute is given to deeds that were under way when a partner's funding was limited."""
