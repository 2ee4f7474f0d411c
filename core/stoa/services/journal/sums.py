"""What the journal comes to: sums of entries, accounts in balance, and the entries behind a sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from stoa.models import NOBODY
from stoa.values.clearing.sums import Sum
from stoa.work import Work

__all__ = ["Balance", "Entry", "entries_of", "sums", "trial_balance"]


@dataclass(frozen=True, slots=True)
class Balance:
    """An account: what it was debited and credited in all."""

    account: str
    partner_id: UUID | None
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the journal, with what it came from; see `stoa.models.journal.MoneyEntry`."""

    entry_no: int
    period: str
    business_date: date
    line: str
    debit: str
    debtor: UUID | None
    credit: str
    creditor: UUID | None
    issuer: UUID | None
    points: int
    rate: Decimal | None
    amount: Decimal
    money_currency: str
    source: str
    place: int | None
    member_id: UUID | None
    seq: int | None
    lot_seq: int | None
    subject_id: UUID | None
    n: int


_SUMS = """
SELECT money_currency, period, effective_on, line, debit, nullif(debit_partner_id, %(nobody)s),
       credit, nullif(credit_partner_id, %(nobody)s), nullif(issuer_id, %(nobody)s),
       CASE WHEN rate <> 0 OR points <> 0 THEN rate END, points, amount, entries, first_place,
       last_place
  FROM {source} AS each
 WHERE points_currency = %(currency)s AND period >= %(since)s AND period <= %(until)s
 ORDER BY period, effective_on, line, debit, debit_partner_id, credit, credit_partner_id,
          issuer_id, rate, money_currency
"""
_ADDED = """(
    SELECT points_currency, money_currency, period,
           least(business_date, (period || '-01')::date) AS effective_on, line, debit,
           coalesce(debit_partner_id, %(nobody)s) AS debit_partner_id, credit,
           coalesce(credit_partner_id, %(nobody)s) AS credit_partner_id,
           coalesce(issuer_id, %(nobody)s) AS issuer_id, coalesce(rate, 0) AS rate,
           sum(points)::bigint AS points, sum(amount) AS amount, count(*) AS entries,
           min(place) AS first_place, max(place) AS last_place
      FROM money_entries GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)"""
_FROM_SUMS = _SUMS.replace("{source}", "money_sums")
_FROM_ENTRIES = _SUMS.replace("{source}", _ADDED)


def sums(
    work: Work, currency: str, *, since: str, until: str, from_entries: bool = False
) -> list[Sum]:
    """Return the sums of periods, ``YYYY-MM`` to ``YYYY-MM``, in an order that is always the same.

    A partner's actor is shown those that it is a party of.

    Args:
        from_entries: add the entries up anew, in place of reading what was added as they were kept.
    """
    values = {"currency": currency, "since": since, "until": until, "nobody": NOBODY}
    rows = work.rows(_FROM_ENTRIES if from_entries else _FROM_SUMS, values)
    return [Sum(*row) for row in rows]


_BALANCE = """
SELECT account, nullif(partner_id, %(nobody)s), sum(debit), sum(credit)
  FROM (SELECT debit AS account, debit_partner_id AS partner_id, amount AS debit, 0 AS credit,
               period FROM money_sums WHERE points_currency = %(currency)s
         UNION ALL
        SELECT credit, credit_partner_id, 0, amount, period FROM money_sums
         WHERE points_currency = %(currency)s) AS each
 WHERE account <> 'MEMO:points' AND (%(period)s = '' OR period = %(period)s)
 GROUP BY account, partner_id ORDER BY account, partner_id
"""


def trial_balance(work: Work, currency: str, *, period: str = "") -> list[Balance]:
    """Return every account's debits and credits, of one period or of all; the sums are equal."""
    values = {"currency": currency, "period": period, "nobody": NOBODY}
    return [Balance(*row) for row in work.rows(_BALANCE, values)]


_ENTRIES = """
SELECT entry_no, period, business_date, line, debit, debit_partner_id, credit, credit_partner_id,
       issuer_id, points, rate, amount, money_currency, source, place, member_id, seq, lot_seq,
       subject_id, n
  FROM money_entries
 WHERE points_currency = %(currency)s AND period = %(period)s AND entry_no > %(after)s
   AND (%(line)s = '' OR line = %(line)s)
   AND (%(partner)s::uuid IS NULL OR %(partner)s IN (
        coalesce(debit_partner_id, %(nobody)s), coalesce(credit_partner_id, %(nobody)s)))
   AND (%(other)s::uuid IS NULL OR %(other)s = CASE
        WHEN coalesce(debit_partner_id, %(nobody)s) = %(partner)s
        THEN coalesce(credit_partner_id, %(nobody)s)
        ELSE coalesce(debit_partner_id, %(nobody)s) END)
 ORDER BY entry_no LIMIT %(limit)s
"""


def entries_of(
    work: Work,
    currency: str,
    period: str,
    *,
    line: str = "",
    partner_id: UUID | None = None,
    other_id: UUID | None = None,
    after: int = 0,
    limit: int = 100,
) -> Sequence[Entry]:
    """Return entries of a period in their order, from the one after `after` on.

    Args:
        line: one of `stoa.values.clearing.lines.Line`; all by default.
        partner_id: those that it is a party of; ``NOBODY`` for the operator.
        other_id: of these, those with this party; ``NOBODY`` for the operator.
    """
    values = {
        "currency": currency, "period": period, "line": line, "partner": partner_id,
        "other": other_id, "nobody": NOBODY, "after": after, "limit": limit,
    }  # fmt: skip
    return [Entry(*row) for row in work.rows(_ENTRIES, values)]
