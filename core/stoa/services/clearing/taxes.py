"""Taxes of a close: a code for each leg, reckoned on each rounded line, once (economics §3.10).

The issue service and fees are the operator's to tax; a redemption and what others pay for benefits
are the redeemer's, whoever pays it. Memos and packs bear none: packs are taxed as they are issued.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID, uuid5

from stoa.services import rates
from stoa.services.clearing.parties import Closing, clauses_of
from stoa.services.journal import NewEntry
from stoa.values.amounts import minor_exponent
from stoa.values.clearing.accounts import Account
from stoa.values.clearing.lines import Line, Source
from stoa.values.clearing.statements import StatementLine
from stoa.values.clearing.sums import Sum, lines_of
from stoa.work import Work

__all__ = ["NAMES", "Side", "enter", "taxed"]

NAMES = UUID("6d0f3a52-3b6e-5f0c-9a3e-8c1f2b7d4e90")
"""The namespace of what a close enters: the same names on every machine (RFC 9562 §5.5)."""

Side = tuple[Account, UUID | None]
"""An account, and the party whose it is."""

_LEGS = {
    Line.ISSUED: "tax_issue", Line.CLAWBACK: "tax_issue", Line.ADJUSTMENTS: "tax_issue",
    Line.FEES: "tax_issue", Line.BURNED: "tax_redemption", Line.BENEFITS: "tax_third_party",
    Line.COUPONS: "tax_third_party",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Leg:
    code: str
    rate: Decimal


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
    name = _LEGS.get(Line(line.line))
    if name is None or line.memo or not line.minor:
        return line
    other = ids[line.counterparty] if line.counterparty else None
    provider = other if party is None or (other is not None and line.minor > 0) else party
    if provider is None:
        return line
    code: str = getattr(clauses_of(work, provider, closing.last_day), name)
    if not code:
        return line
    leg = _Leg(code, rates.tax_of(work, code, closing.last_day).rate)
    minor = int((line.minor * leg.rate).to_integral_value(ROUND_HALF_UP))
    return replace(line, tax_code=leg.code, tax_rate=leg.rate, tax_minor=minor)


def _entry(closing: Closing, party: UUID, line: StatementLine) -> NewEntry:
    ids = {entity.code: each for each, entity in closing.entities.items()}
    amount = Decimal(abs(line.tax_minor)).scaleb(-minor_exponent(closing.money_currency))
    other = ids[line.counterparty] if line.counterparty else None
    charged: Side
    owed: Side
    if other is not None:
        charged, owed = (Account.RECEIVABLE, party), (Account.PAYABLE, other)
    elif _LEGS[Line(line.line)] == "tax_issue":
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
