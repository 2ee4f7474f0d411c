"""The campaigns of a book, read once and remembered; near a store on a day are only some."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from stoa.services import calendars, rulebook
from stoa.services.rulebook import Book
from stoa.values.campaigns import BOUGHT, Campaign, holds_on, local_facts, read_campaign
from stoa.values.conditions import Condition, Facts
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Campaigns", "Near", "at", "compiled", "meet", "now"]

_MOST_PLACES = 4096
_ON_RECEIPT = BOUGHT | {"hour"}
_MOST_BOOKS = 200


@dataclass(frozen=True, slots=True)
class Near:
    """The campaigns that may hold at a store on a day.

    Attributes:
        facts: what is the same for all its purchases, of what they ask for.
        names: of all facts that they ask for.
        open: those that a receipt or the hour may still rule out, by their places.
        plans: what is wanted of a member, by which of these are ruled out; filled as it is asked.
    """

    campaigns: tuple[Campaign, ...]
    facts: Facts
    names: frozenset[str]
    open: tuple[tuple[int, Condition], ...]
    plans: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Campaigns:
    """All campaigns of a book; immutable but for what it remembers of places and days.

    Attributes:
        version: of the book; 0 of the empty one.
        campaigns: by code.
        partners: the public ids of partners who pay, by their codes.
        segments: those that are in the book.
    """

    version: int
    campaigns: tuple[Campaign, ...]
    partners: Mapping[str, str]
    segments: frozenset[str]
    _near: dict[tuple[str, str, str, date], Near] = field(
        default_factory=dict, repr=False, compare=False
    )

    def near(self, partner: str, store: str, channel: str, day: date) -> Near:
        """Return what purchases of a store may get on its business day, remembered.

        Args:
            partner: the partner's code; likewise `store`.
        """
        key = (partner, store, channel, day)
        found = self._near.get(key)
        if found is None:
            if len(self._near) >= _MOST_PLACES:
                self._near.clear()
            found = self._near[key] = self._find(partner, store, channel, day)
        return found

    def _find(self, partner: str, store: str, channel: str, day: date) -> Near:
        local = local_facts(
            partner=partner, store=store, channel=channel, day=day,
            holidays=calendars.holidays_on(day),
        )  # fmt: skip
        conditions = [each.condition for each in self.campaigns if each.condition]
        asks = {ask.fact.name for condition in conditions for ask in condition.asks}
        return _near_of(self.campaigns, day, local, frozenset({"channel"} & asks))


def now(work: Work) -> Campaigns | None:
    """Return the campaigns of the book that was met last; ``None`` before the first one."""
    found: Campaigns | None = work.memo.get("campaigns.now")
    return found


def at(work: Work, version: int) -> Campaigns:
    """Return the campaigns of a book, remembered between works.

    Raises:
        RuleUnknownError: there is no such book.
    """
    known: dict[int, Campaigns] = work.memo.setdefault("campaigns", {})
    found = known.get(version)
    if found is None:
        if len(known) >= _MOST_BOOKS:
            known.clear()
        found = known[version] = compiled(work, rulebook.at(work, version))
    return found


def meet(work: Work, version: int) -> Campaigns:
    """Return the campaigns of the book that holds now, and keep them at hand for the next one."""
    found = at(work, version)
    work.memo["campaigns.now"] = found
    return found


_PARTNERS = "SELECT code, id FROM partners WHERE code = ANY(%s)"


def compiled(work: Work, book: Book) -> Campaigns:
    """Read the campaigns of a book, or of a draft of one; nothing is remembered."""
    campaigns = tuple(
        read_campaign(kept.document, code, kept.version)
        for code, kept in book.of("campaign").items()
    )
    codes = {
        payer.payer.removeprefix("prt:")
        for each in campaigns
        for payer in each.payers
        if payer.payer.startswith("prt:")
    }
    rows = work.rows(_PARTNERS, (sorted(codes),)) if codes else []
    partners = {code: public_id("prt", partner_id) for code, partner_id in rows}
    return Campaigns(
        book.version, campaigns, MappingProxyType(partners), frozenset(book.of("segment"))
    )


def _near_of(
    campaigns: Sequence[Campaign], day: date, local: Facts, always: frozenset[str]
) -> Near:
    found = tuple(each for each in campaigns if holds_on(each, day, local))
    asked = [
        {ask.fact.name for ask in each.condition.asks} if each.condition else set[str]()
        for each in found
    ]
    names = frozenset[str]().union(*asked)
    facts = {name: value for name, value in local.items() if name in names | always}
    still_open = tuple(
        (place, each.condition)
        for place, each in enumerate(found)
        if each.condition is not None and asked[place] & _ON_RECEIPT
    )
    return Near(found, facts, names, still_open)
