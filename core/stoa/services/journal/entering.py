"""Entering what no posting says: benefits, coupons, packs; closes, disputes, payments."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from stoa.values.amounts import minor_exponents
from stoa.values.clearing.accounts import Account
from stoa.values.clearing.lines import Line, Source
from stoa.work import Work, alliance_wide

__all__ = ["NewEntry", "book_dues", "enter"]

_ENTER = "SELECT stoa_enter_money(%s::jsonb)"
_DUES = "SELECT stoa_book_dues(%s, %s, %s::jsonb, %s)"
_ALL = 10_000


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to make: `debtor` comes to owe `creditor` the amount; ``None`` is the operator.

    Attributes:
        business_date: decides the period: the first open one of that day.
        subject_id: names it, with `source` and `n`, so that it is entered once.
        amount: exact, at least zero.
        issuer: whose lots the points are of, where it moves some.
    """

    points_currency: str
    money_currency: str
    business_date: date
    line: Line
    debit: Account
    debtor: UUID | None
    credit: Account
    creditor: UUID | None
    amount: Decimal
    source: Source
    subject_id: UUID
    n: int = 0
    points: int = 0
    rate: Decimal | None = None
    issuer: UUID | None = None


def enter(work: Work, entries: Iterable[NewEntry]) -> int:
    """Enter money into the journal, each entry once for its name; return how many are new.

    They are numbered in their order, after whatever is booked.
    """
    rows = [
        {
            "points_currency": each.points_currency, "money_currency": each.money_currency,
            "business_date": each.business_date.isoformat(), "line": each.line.value,
            "debit": each.debit.value, "debit_partner_id": _id(each.debtor),
            "credit": each.credit.value, "credit_partner_id": _id(each.creditor),
            "issuer_id": _id(each.issuer), "points": each.points,
            "rate": None if each.rate is None else str(each.rate), "amount": str(each.amount),
            "source": each.source.value, "subject_id": str(each.subject_id), "n": each.n,
        }
        for each in entries
    ]  # fmt: skip
    entered: int = work.rows(_ENTER, (json.dumps(rows),))[0][0] if rows else 0
    return entered


@alliance_wide
def book_dues(work: Work, *, limit: int = _ALL) -> int:
    """Book benefits, coupons and packs that came or went since; return how many entries.

    What was paid in a money without a rate of exchange on its day waits until there is one.

    Args:
        limit: the most claims, and the most costs of coupons, of one call.
    """
    programme = work.programme
    values = (programme.currency, programme.zone, json.dumps(minor_exponents()), limit)
    booked: int = work.rows(_DUES, values)[0][0]
    return booked


def _id(partner_id: UUID | None) -> str | None:
    return None if partner_id is None else str(partner_id)
