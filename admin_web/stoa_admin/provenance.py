"""One entry of a member's history: which lots its points came of, who pays, by which rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flask import abort, render_template

from stoa.errors import EntryUnknownError
from stoa.services import ledger, log, provenance, rosters
from stoa.services.provenance import LotOf, Movement
from stoa.values.identifiers import public_id
from stoa.values.speech import Speech
from stoa_admin.explain import Line, Places, explain, speech
from stoa_admin.front import id_of, open_work
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = ["doors", "page"]

doors = Room("provenance", __name__, reads="ledger.read")

_ACCOUNTS = {
    "burned": noted("Redeemed"),
    "expired": noted("Expired"),
    "issued": noted("Taken back with goods"),
    "debt": noted("Paid back what was owed"),
    "adjusted": noted("Adjusted by the staff"),
    "exchanged": noted("Moved to another wallet"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One posting on the way of a lot, with the wallet it is in."""

    member: str
    seq: int
    line: Line


@dataclass(frozen=True, slots=True)
class Source:
    """A lot as it is read: the steps from this wallet back to the earning.

    Attributes:
        issuer: public id and name of the partner; empty for the operator.
        payer: the same of who pays.
        price: of one point, without trailing zeros.
        rules: the versions that were kept, each as label, number, and whether it is the issuer's.
    """

    points: int
    steps: tuple[Step, ...]
    issuer: tuple[str, str]
    payer: tuple[str, str]
    price: str
    plugin: str
    rules: tuple[tuple[str, int, bool], ...]
    whole: bool

    @property
    def source(self) -> Step:
        """The posting that earned the points."""
        return self.steps[-1]


@doors.get("/members/<member>/entries/<int:seq>")
def page(member: str, seq: int) -> str:
    """Show where the points of one entry came from, and what became of those it brought."""
    member_id = id_of("mem", member)
    with open_work() as work:
        sheet = rosters.member(work, member_id)
        try:
            told = provenance.explain(work, member_id, work.programme.currency, seq)
        except EntryUnknownError:
            abort(404)
        places, said = rosters.places(work), speech(work)
        money = work.programme.money_currency
        currency = told.entry.currency
        near = ledger.history(work, member_id, currency, before=seq + 2, limit=1)
        proof = log.proof_of(work, member_id, currency, seq)
    taken = told.fate.taken if told.fate else {}
    return render_template(
        "admin/entry.html",
        sheet=sheet,
        member=member,
        line=explain(told.entry, places, said),
        price=_price(told.entry.price) if told.entry.account == "burned" else "",
        money=money,
        brought=_source(told.lot, places, said) if told.lot else None,
        fate=told.fate,
        taken=[(_way(account), points) for account, points in sorted(taken.items())],
        lots=_sources(told.lots, places, said),
        owed=told.owed,
        proof=proof,
        later=any(each.seq > seq for each in near),
    )


def _sources(lots: Sequence[LotOf], places: Places, said: Speech) -> list[Source]:
    return [_source(lot, places, said) for lot in lots]


def _source(lot: LotOf, places: Places, said: Speech) -> Source:
    source = lot.source
    steps = tuple(
        Step(public_id("mem", each.member_id), each.seq, explain(each, places, said))
        for each in lot.chain
    )
    return Source(
        lot.points, steps, _partner(source.issuer_id, places), _partner(source.payer_id, places),
        _price(source.price), _plugin(source), _rules(source), lot.whole,
    )  # fmt: skip


def _partner(partner_id: UUID | None, places: Places) -> tuple[str, str]:
    if partner_id is None:
        return "", ""
    return public_id("prt", partner_id), places.get(partner_id, ("", ""))[1]


def _price(price: Decimal | None) -> str:
    return "" if price is None else format(price.normalize(), "f")


def _plugin(source: Movement) -> str:
    versions = source.versions
    return " ".join(part for part in (versions.plugin, versions.plugin_version) if part)


def _rules(source: Movement) -> tuple[tuple[str, int, bool], ...]:
    versions = source.versions
    by_issuer = source.issuer_id is not None
    rules = (
        (gettext("Settings"), versions.partner, by_issuer),
        (gettext("Agreement"), versions.agreement, by_issuer),
        (gettext("Terms of the points"), versions.currency, False),
    )
    return tuple((label, number, linked) for label, number, linked in rules if number is not None)


def _way(account: str) -> str:
    return gettext(_ACCOUNTS[account]) if account in _ACCOUNTS else account
