"""Live positions: what each party owes by now, from sums, without a look at single entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from stoa.services import journal
from stoa.services.clearing import parties
from stoa.services.clearing.periods import last_day, next_period
from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.statements import PointsAccount, StatementLine
from stoa.values.clearing.sums import Party, Sum, lines_of, points_of
from stoa.values.clearing.sums import positions as nets
from stoa.work import Work, alliance_wide

__all__ = ["Owed", "Position", "matrix", "position_of", "positions"]


@dataclass(frozen=True, slots=True)
class Position:
    """What a party owes (above zero) or is owed, exact, since the last close and in all.

    Attributes:
        period: the first that is open: the lines are of it and of those after it.
        opening: what the last close came to.
        net: opening and lines: what it would be if all closed now.
        place: of the log, up to which postings are in it; `behind` postings are not yet.
    """

    partner_id: Party
    points_currency: str
    money_currency: str
    period: str
    mode: Mode
    opening: Decimal
    lines: tuple[StatementLine, ...]
    net: Decimal
    points: PointsAccount
    place: int
    behind: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What one party owes another, exact; what it owes itself is a memo."""

    debtor: Party
    creditor: Party
    points: int
    amount: Decimal


_MARK = "SELECT place FROM money_mark WHERE name = 'journal'"
_FIRST, _LAST = "0000-00", "9999-12"


@alliance_wide  # what is told of it is the party's own
def position_of(work: Work, partner_id: Party, *, currency: str = "") -> Position:
    """Return what one party owes by now; ``None`` is the operator."""
    return _positions(work, currency, [partner_id])[0]


@alliance_wide
def positions(work: Work, *, currency: str = "") -> list[Position]:
    """Return the positions of all parties with any, partners by their codes, the operator last."""
    return _positions(work, currency, None)


@alliance_wide
def matrix(work: Work, *, currency: str = "", period: str = "") -> list[Owed]:
    """Return who owes whom in a period, or in all that are open: gross, before netting.

    Partners by their codes, the operator last.
    """
    currency = currency or work.programme.currency
    since = period or next_period(work, currency)
    sums = journal.sums(work, currency, since=since, until=period or _LAST)
    pairs: dict[tuple[Party, Party], list[Sum]] = {}
    for each in sums:
        if each.amount and (each.debtor is not None or each.creditor is not None):
            pairs.setdefault((each.debtor, each.creditor), []).append(each)
    code_of = parties.begin(work, currency, since, last_day(since)).code_of

    def place(party: Party) -> tuple[bool, str]:
        return party is None, "" if party is None else code_of(party)

    return [
        Owed(
            debtor, creditor, sum(each.points for each in pairs[debtor, creditor]),
            sum((each.amount for each in pairs[debtor, creditor]), Decimal(0)),
        )
        for debtor, creditor in sorted(pairs, key=lambda pair: (place(pair[0]), place(pair[1])))
    ]  # fmt: skip


def _positions(work: Work, currency: str, wanted: Sequence[Party] | None) -> list[Position]:
    currency = currency or work.programme.currency
    period = next_period(work, currency)
    sums = journal.sums(work, currency, since=_FIRST, until=_LAST)
    before = [each for each in sums if each.period < period]
    now = [each for each in sums if each.period >= period]
    closing = parties.begin(work, currency, period, last_day(period))
    openings, all_nets = nets(before), nets(sums)
    if wanted is None:
        known = {each.issuer for each in sums} | set(all_nets)
        found = sorted((each for each in known if each is not None), key=closing.code_of)
        wanted = [*found, None]
    place, behind = work.rows(_MARK)[0][0], journal.behind(work)
    return [
        Position(
            party, currency, closing.money_currency, period, closing.mode,
            openings.get(party, Decimal(0)),
            lines_of(party, now, period=period, code_of=closing.code_of),
            all_nets.get(party, Decimal(0)), points_of(party, before=before, now=now), place,
            behind,
        )
        for party in wanted
    ]  # fmt: skip
