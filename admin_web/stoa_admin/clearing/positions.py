"""Positions: what every party owes or is owed by now, who owes whom, and what is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import render_template, request
from werkzeug import Response

from stoa.services import clearing, journal, rosters
from stoa.services.clearing import Owed, Position
from stoa.values.amounts import Money
from stoa.values.identifiers import public_id
from stoa.values.sheets import Amount, Column, Fact, Row, Sheet, Table
from stoa_admin.clearing.common import (
    Parties,
    exact,
    line_name,
    now,
    parties,
    points_currency,
    tag,
    written,
)
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["doors", "entries", "export", "of", "page"]

doors = Room("positions", __name__, reads="clearing.read")

_ENTRIES = 100
_HALF = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """A party's row: what it is called, what it owes, and its bar from the middle."""

    name: str
    address: str
    position: Position
    opening: Money
    moved: Money
    net: Money
    bar: tuple[int, int]

    @property
    def direction(self) -> str:
        """What the position says in one word."""
        return "owes" if self.net.minor > 0 else "gets" if self.net.minor < 0 else "even"


@doors.get("/clearing")
def page() -> str:
    """Show the live positions of all parties, and who owes whom."""
    with open_work() as work:
        found = clearing.positions(work)
        owed = clearing.matrix(work)
        known = parties(work)
    rows = _standings(found, known)
    return render_template(
        "admin/clearing/positions.html", rows=rows, any=found[0],
        total=sum((each.position.net for each in rows), Decimal(0)),
        matrix=_matrix(owed, known, found[0].money_currency),
        points=_points(found), tab="positions",
    )  # fmt: skip


@doors.get("/clearing/positions.<kind>")
def export(kind: str) -> Response:
    """Hand the positions over as CSV or as a workbook."""
    with open_work() as work:
        found = clearing.positions(work)
        known = parties(work)
    one = found[0]
    columns = (
        Column(gettext("Partner")), Column(gettext("Opening"), number=True),
        Column(gettext("This period"), number=True), Column(gettext("Net"), number=True),
        Column(gettext("Points issued"), number=True),
        Column(gettext("Points redeemed"), number=True),
        Column(gettext("Points outstanding"), number=True),
    )  # fmt: skip
    rows = tuple(
        Row((
            known.name(each.partner_id), Amount(each.opening, 4),
            Amount(each.net - each.opening, 4), Amount(each.net, 4),
            each.points.issued + each.points.clawback, each.points.burned, each.points.closing,
        ))
        for each in found
    )  # fmt: skip
    total = sum((each.net for each in found), Decimal(0))
    sheet = Sheet(
        gettext("Live positions"), f"positions-{one.period}", tag(), now(), (),
        (Fact(gettext("Period"), one.period), Fact(gettext("Money"), one.money_currency)),
        (Table(
            gettext("Live positions"), columns,
            (*rows, Row((gettext("All together"), None, None, Amount(total, 4), None, None, None),
                        total=True)),
        ),),
        (gettext("Above zero a party owes, below zero it is owed."),),
    )  # fmt: skip
    return written(sheet, kind, back=to("positions.page"))


@doors.get("/clearing/positions/<partner>")
def of(partner: str) -> str:
    """Show what one partner owes by now, line by line."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        found = clearing.position_of(work, partner_id)
        known = parties(work)
    (row,) = _standings([found], known)
    return render_template(
        "admin/clearing/position.html", partner=line, row=row, position=found, known=known,
        line_name=line_name, exact=exact, tab="positions",
    )  # fmt: skip


@doors.get("/clearing/positions/<partner>/entries")
def entries(partner: str) -> str:
    """Show the entries behind one line of a live position."""
    partner_id = id_of("prt", partner)
    line, other = request.args.get("line", ""), request.args.get("with", "")
    with open_work() as work:
        who = rosters.partner(work, partner_id)
        known = parties(work)
        period = clearing.next_period(work, points_currency())
        found = journal.entries_of(
            work, points_currency(), period, line=line, partner_id=partner_id,
            other_id=known.id_of(other) or journal.OPERATOR, limit=_ENTRIES + 1,
            after=request.args.get("after", 0, int),
        )  # fmt: skip
    return render_template(
        "admin/clearing/entries.html", found=found[:_ENTRIES], more=len(found) > _ENTRIES,
        known=known, period=period, line=line, line_name=line_name, tab="positions",
        back=("positions.of", {"partner": partner}, who.name),
        here_door=("positions.entries", {"partner": partner, "line": line, "with": other}),
    )  # fmt: skip


def _standings(found: Sequence[Position], known: Parties) -> list[Standing]:
    highest = max((abs(each.net) for each in found), default=Decimal(0)) or Decimal(1)
    return [_standing(each, known, highest) for each in found]


def _standing(each: Position, known: Parties, highest: Decimal) -> Standing:
    money = each.money_currency
    width = int(abs(each.net) * _HALF / highest)
    return Standing(
        known.name(each.partner_id),
        public_id("prt", each.partner_id) if each.partner_id else "", each,
        exact(each.opening, money), exact(each.net - each.opening, money), exact(each.net, money),
        (_HALF if each.net > 0 else _HALF - width, width),
    )  # fmt: skip


def _matrix(owed: Sequence[Owed], known: Parties, money: str) -> dict[str, Any]:
    """Return who is in it, and each row's cells: what its party owes each of the others."""
    names: list[UUID | None] = []
    for each in owed:
        names += [party for party in {each.debtor, each.creditor} if party not in names]
    names.sort(key=lambda party: (party is None, known.code(party)))
    cells = {(each.debtor, each.creditor): each.amount for each in owed}
    return {
        "names": [(known.name(party), known.code(party)) for party in names],
        "rows": [
            (known.name(debtor), [
                exact(cells[debtor, creditor], money) if (debtor, creditor) in cells else None
                for creditor in names
            ], debtor)
            for debtor in names
        ],
    }  # fmt: skip


def _points(found: Sequence[Position]) -> dict[str, int]:
    return {
        "issued": sum(each.points.issued + each.points.clawback for each in found),
        "redeemed": -sum(each.points.burned for each in found),
        "outstanding": sum(each.points.closing for each in found),
    }
