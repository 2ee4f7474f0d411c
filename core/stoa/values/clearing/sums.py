"""Sums of journal entries, and what they come to for one party: lines, points, a position.

An entry's debtor owes its creditor the amount; ``None`` is the operator, a party like any other. So
positions of all parties add up to zero, whatever is added up.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from stoa.values.clearing.lines import ON_STATEMENTS, POINTS_OF, Line
from stoa.values.clearing.statements import PointsAccount, Rated, StatementLine, minor_of

__all__ = ["Party", "Sum", "lines_of", "points_of", "positions"]

Party = UUID | None
"""A partner, or the operator."""

_NOTHING = Decimal(0)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sum:
    """Entries of one kind, added up.

    Attributes:
        effective_on: the first day of the period, or the day before it of what came late.
        rate: money per point; ``None`` of what is not by the point.
        amount: what `debtor` owes `creditor`, exact.
        first_place: of the log, of the first posting among them; ``None`` where there is none.
    """

    money_currency: str
    period: str
    effective_on: date
    line: str
    debit: str
    debtor: Party
    credit: str
    creditor: Party
    issuer: Party
    rate: Decimal | None
    points: int
    amount: Decimal
    entries: int
    first_place: int | None
    last_place: int | None

    def owed_by(self, party: Party) -> Decimal:
        """Return what a party owes by it: below zero what it is owed, zero what it owes itself."""
        return self.amount * ((self.debtor == party) - (self.creditor == party))

    def other(self, party: Party) -> Party:
        """Return whom a party of it deals with."""
        return self.creditor if self.debtor == party else self.debtor


def positions(sums: Iterable[Sum]) -> dict[Party, Decimal]:
    """Return what each party owes (above zero) or is owed, exact; together they are zero."""
    found: dict[Party, Decimal] = {}
    for each in sums:
        found[each.debtor] = found.get(each.debtor, _NOTHING) + each.amount
        found[each.creditor] = found.get(each.creditor, _NOTHING) - each.amount
    return found


def points_of(party: Party, *, before: Iterable[Sum], now: Iterable[Sum]) -> PointsAccount:
    """Return the points of a party's lots over a period.

    Args:
        before: the sums of all earlier periods.
        now: those of the period.
    """
    moved = dict.fromkeys(POINTS_OF.values(), 0)
    opening = sum(each.points for each in before if each.issuer == party and _moves(each))
    for each in now:
        if each.issuer == party and _moves(each):
            moved[POINTS_OF[Line(each.line)]] += each.points
    return PointsAccount(opening=opening, **moved)


def lines_of(
    party: Party, sums: Iterable[Sum], *, period: str, code_of: Callable[[UUID], str]
) -> tuple[StatementLine, ...]:
    """Return a party's lines of a period, without tax: one for each line and counterparty.

    Each is rounded once. What the party owes itself is a memo and comes to nothing.

    Args:
        code_of: the code by which a partner stands on the paper.
    """
    parts: dict[tuple[int, str, bool], list[Sum]] = {}
    for each in sums:
        if each.line not in ON_STATEMENTS or party not in (each.debtor, each.creditor):
            continue
        other = each.other(party)
        if party is None and other is None:
            continue
        own = each.debtor == each.creditor
        key = (ON_STATEMENTS.index(Line(each.line)), "" if other is None else code_of(other), own)
        parts.setdefault(key, []).append(each)
    first = date.fromisoformat(f"{period}-01")
    return tuple(_line(party, key, parts[key], first) for key in sorted(parts))


def _moves(each: Sum) -> bool:
    return each.line in POINTS_OF


def _line(
    party: Party, key: tuple[int, str, bool], sums: Sequence[Sum], first: date
) -> StatementLine:
    place, counterparty, memo = key
    rates: dict[Decimal | None, list[Sum]] = {}
    for each in sums:
        rates.setdefault(each.rate, []).append(each)
    amount = sum((_amount(each, party) for each in sums), _NOTHING)
    return StatementLine(
        line=ON_STATEMENTS[place].value, counterparty=counterparty,
        points=sum(each.points for each in sums), amount=amount,
        minor=0 if memo else minor_of(amount, sums[0].money_currency),
        entries=sum(each.entries for each in sums),
        rates=tuple(
            Rated(
                rate, sum(each.points for each in some),
                sum((_amount(each, party) for each in some), _NOTHING),
                sum(each.entries for each in some),
            )
            for rate, some in sorted(rates.items(), key=_by_rate)
        ),
        first_place=_first(min, (each.first_place for each in sums)),
        last_place=_first(max, (each.last_place for each in sums)),
        late=tuple(sorted({each.effective_on for each in sums if each.effective_on < first})),
        memo=memo,
    )  # fmt: skip


def _amount(each: Sum, party: Party) -> Decimal:
    return each.amount if each.debtor == each.creditor else each.owed_by(party)


def _by_rate(item: tuple[Decimal | None, object]) -> tuple[bool, Decimal]:
    return item[0] is not None, item[0] or _NOTHING


def _first(pick: Callable[[Iterable[int]], int], places: Iterable[int | None]) -> int | None:
    found = [place for place in places if place is not None]
    return pick(found) if found else None
