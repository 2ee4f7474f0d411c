"""Tables: each figure once, for the page, for the chart that is drawn from it, and for files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from stoa.services.rollups import Crossing, Outcome, Overview
from stoa.values.amounts import minor_exponent
from stoa.values.sheets import Amount, Cell, Column, Fact, Row, Sheet, Table
from stoa_admin import texts
from stoa_admin.clearing.common import now, tag
from stoa_admin.language import gettext, language

__all__ = ["OF_ALLIANCE", "OF_PARTNER", "Source", "as_sheet", "table"]


@dataclass(frozen=True, slots=True)
class Source:
    """What tables are made of.

    Attributes:
        own: the partner whose overview it is; ``None`` for the alliance's.
    """

    seen: Overview
    outcomes: Sequence[Outcome] = ()
    own: UUID | None = None

    def name(self, partner: UUID | None, nobody: str) -> str:
        """Return what a partner is called."""
        names = {each.id: each.name for each in self.seen.partners}
        return nobody if partner is None else names.get(partner, gettext("Another partner"))


def _days(source: Source) -> Table:
    labels = (
        gettext("Issued"), gettext("Redeemed"), gettext("Taken back"), gettext("Expired"),
        gettext("Net"),
    )  # fmt: skip
    rows = [
        (each.day, it.issued, it.redeemed, it.taken_back, it.expired, it.net)
        for each in source.seen.days
        for it in (each.figures,)
    ]
    return _table(gettext("Points by day"), (gettext("Day"),), labels, rows)


def _months(source: Source) -> Table:
    rows = [(texts.month(first), count) for first, count in source.seen.months]
    return _table(
        gettext("Active members by month"), (gettext("Month"),), (gettext("Active members"),), rows
    )


def _partners(source: Source) -> Table:
    labels = (
        gettext("Issued"), gettext("Issued before"), gettext("Redeemed"),
        gettext("Redeemed before"), gettext("Taken back"), gettext("Net"),
        gettext("Active members"), gettext("Active before"),
    )  # fmt: skip
    rows = [
        (
            each.name, each.now.issued, each.before.issued, each.now.redeemed, each.before.redeemed,
            each.now.taken_back, each.now.net, each.active, each.active_before,
        )
        for each in source.seen.partners
    ]  # fmt: skip
    return _table(gettext("By partner"), (gettext("Partner"),), labels, rows)


def _crossing(source: Source) -> Table:
    rows = [
        (
            source.name(each.issuer_id, gettext("Operator")),
            source.name(each.partner_id, gettext("Programme")),
            each.points, _money(source, each.amount), *_shared(source, each),
        )
        for each in source.seen.crossing
    ]  # fmt: skip
    return _table(
        gettext("Who feeds whom"), (gettext("Issued by"), gettext("Redeemed at")),
        (gettext("Points"), _amount_in(source), gettext("Members at both")), rows,
    )  # fmt: skip


def _shared(source: Source, crossing: Crossing) -> tuple[int | None]:
    both = {crossing.issuer_id, crossing.partner_id}
    found = (
        each.members for each in source.seen.shared if {each.partner_id, each.other_id} == both
    )
    return (next(found, None),)


def _own_crossing(source: Source) -> Table:
    """Sum what comes from others and goes to them: a partner learns no other's figures."""
    here = Decimal(0)
    sums = dict.fromkeys(("own", "out", "in"), 0)
    for each in source.seen.crossing:
        kind = "out" if each.partner_id != source.own else "in"
        kind = "own" if kind == "in" and each.issuer_id == source.own else kind
        sums[kind] += each.points
        here += each.amount if kind == "in" else 0
    rows: list[tuple[Cell, ...]] = [
        (gettext("Your points, redeemed with you"), sums["own"], None),
        (gettext("Your points, redeemed at others"), sums["out"], None),
        (gettext("Points of others, redeemed with you"), sums["in"], _money(source, here)),
    ]
    return _table(
        gettext("Where points come from and go to"), (gettext("Points"),),
        (gettext("Redeemed"), _amount_in(source)), rows,
    )  # fmt: skip


def _tiers(source: Source) -> Table:
    rows = [
        (f"{each.from_tier or '–'} → {each.to_tier or '–'}", each.ladder, each.moves)
        for each in source.seen.movements
    ]
    return _table(
        gettext("Moves between tiers"), (gettext("Move"), gettext("Ladder")),
        (gettext("Members"),), rows,
    )  # fmt: skip


def _campaigns(source: Source) -> Table:
    money = source.seen.worth.currency
    rows = [
        (
            each.name.of(str(language())), each.points, each.members,
            _minor(each.each_minor, money),
            None if each.held_each_minor is None else _minor(each.held_each_minor, money),
            None if each.more_percent is None else Amount(Decimal(each.more_percent), 0),
        )
        for each in source.outcomes
    ]  # fmt: skip
    labels = (
        gettext("Points paid"), gettext("Members"), gettext("Spend each, %(money)s", money=money),
        gettext("Spend each of those left out"), gettext("More in percent"),
    )  # fmt: skip
    return _table(gettext("Campaigns against those left out"), (gettext("Campaign"),), labels, rows)


def _expiring(source: Source) -> Table:
    rows = [(texts.month(first), points) for first, points in source.seen.expiring]
    return _table(gettext("Expiring ahead"), (gettext("Month"),), (gettext("Points"),), rows)


OF_ALLIANCE: Mapping[str, Callable[[Source], Table]] = MappingProxyType(
    {
        "days": _days,
        "months": _months,
        "partners": _partners,
        "crossing": _crossing,
        "tiers": _tiers,
        "campaigns": _campaigns,
        "expiring": _expiring,
    }
)
"""The tables of the operator's overview, by the name of their file."""

OF_PARTNER: Mapping[str, Callable[[Source], Table]] = MappingProxyType(
    {"days": _days, "months": _months, "crossing": _own_crossing}
)
"""The tables of a partner's overview."""


def table(name: str, source: Source) -> Table:
    """Return a table of the overview.

    Raises:
        KeyError: there is none of the name.
    """
    return (OF_ALLIANCE if source.own is None else OF_PARTNER)[name](source)


def as_sheet(name: str, source: Source) -> Sheet:
    """Return a table as a document of its own: what it is of, and when it was read.

    Raises:
        KeyError: there is none of the name.
    """
    made, span = table(name, source), source.seen.span
    facts = (
        Fact(gettext("From"), span.period.start), Fact(gettext("To"), span.last),
        Fact(gettext("Points currency"), source.seen.currency),
    )  # fmt: skip
    number = f"{name}-{span.period.start.isoformat()}-{span.last.isoformat()}"
    return Sheet(made.caption, number, tag(), now(), (), facts, (made,))


def _table(
    caption: str, heads: Sequence[str], numbers: Sequence[str], rows: Sequence[tuple[Cell, ...]]
) -> Table:
    columns = [*(Column(each) for each in heads), *(Column(each, number=True) for each in numbers)]
    return Table(caption, tuple(columns), tuple(Row(each) for each in rows))


def _amount_in(source: Source) -> str:
    return gettext("Amount, %(money)s", money=source.seen.worth.currency)


def _money(source: Source, amount: Decimal) -> Amount:
    return Amount(amount, minor_exponent(source.seen.worth.currency))


def _minor(minor: int, currency: str) -> Amount:
    places = minor_exponent(currency)
    return Amount(Decimal(minor).scaleb(-places), places)
