"""Deeds: headers of postings, purchases and what came back of them, receipts, keys."""

from stoa.services.invariants.checks import ALONG_KEYS, ALONG_MEMBERS, ALONG_RECEIPTS, Check

__all__ = ["CHECKS"]

_HEADERS = """
SELECT p.member_id, p.currency, 'posting ' || p.seq, 'has no transaction ' || p.transaction_id
  FROM postings p
  LEFT JOIN (SELECT t.member_id, t.id, t.currency FROM transactions t WHERE WITHIN(t)) AS t
    ON t.member_id = p.member_id AND t.id = p.transaction_id AND t.currency = p.currency
 WHERE WITHIN(p) AND t.id IS NULL
"""
_TOGETHER = """
SELECT t.member_id, t.currency, 'posting ' || p.first, 'transaction ' || t.id || ' begins at '
       || t.first_seq || ' and has ' || p.n || ' postings from ' || p.first || ' to ' || p.last
  FROM transactions t
  JOIN (SELECT p.member_id, p.currency, p.transaction_id, min(p.seq) AS first,
               max(p.seq) AS last, count(*) AS n,
               min(p.seq) FILTER (WHERE p.account NOT IN ('debt', 'merged')) AS line
          FROM postings p WHERE WITHIN(p)
         GROUP BY p.member_id, p.currency, p.transaction_id) AS p
    ON p.member_id = t.member_id AND p.currency = t.currency AND p.transaction_id = t.id
 WHERE WITHIN(t)
   AND (p.last - p.first + 1 <> p.n OR p.line <> t.first_seq)
"""
_NAMED = """
SELECT t.member_id, t.currency, 'transaction ' || t.id, 'says not what, who or why'
  FROM transactions t
 WHERE WITHIN(t) AND '' IN (t.kind, t.actor, t.reason_code)
"""
_EARNED = """
SELECT t.member_id, t.currency, 'purchase ' || t.id, coalesce('is ' || p.status, 'does not exist')
       || ', and has earned'
  FROM transactions t
  LEFT JOIN (SELECT p.member_id, p.id, p.status FROM purchases p WHERE WITHIN(p)) AS p
    ON p.member_id = t.member_id AND p.id = t.id
 WHERE WITHIN(t) AND t.kind = 'earn' AND coalesce(p.status, 'pending') = 'pending'
"""
_RETURNED = """
SELECT p.member_id, '', 'purchase ' || p.id, 'of line ' || back.key || ' came back ' || back.value
       || ' thousandths, bought were ' || coalesce(line.bought, 0)
  FROM purchases p CROSS JOIN LATERAL jsonb_each_text(p.returned) AS back
  LEFT JOIN LATERAL (
       SELECT sum((each ->> 'quantity_milli')::bigint) AS bought
         FROM jsonb_array_elements(p.lines) AS each
        WHERE each ->> 'line_no' = back.key) AS line ON true
 WHERE WITHIN(p) AND p.returned <> '{}'
   AND (back.value::bigint < 0 OR back.value::bigint > coalesce(line.bought, 0))
"""
_TAKEN = """
SELECT b.member_id, b.currency, 'purchase ' || b.subject_id,
       'for ' || b.reason || ' were taken back ' || b.points
       || ' points, earned were ' || coalesce(e.points, 0)
  FROM (SELECT t.member_id, t.currency, t.subject_id, p.reason, p.payer_id, -sum(p.points) AS points
          FROM transactions t
          JOIN postings p ON p.member_id = t.member_id AND p.currency = t.currency
           AND p.transaction_id = t.id
         WHERE WITHIN(t) AND WITHIN(p) AND t.kind IN ('return', 'void')
           AND p.account = 'issued' AND p.points < 0
         GROUP BY t.member_id, t.currency, t.subject_id, p.reason, p.payer_id) AS b
  LEFT JOIN (SELECT p.member_id, p.currency, p.transaction_id, p.reason, p.payer_id,
                    sum(p.points) AS points
               FROM postings p WHERE WITHIN(p) AND p.account = 'issued' AND p.points > 0
              GROUP BY p.member_id, p.currency, p.transaction_id, p.reason, p.payer_id) AS e
    ON e.member_id = b.member_id AND e.currency = b.currency AND e.transaction_id = b.subject_id
   AND e.reason = b.reason AND e.payer_id IS NOT DISTINCT FROM b.payer_id
 WHERE b.points > coalesce(e.points, 0)
"""
_RECEIPTS = """
SELECT p.member_id, '', 'purchase ' || p.id, 'has no receipt of its own'
  FROM purchases p LEFT JOIN receipts r
    ON r.business_date = p.business_date AND r.store_id = p.store_id AND r.terminal = p.terminal
   AND r.receipt_no = p.receipt_no AND r.kind = 'sale'
 WHERE WITHIN(p) AND r.subject_id IS DISTINCT FROM p.id
"""
_SALES = """
SELECT NULL::uuid, '', 'receipt ' || r.receipt_no, 'of store ' || r.store_id || ', terminal '
       || r.terminal || ', ' || r.business_date || ': there is no purchase ' || r.subject_id
  FROM receipts r
 WHERE WITHIN(r) AND r.kind = 'sale'
   AND NOT EXISTS (SELECT 1 FROM purchases p WHERE p.id = r.subject_id)
"""
_KEYS = """
SELECT k.member_id, '', 'key ' || k.key, 'of partner ' || k.partner_id || ' leads to nothing'
  FROM keys k
 WHERE WITHIN(k) AND k.subject_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM purchases WHERE member_id = k.member_id AND id = k.subject_id)
   AND NOT EXISTS (SELECT 1 FROM transactions WHERE member_id = k.member_id AND id = k.subject_id)
   AND NOT EXISTS (SELECT 1 FROM holds WHERE member_id = k.member_id AND id = k.subject_id)
   AND NOT EXISTS (SELECT 1 FROM claims WHERE member_id = k.member_id AND id = k.subject_id)
   AND NOT EXISTS (SELECT 1 FROM members m WHERE m.id = k.member_id AND m.merged_into IS NOT NULL
                   AND (EXISTS (SELECT 1 FROM holds WHERE id = k.subject_id)
                        OR EXISTS (SELECT 1 FROM claims WHERE id = k.subject_id)))
"""

CHECKS = (
    Check("postings have their transaction", ALONG_MEMBERS, _HEADERS),
    Check("postings of a transaction stand together where it says", ALONG_MEMBERS, _TOGETHER),
    Check("transactions say what, who and why", ALONG_MEMBERS, _NAMED),
    Check("only posted purchases have earned", ALONG_MEMBERS, _EARNED),
    Check("no more goods come back than were bought", ALONG_MEMBERS, _RETURNED),
    Check("no more is taken back of a purchase than it earned", ALONG_MEMBERS, _TAKEN),
    Check("purchases have their receipt", ALONG_MEMBERS, _RECEIPTS, probes=True),
    Check("receipts of sales have their purchase", ALONG_RECEIPTS, _SALES, probes=True),
    Check("keys lead to their deed", ALONG_KEYS, _KEYS, probes=True),
)
