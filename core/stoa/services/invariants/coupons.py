"""Coupons: every use of a code is counted, every redemption paid for, no supply passed."""

from stoa.services.invariants.checks import Check

__all__ = ["CHECKS"]

_USES = """
SELECT NULL::uuid, '', 'coupon ' || coalesce(c.id::text, 'of no code'),
       'has ' || coalesce(c.uses_left, 0) || ' of ' || coalesce(c.uses, 0) || ' uses left, with '
       || coalesce(u.live, 0) || ' taken'
  FROM coupons c
  FULL JOIN (SELECT code, count(*) FILTER (WHERE state IN ('reserved', 'redeemed')) AS live
               FROM coupon_uses GROUP BY code) AS u USING (code)
 WHERE coalesce(c.uses, 0) <> coalesce(c.uses_left, 0) + coalesce(u.live, 0)
"""
_COSTS = """
SELECT NULL::uuid, '', 'use of a coupon ' || coalesce(u.id, c.use_id),
       'is ' || coalesce(u.state, 'none') || ' and costs ' || coalesce(u.cost_minor, 0)
       || ', its payers pay ' || coalesce(c.minor, 0)
  FROM coupon_uses u
  FULL JOIN (SELECT use_id, sum(minor) AS minor FROM coupon_costs GROUP BY use_id) AS c
    ON c.use_id = u.id
 WHERE coalesce(c.minor, 0) <> CASE WHEN u.state = 'redeemed' THEN u.cost_minor ELSE 0 END
"""
_SUPPLY = """
SELECT NULL::uuid, '', 'supply of coupons ' || s.pool,
       'is ' || s.granted || ' where ' || coalesce(s.told::text, 'nothing')
       || ' is told, of which ' || coalesce(c.issued, 0) || ' are issued and '
       || coalesce(l.remaining, 0) || ' left'
  FROM coupon_supplies s
  LEFT JOIN (SELECT pool, sum(remaining) AS remaining FROM coupon_stripes GROUP BY pool) AS l
 USING (pool)
  LEFT JOIN (SELECT pool, count(*) AS issued FROM coupons
              WHERE NOT imported AND state <> 'cancelled' GROUP BY pool) AS c USING (pool)
 WHERE s.granted <> coalesce(l.remaining, 0) + coalesce(c.issued, 0)
    OR s.granted > greatest(s.told, coalesce(c.issued, 0))
"""

CHECKS = (
    Check("a coupon's uses are those that were taken", None, _USES),
    Check("what a coupon cost its payers paid", None, _COSTS),
    Check("no more coupons are issued than there are", None, _SUPPLY),
)
