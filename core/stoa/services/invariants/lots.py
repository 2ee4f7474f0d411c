"""Lots: every point was born with one posting, and each that went is known by the lot it left.

A posting gives birth to a lot when it brings points, unless it books a debt, moves one, or gives
points back to the lots they had come from (then it has uses below zero of its own).
"""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_BIRTHS = """
       (SELECT p.member_id, p.currency, p.seq, p.points, p.expires_on, p.available_on
          FROM postings p
         WHERE WITHIN(p) AND p.points > 0 AND p.account NOT IN ('debt', 'merged')
           AND NOT EXISTS (
               SELECT 1 FROM lot_uses u WHERE WITHIN(u) AND u.member_id = p.member_id
                  AND u.currency = p.currency AND u.seq = p.seq AND u.points < 0))"""
_USED = """
       (SELECT u.member_id, u.currency, u.seq, sum(u.points) AS points FROM lot_uses u
         WHERE WITHIN(u) GROUP BY u.member_id, u.currency, u.seq)"""
_LOTS = f"""
SELECT member_id, currency, 'lot ' || seq, 'brought ' || coalesce(b.points, 0) || ', used '
       || coalesce(u.points, 0) || ', left ' || coalesce(l.remaining, 0)
  FROM {_BIRTHS} AS b
  FULL JOIN (SELECT l.member_id, l.currency, l.seq, sum(l.remaining) AS remaining
               FROM lots l WHERE WITHIN(l) GROUP BY l.member_id, l.currency, l.seq) AS l
 USING (member_id, currency, seq)
  FULL JOIN (SELECT u.member_id, u.currency, u.lot_seq AS seq, sum(u.points) AS points
               FROM lot_uses u WHERE WITHIN(u)
              GROUP BY u.member_id, u.currency, u.lot_seq) AS u
 USING (member_id, currency, seq)
 WHERE b.points IS NULL OR b.points <> coalesce(u.points, 0) + coalesce(l.remaining, 0)
"""  # noqa: S608 - constants
_DATES = """
SELECT l.member_id, l.currency, 'lot ' || l.seq, 'lives from ' || l.available_on || ' to '
       || l.expires_on || ', its posting says ' || coalesce(p.available_on::text, 'nothing')
       || ' to ' || coalesce(p.expires_on, '9999-12-31')
  FROM lots l
  JOIN postings p ON p.member_id = l.member_id AND p.currency = l.currency AND p.seq = l.seq
 WHERE WITHIN(l) AND WITHIN(p)
   AND (l.expires_on <> coalesce(p.expires_on, '9999-12-31') OR l.available_on <> p.available_on)
"""
_WENT = f"""
SELECT p.member_id, p.currency, 'posting ' || min(p.seq), 'transaction ' || p.transaction_id
       || ' took ' || -sum(p.points) || ' points, of lots ' || coalesce(sum(u.points), 0)
  FROM postings p
  LEFT JOIN {_USED} AS u
    ON u.member_id = p.member_id AND u.currency = p.currency AND u.seq = p.seq
 WHERE WITHIN(p) AND (p.points < 0 OR p.account IN ('debt', 'merged') OR u.points IS NOT NULL)
 GROUP BY p.member_id, p.currency, p.transaction_id
HAVING -sum(p.points) <> coalesce(sum(u.points), 0)
"""  # noqa: S608
_BURNED = f"""
SELECT p.member_id, p.currency, 'posting ' || p.seq, 'took ' || -p.points || ' points as '
       || p.account || ', of lots ' || coalesce(u.points, 0)
  FROM postings p
  LEFT JOIN {_USED} AS u
    ON u.member_id = p.member_id AND u.currency = p.currency AND u.seq = p.seq
 WHERE WITHIN(p) AND p.account IN ('burned', 'expired', 'transferred')
   AND (p.points < 0 OR u.points IS NOT NULL) AND -p.points <> coalesce(u.points, 0)
"""  # noqa: S608
_LEFT = """
SELECT w.member_id, w.currency, 'wallet', 'holds ' || w.available + w.pending + w.held
       || ', its lots have left ' || coalesce(l.points, 0)
  FROM wallets w
  LEFT JOIN (SELECT l.member_id, l.currency, sum(l.remaining) AS points FROM lots l
              WHERE WITHIN(l) GROUP BY l.member_id, l.currency) AS l
    ON l.member_id = w.member_id AND l.currency = w.currency
 WHERE WITHIN(w) AND w.available + w.pending + w.held <> coalesce(l.points, 0)
"""
_PENDING = """
SELECT w.member_id, w.currency, 'wallet', 'has pending ' || w.pending || ', its lots '
       || coalesce(l.points, 0)
  FROM wallets w
  LEFT JOIN (SELECT l.member_id, l.currency, sum(l.remaining) AS points FROM lots l
              WHERE WITHIN(l) AND l.pending
              GROUP BY l.member_id, l.currency) AS l
    ON l.member_id = w.member_id AND l.currency = w.currency
 WHERE WITHIN(w) AND w.pending <> coalesce(l.points, 0)
"""

CHECKS = (
    Check("points of a lot are used or left", ALONG_MEMBERS, _LOTS),
    Check("lots keep the dates of their posting", ALONG_MEMBERS, _DATES),
    Check("points that went came from lots", ALONG_MEMBERS, _WENT),
    Check("every point burned, expired or given away has its lot", ALONG_MEMBERS, _BURNED),
    Check("wallets hold what their lots have left", ALONG_MEMBERS, _LEFT),
    Check("pending points are those of pending lots", ALONG_MEMBERS, _PENDING),
)
