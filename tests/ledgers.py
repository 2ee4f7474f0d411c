"""All that an alliance has written about points, in words that two databases can share.

Ids and the times of writing are drawn anew each time; here members go by their names, partners and
stores by their codes, and transactions by what they are about.
"""

from typing import Any, LiteralString

from stoa.work import Actor, Desk

_MEMBERS = "SELECT id, display_name FROM members"
_PARTNERS = "SELECT id, code FROM partners"
_STORES = (
    "SELECT s.id, p.code || '/' || s.code FROM stores s JOIN partners p ON p.id = s.partner_id"
)
_SUBJECTS = """
SELECT p.id, concat_ws(' ', 'purchase', p.receipt_no, p.terminal, p.business_date, s.code, a.code)
  FROM purchases p JOIN stores s ON s.id = p.store_id JOIN partners a ON a.id = p.partner_id
UNION ALL
SELECT t.id, concat_ws(' ', t.kind, t.reference, t.business_date, p.receipt_no, p.business_date)
  FROM transactions t LEFT JOIN purchases p ON p.id = t.subject_id
 WHERE t.kind NOT IN ('earn')
"""
_TABLES: dict[str, LiteralString] = {
    "wallets": "SELECT member_id, currency, available, pending, held, debt, seq FROM wallets",
    "postings": """
        SELECT member_id, seq, transaction_id, points, balance, account, partner_id, payer_id,
               reason, price, available_on, expires_on FROM postings""",
    "transactions": """
        SELECT member_id, id, kind, currency, partner_id, store_id, subject_id, reference,
               business_date, occurred_at, first_seq, reason_code, explanation
          FROM transactions WHERE kind IN ('earn', 'return')""",
    "lots": "SELECT * FROM lots",
    "lot_uses": "SELECT * FROM lot_uses",
    "receipts": "SELECT * FROM receipts",
    "purchases": """
        SELECT member_id, id, partner_id, store_id, terminal, receipt_no, business_date,
               occurred_at, money_currency, total_minor, status, lines, tenders, returned, version
          FROM purchases""",
}
_OUTBOX = """
SELECT member_id, topic, partner_id, facts - '{purchase,member,redemption}'::text[] FROM outbox
"""


def written(desk: Desk, *, events: bool = False) -> dict[str, list[str]]:
    """Return the rows of each table as texts, in an order of their own."""
    with desk.work(Actor("test")) as work:
        names: dict[Any, str] = {}
        for statement in (_MEMBERS, _PARTNERS, _STORES, _SUBJECTS):
            names |= {row[0]: row[1] for row in work.rows(statement)}
        tables = dict(_TABLES)
        if events:
            tables["outbox"] = _OUTBOX
        return {
            table: sorted(
                repr([names.get(value, value) if _plain(value) else value for value in row])
                for row in work.rows(statement)
            )
            for table, statement in tables.items()
        }


def _plain(value: object) -> bool:
    return not isinstance(value, dict | list)
