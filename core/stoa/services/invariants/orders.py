"""Orders and stock: a reward that was taken has its order, and every unit is somewhere."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_ORDERED = """
SELECT h.member_id, h.currency, 'hold ' || h.id, 'captured ' || h.reward || ', ordered '
       || coalesce(o.offer, 'nothing')
  FROM (SELECT h.* FROM holds h WHERE WITHIN(h) AND h.purpose = 'reward' AND h.captured > 0) AS h
  LEFT JOIN (SELECT o.* FROM orders o WHERE WITHIN(o)) AS o
    ON o.member_id = h.member_id AND o.id = h.id
 WHERE o.offer IS DISTINCT FROM h.reward
"""
_STANDING = """
SELECT o.member_id, coalesce(h.currency, ''), 'order ' || o.id, 'is ' || o.state || ', its hold '
       || coalesce(h.state, 'missing')
  FROM (SELECT o.* FROM orders o WHERE WITHIN(o)) AS o
  LEFT JOIN (SELECT h.* FROM holds h WHERE WITHIN(h) AND h.purpose = 'reward') AS h
    ON h.member_id = o.member_id AND h.id = o.id
 WHERE coalesce(CASE WHEN h.state <> 'captured' THEN o.state <> h.state
                WHEN h.refunded < h.captured THEN o.state NOT IN ('issued', 'fulfilled')
                ELSE o.state NOT IN ('refunded', 'failed') END, true)
"""
_PROVIDED = """
SELECT o.member_id, t.currency, 'order ' || o.id, 'is provided by '
       || coalesce(o.provider_id::text, 'the operator') || ', burned for '
       || coalesce(p.partner_id::text, 'the operator')
  FROM (SELECT o.* FROM orders o WHERE WITHIN(o)) AS o
  JOIN (SELECT t.* FROM transactions t WHERE WITHIN(t)
           AND t.kind IN ('redeem', 'refund') AND t.reason_code = 'reward') AS t
    ON t.member_id = o.member_id AND t.subject_id = o.id
  JOIN (SELECT p.* FROM postings p WHERE WITHIN(p) AND p.account = 'burned') AS p
    ON p.member_id = t.member_id AND p.currency = t.currency AND p.transaction_id = t.id
 WHERE p.partner_id IS DISTINCT FROM o.provider_id
    OR (o.provider_id IS NULL AND p.price <> 0)
"""
_LEFT = """
SELECT NULL::uuid, '', 'stock of ' || item, 'has left ' || coalesce(s.units, 0)
       || ', its moves leave ' || coalesce(m.units, 0)
  FROM (SELECT item, sum(remaining) AS units FROM stock GROUP BY item) AS s
  FULL JOIN (SELECT item, sum(change) AS units FROM stock_moves GROUP BY item) AS m USING (item)
 WHERE coalesce(s.units, 0) <> coalesce(m.units, 0)
"""
_TAKEN = """
SELECT NULL::uuid, '', 'stock of ' || i.item, 'gave ' || coalesce(m.units, 0)
       || ' to orders, which have ' || coalesce(o.units, 0)
  FROM stock_items AS i
  LEFT JOIN (SELECT item, -sum(change) AS units FROM stock_moves WHERE order_id IS NOT NULL
              GROUP BY item) AS m ON m.item = i.item
  LEFT JOIN (SELECT thing AS item, sum(o.quantity) AS units
               FROM orders o CROSS JOIN LATERAL unnest(o.taken) AS thing
              WHERE o.state IN ('held', 'issued', 'fulfilled') GROUP BY thing) AS o
    ON o.item = i.item
 WHERE coalesce(m.units, 0) <> coalesce(o.units, 0)
"""
_BEYOND = """
SELECT NULL::uuid, '', 'stock of ' || i.item, 'is told to be ' || i.told || ' and ' || i.beyond
       || ' beyond it are out, its rules put in ' || coalesce(m.units, 0)
  FROM stock_items AS i
  LEFT JOIN (SELECT item, sum(change) AS units FROM stock_moves WHERE kind = 'set'
              GROUP BY item) AS m ON m.item = i.item
 WHERE i.beyond <> coalesce(m.units, 0) - i.told
"""

CHECKS = (
    Check("every reward that was captured has its order", ALONG_MEMBERS, _ORDERED),
    Check("orders stand as their holds do", ALONG_MEMBERS, _STANDING),
    Check("a reward's burn is its provider's", ALONG_MEMBERS, _PROVIDED),
    Check("stock left is what its moves leave", None, _LEFT),
    Check("orders have what stock gave them", None, _TAKEN),
    Check("rules have put in what they tell", None, _BEYOND),
)
