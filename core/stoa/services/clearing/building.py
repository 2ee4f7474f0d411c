"""Building statements: a pure function of sums, of what was agreed, and of rates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from stoa.services import rates
from stoa.services.clearing.parties import Closing, clauses_of
from stoa.services.clearing.taxes import NAMES, taxed
from stoa.values.amounts import Money, minor_exponent
from stoa.values.clearing.lines import Line
from stoa.values.clearing.money import exchanged
from stoa.values.clearing.statements import FxRate, Statement, StatementLine, minor_of
from stoa.values.clearing.sums import Sum, lines_of, points_of, positions
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Built", "build", "parties_of", "statement_id"]


@dataclass(frozen=True, slots=True)
class Built:
    """A statement with the ids by which it is kept."""

    id: UUID
    partner_id: UUID | None
    statement: Statement


def statement_id(currency: str, period: str, partner_id: UUID | None) -> UUID:
    """Return the id of a party's statement: the same on every machine."""
    return uuid5(NAMES, f"{currency}/{period}/statement/{partner_id or 'operator'}")


def parties_of(closing: Closing, before: Sequence[Sum], now: Sequence[Sum]) -> list[UUID | None]:
    """Return who gets a statement: partners with anything to tell, by their codes; the operator."""
    owing = {party for party, amount in positions(before).items() if amount}
    named = {each.debtor for each in now} | {each.creditor for each in now}
    issuing = {each.issuer for each in now}
    found = {party for party in owing | named | issuing if party is not None}
    return [*sorted(found, key=closing.code_of), None]


def build(
    work: Work,
    closing: Closing,
    partner_id: UUID | None,
    *,
    no: str,
    before: Sequence[Sum],
    now: Sequence[Sum],
) -> Built:
    """Return a party's statement.

    Args:
        no: the number of the paper.
        before: the sums of all earlier periods.
        now: those of the period, after all steps of its close.

    Raises:
        FxRateMissingError: the partner settles in a money without a rate on the last day.
        RuntimeError: the lines are not what the journal comes to: nothing may be frozen.
    """
    money, none = closing.money_currency, Decimal(0)
    exponent = minor_exponent(money)
    opening = positions(before).get(partner_id, none)
    lines = lines_of(partner_id, now, period=closing.period, code_of=closing.code_of)
    lines = tuple(_coded(taxed(work, closing, partner_id, lines)))
    opening_minor = minor_of(opening, money)
    closing_minor = opening_minor + sum(line.minor for line in lines)
    exact = opening + positions(now).get(partner_id, none)
    if Decimal(closing_minor).scaleb(-exponent) != exact:
        raise RuntimeError(
            f"the lines of {partner_id} come to {closing_minor}, the books to {exact}"
        )
    clauses = None if partner_id is None else clauses_of(work, partner_id, closing.last_day)
    settled = (clauses.settlement_currency if clauses else "") or money
    rate = rates.rate_of(work, money, settled, closing.last_day)
    issued_on = closing.last_day + timedelta(days=1)
    found = statement_id(closing.points_currency, closing.period, partner_id)
    statement = Statement(
        id=public_id("stm", found), no=no, period=closing.period,
        partner=closing.entity(partner_id), operator=closing.operator,
        points_currency=closing.points_currency, money_currency=money, mode=closing.mode.value,
        opening_minor=opening_minor, lines=lines, closing_minor=closing_minor,
        points=points_of(partner_id, before=before, now=now), settlement_currency=settled,
        settlement_minor=exchanged(Money(closing_minor, money), rate.rate, settled).minor,
        fx=None if settled == money else FxRate(
            rate.id, rate.base, rate.quote, rate.rate, rate.business_date
        ),
        issued_on=issued_on,
        due=issued_on + timedelta(days=clauses.payment_days) if clauses else None,
        disputes_until=issued_on + timedelta(days=clauses.dispute_days) if clauses else None,
    )  # fmt: skip
    return Built(found, partner_id, statement)


def _coded(lines: Sequence[StatementLine]) -> Iterator[StatementLine]:
    """Name the code of taxes with each counterparty, where it is one."""
    for line in lines:
        if line.line != Line.TAX:
            yield line
            continue
        codes = {
            each.tax_code for each in lines
            if each.counterparty == line.counterparty and each.tax_minor
        }  # fmt: skip
        yield replace(line, tax_code=codes.pop()) if len(codes) == 1 else line
