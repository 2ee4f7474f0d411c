"""Holds: what is set aside is set aside once, and what was captured is burned."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_PIECES = """
       (SELECT h.member_id, h.currency, h.id, (piece ->> 0)::date AS expires_on,
               (piece ->> 1)::bigint AS seq, (piece ->> 2)::bigint AS points
          FROM holds h CROSS JOIN LATERAL jsonb_array_elements(h.lots) AS piece
         WHERE WITHIN(h) AND h.state = 'held')"""
_HELD = """
SELECT w.member_id, w.currency, 'wallet', 'sets aside ' || w.held || ', its open holds '
       || coalesce(h.points, 0)
  FROM wallets w
  LEFT JOIN (SELECT h.member_id, h.currency, sum(h.points) AS points FROM holds h
              WHERE WITHIN(h) AND h.state = 'held' GROUP BY h.member_id, h.currency) AS h
    ON h.member_id = w.member_id AND h.currency = w.currency
 WHERE WITHIN(w) AND w.held <> coalesce(h.points, 0)
"""
_SUMS = f"""
SELECT h.member_id, h.currency, 'hold ' || h.id, 'holds ' || h.points || ', its pieces '
       || coalesce(e.points, 0)
  FROM holds h
  LEFT JOIN (SELECT e.member_id, e.id, sum(e.points) AS points FROM {_PIECES} AS e
              GROUP BY e.member_id, e.id) AS e ON e.member_id = h.member_id AND e.id = h.id
 WHERE WITHIN(h) AND h.state = 'held' AND h.points <> coalesce(e.points, 0)
"""  # noqa: S608 - constants
_LOTS = f"""
SELECT member_id, currency, 'lot ' || seq,
       'keeps ' || coalesce(l.held, 0) || ' for holds, which say ' || coalesce(e.points, 0)
  FROM (SELECT l.member_id, l.currency, l.expires_on, l.seq, l.held FROM lots l
         WHERE WITHIN(l) AND l.held > 0) AS l
  FULL JOIN (SELECT e.member_id, e.currency, e.expires_on, e.seq, sum(e.points) AS points
               FROM {_PIECES} AS e GROUP BY e.member_id, e.currency, e.expires_on, e.seq) AS e
 USING (member_id, currency, expires_on, seq)
 WHERE coalesce(l.held, 0) <> coalesce(e.points, 0)
"""  # noqa: S608
_CAPTURED = """
SELECT member_id, coalesce(h.currency, b.currency), 'hold ' || id,
       'captured ' || coalesce(h.captured, 0) || ', burned ' || coalesce(b.points, 0)
  FROM (SELECT h.member_id, h.id, h.currency, h.captured FROM holds h
         WHERE WITHIN(h) AND h.captured > 0) AS h
  FULL JOIN (SELECT t.member_id, t.id, t.currency, -sum(p.points) AS points
               FROM transactions t
               JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id
              WHERE WITHIN(t) AND WITHIN(p) AND t.kind = 'redeem' AND p.account = 'burned'
              GROUP BY t.member_id, t.id, t.currency) AS b
 USING (member_id, id)
 WHERE coalesce(h.captured, 0) <> coalesce(b.points, 0)
"""
_LIMITS = """
SELECT h.member_id, h.currency, 'hold ' || h.id, h.state || ', set aside ' || h.points
       || ', captured ' || h.captured
  FROM holds h
 WHERE WITHIN(h) AND (h.captured > h.points OR (h.state = 'captured') <> (h.captured > 0))
"""
_REFUNDED = """
SELECT h.member_id, h.currency, 'hold ' || h.id, 'captured ' || h.captured || ', refunded '
       || h.refunded || ', its refunds brought ' || coalesce(b.points, 0)
  FROM (SELECT h.* FROM holds h WHERE WITHIN(h) AND h.captured > 0) AS h
  LEFT JOIN (SELECT t.member_id, t.subject_id, sum(p.points) AS points
               FROM transactions t
               JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id
              WHERE WITHIN(t) AND WITHIN(p) AND t.kind = 'refund'
                AND p.account = 'burned' AND p.points > 0
              GROUP BY t.member_id, t.subject_id) AS b
    ON b.member_id = h.member_id AND b.subject_id = h.id
 WHERE h.refunded > h.captured OR h.refunded <> coalesce(b.points, 0)
"""

CHECKS = (
    Check("wallets set aside what open holds hold", ALONG_MEMBERS, _HELD),
    Check("an open hold is the sum of its pieces", ALONG_MEMBERS, _SUMS),
    Check("lots keep what open holds took of them", ALONG_MEMBERS, _LOTS),
    Check("what was captured is burned", ALONG_MEMBERS, _CAPTURED),
    Check("no hold captures more than it set aside", ALONG_MEMBERS, _LIMITS),
    Check("refunds bring back what was captured, never more", ALONG_MEMBERS, _REFUNDED),
)
