"""Draws: a ticket cost what it says and came back whole, prizes are those that were won, once."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_BURNED = """
SELECT member_id, coalesce(c.currency, b.currency), 'ticket ' || id,
       'cost ' || coalesce(c.points, 0) || ', burned ' || coalesce(b.points, 0)
  FROM (SELECT c.member_id, c.id, c.currency, c.points FROM tickets c WHERE WITHIN(c)) AS c
  FULL JOIN (SELECT t.member_id, t.id, t.currency, -sum(p.points) AS points
               FROM transactions t
               JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id
              WHERE WITHIN(t) AND WITHIN(p) AND t.kind = 'ticket' AND p.account = 'burned'
              GROUP BY t.member_id, t.id, t.currency) AS b
 USING (member_id, id)
 WHERE coalesce(c.points, 0) <> coalesce(b.points, 0)
"""
_REFUNDED = """
SELECT c.member_id, c.currency, 'ticket ' || c.id, 'is ' || c.state || ' and cost ' || c.points
       || ', its refunds brought ' || coalesce(b.points, 0)
  FROM (SELECT c.* FROM tickets c WHERE WITHIN(c)) AS c
  LEFT JOIN (SELECT t.member_id, t.subject_id, sum(p.points) AS points
               FROM transactions t
               JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id
              WHERE WITHIN(t) AND WITHIN(p) AND t.kind = 'refund'
                AND p.account = 'burned' AND p.points > 0
              GROUP BY t.member_id, t.subject_id) AS b
    ON b.member_id = c.member_id AND b.subject_id = c.id
 WHERE coalesce(b.points, 0) <> CASE WHEN c.state = 'refunded' THEN c.points ELSE 0 END
"""
_ROLLED = """
SELECT c.member_id, c.currency, 'ticket ' || c.id, 'is told to have rolled ' || coalesce(c.roll, -1)
  FROM tickets c
 WHERE WITHIN(c) AND c.seed IS NOT NULL AND (
       sha256(c.seed) <> c.commitment
       OR (c.roll IS NOT NULL AND c.roll <> mod(('x' || left(encode(sha256(
           c.seed || uuid_send(c.id) || convert_to(c.nonce, 'UTF8')
       ), 'hex'), 14))::bit(56)::bigint, 1000000)))
"""
_SOLD = """
SELECT NULL::uuid, d.currency, 'draw ' || d.code, 'sold ' || d.sold || ' and drew ' || d.drawn
       || ', has ' || count(t.id) || ' tickets up to ' || coalesce(max(t.number), 0) || ', '
       || count(t.turn) || ' drawn up to ' || coalesce(max(t.turn), 0)
  FROM draws d LEFT JOIN tickets t ON t.draw = d.code
 GROUP BY d.code
HAVING d.sold <> count(t.id) OR d.sold <> coalesce(max(t.number), 0)
    OR d.drawn <> count(t.turn) OR d.drawn <> coalesce(max(t.turn), 0)
"""
_WON = """
SELECT NULL::uuid, '', 'prize ' || draw || '/' || prize, 'of ' || coalesce(p.stock, 0)
       || ' has left ' || coalesce(p.remaining, 0) || ', was won ' || coalesce(w.wins, 0)
       || ' times up to ' || coalesce(w.last, 0) || ', by ' || coalesce(t.tickets, 0) || ' tickets'
  FROM draw_prizes p
  FULL JOIN (SELECT w.draw, w.prize, count(*) AS wins, max(w.unit) AS last FROM draw_wins w
              GROUP BY w.draw, w.prize) AS w USING (draw, prize)
  FULL JOIN (SELECT t.draw, t.prize, count(*) AS tickets
               FROM tickets t
               JOIN draw_wins w ON w.ticket_id = t.id AND w.member_id = t.member_id
                AND w.draw = t.draw AND w.prize = t.prize
              GROUP BY t.draw, t.prize) AS t USING (draw, prize)
 WHERE coalesce(p.stock, 0) - coalesce(p.remaining, 0) <> coalesce(w.wins, 0)
    OR coalesce(w.wins, 0) <> coalesce(w.last, 0) OR coalesce(w.wins, 0) <> coalesce(t.tickets, 0)
"""
_GIVEN = """
SELECT w.member_id, '', 'ticket ' || w.ticket_id, 'won ' || w.points || ' points, is ' || w.state
       || ', was granted ' || coalesce(b.points, 0)
  FROM draw_wins w
  LEFT JOIN (SELECT t.subject_id, sum(p.points) AS points
               FROM transactions t
               JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
                AND p.transaction_id = t.id
              WHERE t.kind = 'bonus' AND t.reason_code = 'draw' AND p.account = 'issued'
              GROUP BY t.subject_id) AS b ON b.subject_id = w.ticket_id
 WHERE coalesce(b.points, 0) <> CASE WHEN w.state = 'given' THEN w.points ELSE 0 END
"""

CHECKS = (
    Check("what a ticket cost is burned", ALONG_MEMBERS, _BURNED),
    Check("a ticket that was given back brought what it had cost", ALONG_MEMBERS, _REFUNDED),
    Check("tickets rolled what their seed and their text make", ALONG_MEMBERS, _ROLLED),
    Check("tickets are numbered and drawn without a gap", None, _SOLD),
    Check("prizes are won once, and no more than there are", None, _WON),
    Check("points that were won are granted once", None, _GIVEN),
)
