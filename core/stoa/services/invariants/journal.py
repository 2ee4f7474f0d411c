"""The money journal: every entry follows from the log, and every sum from entries."""

from stoa.services.invariants.checks import ALONG_LOG, Check

__all__ = ["CHECKS"]

_COLUMNS = """points_currency, money_currency, period, business_date, line, debit, debit_partner_id,
           credit, credit_partner_id, issuer_id, points, rate, amount, source, place, member_id,
           seq, lot_seq, subject_id, n"""
_DERIVED = f"""
WITH bounds AS MATERIALIZED (
    SELECT min(e.place) AS first, least(max(e.place) + 1, max(m.place)) AS upto
      FROM log_entries e CROSS JOIN money_mark m WHERE WITHIN(e) AND m.name = 'journal'
), derived AS MATERIALIZED (
    SELECT {_COLUMNS} FROM bounds
     CROSS JOIN LATERAL stoa_money_of(bounds.first, bounds.upto) WHERE bounds.upto > bounds.first
), kept AS MATERIALIZED (
    SELECT {_COLUMNS} FROM bounds JOIN money_entries
        ON place >= bounds.first AND (place < bounds.upto OR NOT EXISTS (
           SELECT 1 FROM log_entries e WHERE e.place = money_entries.place))
)
SELECT member_id, points_currency, 'money of place ' || place, 'lacks the entry ' || line || ' of '
       || points || ' points, ' || amount
  FROM (SELECT * FROM derived EXCEPT ALL SELECT * FROM kept) AS d
 UNION ALL
SELECT member_id, points_currency, 'money of place ' || place, 'has the entry ' || line || ' of '
       || points || ' points, ' || amount || ', which does not follow from the log'
  FROM (SELECT * FROM kept EXCEPT ALL SELECT * FROM derived) AS k
"""  # noqa: S608 - constants
_SETTLED = """
SELECT NULL::uuid, currency, 'sum of money of ' || subject,
       'has an entry ' || wrong || ': ' || detail
  FROM stoa_settled_amiss()
"""
_SUMS = """
WITH added AS MATERIALIZED (
    SELECT m.points_currency, m.money_currency, m.period, m.line, m.debit,
           coalesce(m.debit_partner_id, '00000000-0000-0000-0000-000000000000') AS debtor,
           m.credit, coalesce(m.credit_partner_id, '00000000-0000-0000-0000-000000000000')
           AS creditor, coalesce(m.issuer_id, '00000000-0000-0000-0000-000000000000') AS issuer,
           coalesce(m.rate, 0) AS rate, least(m.business_date, (m.period || '-01')::date) AS day,
           sum(m.points) AS points, sum(m.amount) AS amount, count(*) AS entries
      FROM money_entries m GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
)
SELECT NULL::uuid, points_currency, 'sum of money of ' || period || ', ' || line, 'is said to be '
       || coalesce(s.points, 0) || ' points, ' || coalesce(s.amount, 0) || ' in '
       || coalesce(s.entries, 0) || ' entries; they are ' || coalesce(a.points, 0) || ', '
       || coalesce(a.amount, 0) || ' in ' || coalesce(a.entries, 0)
  FROM added AS a
  FULL JOIN (SELECT points_currency, money_currency, period, line, debit,
                    debit_partner_id AS debtor, credit, credit_partner_id AS creditor,
                    issuer_id AS issuer, rate, effective_on AS day, points, amount, entries
               FROM money_sums) AS s
 USING (points_currency, money_currency, period, line, debit, debtor, credit, creditor, issuer,
        rate, day)
 WHERE (s.points, s.amount, s.entries) IS DISTINCT FROM (a.points, a.amount, a.entries)
 UNION ALL
SELECT NULL::uuid, '', 'sum of money', 'has entries up to ' || k.last || ', in all ' || k.entries
       || ', and its mark at ' || m.entry_no
  FROM money_mark m
 CROSS JOIN (SELECT coalesce(max(e.entry_no), 0) AS last, count(*) AS entries
               FROM money_entries e) AS k
 WHERE k.last <> k.entries OR k.last <> m.entry_no
 UNION ALL
SELECT NULL::uuid, '', 'sum of money', 'is booked up to place ' || m.place || ', the log ends at '
       || l.ends
  FROM money_mark m
 CROSS JOIN (SELECT coalesce(max(e.place) + 1, 0) AS ends FROM log_entries e) AS l
 WHERE m.place > l.ends
"""

_STATEMENTS = """
SELECT NULL::uuid, s.points_currency, 'sum of money of statement ' || s.no,
       'is not what its hash is over'
  FROM statements s
 WHERE s.sha256 <> encode(sha256(convert_to(s.document, 'UTF8')), 'hex')
 UNION ALL
SELECT NULL::uuid, points_currency, 'sum of money of period ' || period,
       'has other statements than it was closed with'
  FROM (SELECT c.points_currency, c.period, c.sha256, encode(sha256(convert_to(coalesce(
               string_agg(s.sha256, E'\\n' ORDER BY s.no), ''), 'UTF8')), 'hex') AS found
          FROM clearing_periods c
          LEFT JOIN statements s USING (points_currency, period)
         WHERE c.state = 'closed' GROUP BY 1, 2, 3) AS each
 WHERE sha256 <> found
 UNION ALL
SELECT NULL::uuid, points_currency, 'sum of money of statements of ' || period,
       'which add up to ' || sum(closing_minor) || ', not to nothing'
  FROM statements GROUP BY points_currency, period HAVING sum(closing_minor) <> 0
"""

CHECKS = (
    Check("the money journal is what the log says", ALONG_LOG, _DERIVED, probes=True),
    Check("payments and disputes are booked as they stand", None, _SETTLED),
    Check("sums of money are those of its entries", None, _SUMS),
    Check("statements are as they were frozen, and add up to nothing", None, _STATEMENTS),
)
