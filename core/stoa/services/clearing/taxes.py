"""Taxes of a close: a code for each leg, reckoned on each rounded line, once (economics §3.10).

The issue service and fees are the operator's to tax; a redemption and what others pay for benefits
are the redeemer's, whoever pays it. Memos and packs bear none: packs are taxed as they are issued.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid5

from stoa.services import rates
from stoa.services.clearing.parties import Closing, clauses_of
from stoa.services.journal import NewEntry
from stoa.values.amounts import Money, minor_exponent
from stoa.values.clearing.accounts import Account
from stoa.values.clearing.lines import Line, Source
from stoa.values.clearing.statements import StatementLine
from stoa.values.clearing.sums import Sum, lines_of
from stoa.values.clearing.taxes import Leg, code_of
from stoa.values.clearing.taxes import taxed as taxed_line
from stoa.work import Work

__all__ = ["NAMES", "Side", "enter", "taxed"]

NAMES = UUID("6d0f3a52-3b6e-5f0c-9a3e-8c1f2b7d4e90")
"""The namespace of what a close enters: the same names on every machine (RFC 9562 §5.5)."""

Side = tuple[Account, UUID | None]
"""An account, and the party whose it is."""

_LEGS = {
    Line.ISSUED: Leg.ISSUE, Line.CLAWBACK: Leg.ISSUE, Line.ADJUSTMENTS: Leg.ISSUE,
    Line.FEES: Leg.ISSUE, Line.BURNED: Leg.REDEMPTION, Line.BENEFITS: Leg.THIRD_PARTY,
    Line.COUPONS: Leg.THIRD_PARTY,
}  # fmt: skip


def taxed(
    work: Work, closing: Closing, partner_id: UUID | None, lines: Iterable[StatementLine]
) -> list[StatementLine]:
    """Return a party's lines with their taxes."""
    ids = {entity.code: each for each, entity in closing.entities.items()}
    return [_taxed(work, closing, partner_id, line, ids) for line in lines]


def enter(work: Work, closing: Closing, sums: Iterable[Sum]) -> list[NewEntry]:
    """Return the taxes of a period, of each pair of parties once."""
    known = list(sums)
    parties = {each.debtor for each in known} | {each.creditor for each in known}
    entries = []
    for party in sorted(each for each in parties if each is not None):
        lines = lines_of(party, known, period=closing.period, code_of=closing.code_of)
        entries += [
            _entry(closing, party, line)
            for line in taxed(work, closing, party, lines)
            if line.tax_minor and not (line.counterparty and line.minor < 0)
        ]
    return entries


def _taxed(
    work: Work, closing: Closing, party: UUID | None, line: StatementLine, ids: Mapping[str, UUID]
) -> StatementLine:
    leg = _LEGS.get(Line(line.line))
    if leg is None or line.memo or not line.minor:
        return line
    other = ids[line.counterparty] if line.counterparty else None
    provider = other if party is None or (other is not None and line.minor > 0) else party
    if provider is None:
        return line
    code = code_of(clauses_of(work, provider, closing.last_day), leg)
    if not code:
        return line
    net = Money(line.minor, closing.money_currency)
    found = taxed_line(net, code=code, rate=rates.tax_of(work, code, closing.last_day).rate)
    return replace(line, tax_code=code, tax_rate=found.rate, tax_minor=found.tax.minor)


def _entry(closing: Closing, party: UUID, line: StatementLine) -> NewEntry:
    ids = {entity.code: each for each, entity in closing.entities.items()}
    amount = Decimal(abs(line.tax_minor)).scaleb(-minor_exponent(closing.money_currency))
    other = ids[line.counterparty] if line.counterparty else None
    charged: Side
    owed: Side
    if other is not None:
        charged, owed = (Account.RECEIVABLE, party), (Account.PAYABLE, other)
    elif _LEGS[Line(line.line)] is Leg.ISSUE:
        charged, owed = (Account.RECEIVABLE, party), (Account.TAX_OUTPUT, None)
    else:
        charged, owed = (Account.PAYABLE, party), (Account.TAX_INPUT, None)
    if line.tax_minor < 0:
        charged, owed = owed, charged
    name = f"{closing.points_currency}/{closing.period}/tax/{party}/{line.line}/{other}"
    return NewEntry(
        closing.points_currency, closing.money_currency, closing.last_day, Line.TAX,
        charged[0], charged[1], owed[0], owed[1], amount, Source.PERIOD, uuid5(NAMES, name),
        rate=line.tax_rate,
    )  # fmt: skip
