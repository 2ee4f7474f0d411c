"""Rounding of a close: what lines lose or gain by being rounded once goes to one account (§3.13).

So positions are whole minor units afterwards. What two partners owe each other rounds alike for
both, and leaves nothing on the account; with the operator at most half a minor unit a line is left.
"""

from collections.abc import Iterable
from decimal import Decimal
from uuid import uuid5

from stoa.services.clearing.parties import Closing
from stoa.services.clearing.taxes import NAMES, Side
from stoa.services.journal import NewEntry
from stoa.values.amounts import minor_exponent
from stoa.values.clearing.accounts import Account
from stoa.values.clearing.lines import Line, Source
from stoa.values.clearing.sums import Sum, lines_of
from stoa.work import Work

__all__ = ["enter"]


def enter(_work: Work, closing: Closing, sums: Iterable[Sum]) -> list[NewEntry]:
    """Return what makes each line of each partner whole."""
    known = list(sums)
    parties = {each.debtor for each in known} | {each.creditor for each in known}
    exponent = minor_exponent(closing.money_currency)
    entries = []
    for party in sorted(each for each in parties if each is not None):
        for line in lines_of(party, known, period=closing.period, code_of=closing.code_of):
            residual = Decimal(line.minor).scaleb(-exponent) - line.amount
            if line.memo or not residual:
                continue
            charged: Side
            owed: Side
            charged, owed = (Account.RECEIVABLE, party), (Account.ROUNDING, None)
            if residual < 0:
                charged, owed = owed, charged
            name = (
                f"{closing.points_currency}/{closing.period}/rounding/{party}/{line.line}/"
                f"{line.counterparty}"
            )
            entries.append(
                NewEntry(
                    closing.points_currency, closing.money_currency, closing.last_day,
                    Line.ROUNDING, charged[0], charged[1], owed[0], owed[1], abs(residual),
                    Source.PERIOD, uuid5(NAMES, name),
                )
            )  # fmt: skip
    return entries
