"""Wallets and the postings they are made of: sums, numbers, every balance there ever was."""

from stoa.services.invariants.checks import ALONG_MEMBERS, Check

__all__ = ["CHECKS"]

_SUMS = """
SELECT member_id, currency, 'wallet', 'holds ' || coalesce(w.points, 0) || ', its postings bring '
       || coalesce(p.points, 0)
  FROM (SELECT w.member_id, w.currency, w.available + w.pending + w.held AS points
          FROM wallets w WHERE WITHIN(w)) AS w
  FULL JOIN (SELECT p.member_id, p.currency, sum(p.points) AS points
               FROM postings p WHERE WITHIN(p) GROUP BY p.member_id, p.currency) AS p
 USING (member_id, currency)
 WHERE w.points IS NULL OR w.points <> coalesce(p.points, 0)
"""
_NUMBERS = """
SELECT member_id, currency, 'posting ' || before + 1, 'after posting ' || before || ' comes ' || seq
  FROM (SELECT p.member_id, p.currency, p.seq, coalesce(lag(p.seq) OVER (
               PARTITION BY p.member_id, p.currency ORDER BY p.seq), 0) AS before
          FROM postings p WHERE WITHIN(p)) AS each
 WHERE seq <> before + 1
 UNION ALL
SELECT w.member_id, w.currency, 'posting ' || w.seq, 'is the last by the wallet, '
       || coalesce(p.last, 0) || ' by the postings'
  FROM wallets w
  LEFT JOIN (SELECT p.member_id, p.currency, max(p.seq) AS last
               FROM postings p WHERE WITHIN(p) GROUP BY p.member_id, p.currency) AS p
    ON p.member_id = w.member_id AND p.currency = w.currency
 WHERE WITHIN(w) AND w.seq <> coalesce(p.last, 0)
"""
_BALANCES = """
SELECT DISTINCT ON (member_id, currency) member_id, currency, 'posting ' || seq,
       'says ' || balance || ', its history ' || running
  FROM (SELECT p.member_id, p.currency, p.seq, p.balance, sum(p.points) OVER (
               PARTITION BY p.member_id, p.currency ORDER BY p.seq) AS running
          FROM postings p WHERE WITHIN(p)) AS each
 WHERE balance <> running OR running < 0
 ORDER BY member_id, currency, seq
"""
_DEBTS = """
SELECT w.member_id, w.currency, 'wallet', 'owes ' || w.debt || ', its postings '
       || coalesce(p.debt, 0)
  FROM wallets w
  LEFT JOIN (SELECT p.member_id, p.currency, sum(p.points) AS debt FROM postings p
              WHERE WITHIN(p) AND p.account = 'debt' GROUP BY p.member_id, p.currency) AS p
    ON p.member_id = w.member_id AND p.currency = w.currency
 WHERE WITHIN(w) AND w.debt <> coalesce(p.debt, 0)
"""
_REPAID = """
SELECT DISTINCT ON (member_id, currency) member_id, currency, 'posting ' || seq,
       'repays ' || -running || ' more than was owed'
  FROM (SELECT p.member_id, p.currency, p.seq, sum(p.points) OVER (
               PARTITION BY p.member_id, p.currency ORDER BY p.seq) AS running
          FROM postings p WHERE WITHIN(p) AND p.account = 'debt') AS each
 WHERE running < 0
 ORDER BY member_id, currency, seq
"""

CHECKS = (
    Check("wallets hold the sum of their postings", ALONG_MEMBERS, _SUMS),
    Check("postings are numbered without a gap", ALONG_MEMBERS, _NUMBERS),
    Check("every balance follows from its history, none below zero", ALONG_MEMBERS, _BALANCES),
    Check("debts are the sum of their postings", ALONG_MEMBERS, _DEBTS),
    Check("no debt is repaid twice", ALONG_MEMBERS, _REPAID),
)
