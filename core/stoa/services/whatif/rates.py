"""A rate tried: each purchase is reckoned again with the settings of now and with the draft's.

A purchase is shown to the plugin as it was stored, with the standing that its explanation keeps.
Where the rules of now come to other points than are stored, the purchase is reckoned a third time
by the rules of its own time: what those explain is `drift`, what not even they explain is
`unexplained`, and neither is ever counted as a change of the draft's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.errors import PluginFailedError, PluginUnknownError, PurchaseRefusedError
from stoa.services import earning, partners, replay, rosters
from stoa.services.partners import Terms
from stoa.services.replay import Sale
from stoa.services.rosters import PartnerLine
from stoa.services.rules import EarnRules, Shelf
from stoa.services.whatif.drafts import Question, RateDraft, read_rate
from stoa.values import whatif
from stoa.values.facts import EarnedLine, Purchase
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Reckoner", "count_part"]

_MICROS = 10**6
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)

Leg = tuple[str, int, str]
"""Reason, points and payer of an earned line, as they stand in the ledger."""


class LeftOutError(Exception):
    """A purchase can't be reckoned; the text says why in a word."""


@dataclass(slots=True)
class Reckoner:
    """Reckons stored purchases again, and remembers what it needs for many of them."""

    work: Work
    shelf: Shelf
    partners: Mapping[UUID, PartnerLine]
    prices: dict[tuple[UUID, int | None], int] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Work) -> "Reckoner":
        """Return one that knows the partners as they are now."""
        return cls(work, Shelf(work), {each.id: each for each in rosters.find_partners(work)})

    def terms(self, partner_id: UUID) -> Terms:
        """Return the terms of a partner as they are now."""
        return partners.terms(self.work, partner_id, version=self.partners[partner_id].version)

    def code(self, partner_id: UUID) -> str:
        """Return a partner's code."""
        known = self.partners.get(partner_id)
        return known.code if known else str(partner_id)

    def then(self, sale: Sale) -> EarnRules:
        """Return the rules that a purchase was reckoned by.

        Raises:
            LeftOutError: it is pending, or its rules are not kept.
        """
        if sale.status == "pending":
            raise LeftOutError("pending")
        rules = replay.rules_then(self.work, self.shelf, sale)
        if rules is None:
            raise LeftOutError("rules_gone")
        return rules

    def now(self, sale: Sale, then: EarnRules) -> EarnRules:
        """Return the rules of now for a purchase, with its own standing."""
        terms = self.terms(sale.partner_id)
        return replace(
            then, plugin=terms.plugin, settings=terms.settings, expiry=terms.points.expiry,
            rounding=terms.points.rounding,
        )  # fmt: skip

    def legs(self, sale: Sale, purchase: Purchase, rules: EarnRules) -> list[Leg]:
        """Return what a purchase earns by some rules.

        Raises:
            LeftOutError: the plugin is gone, fails, or refuses it.
        """
        try:
            lines = earning.reckon(self.work, purchase, rules)
        except PurchaseRefusedError as wrong:
            raise LeftOutError("refused") from wrong
        except (PluginFailedError, PluginUnknownError) as wrong:
            raise LeftOutError("plugin_failed") from wrong
        return [(line.reason, line.points, self._payer(sale, line)) for line in lines]

    def stored(self, sale: Sale) -> list[Leg]:
        """Return what a purchase earned, as its postings say."""
        return [
            (reason, points, "operator" if payer is None else self.code(UUID(payer)))
            for points, reason, payer, *_ in sale.postings or ()
        ]

    def price(self, sale: Sale) -> int:
        """Return what a point of a purchase costs by its agreement, in millionths of money."""
        version = (sale.explanation or {}).get("agreement_version")
        key = (sale.partner_id, version if type(version) is int else None)
        if key not in self.prices:
            price = None if key[1] is None else self.shelf.issue_price(key[0], key[1])
            if price is None:
                price = self.terms(sale.partner_id).agreements[-1].issue_price
            self.prices[key] = int(Decimal(price) * _MICROS)
        return self.prices[key]

    def _payer(self, sale: Sale, line: EarnedLine) -> str:
        if line.payer == "partner":
            return self.code(sale.partner_id)
        return line.payer.removeprefix("prt:")


def count_part(
    work: Work, question: Question, after: UUID, last: UUID
) -> tuple[dict[str, Any], list[Any]]:
    """Return the tally of the members after one up to another; no member moves."""
    draft = read_rate(work, question.draft)
    sales = replay.sales_of(
        work, after, last, currency=draft.currency, since=question.since, until=question.until,
        partner=draft.partner_id,
    )  # fmt: skip
    reckoner, tally = Reckoner.of(work), whatif.empty()
    changes: dict[UUID, int] = {}
    for sale in sales:
        whatif.add(tally, "counts", "purchases", n=1)
        try:
            change = _count(reckoner, draft, sale, tally)
        except LeftOutError as wrong:
            whatif.add(tally, "why", str(wrong), n=1)
            continue
        except _UNREADABLE:
            whatif.add(tally, "why", "unreadable", n=1)
            continue
        changes[sale.member_id] = changes.get(sale.member_id, 0) + change
    count_members(tally, changes)
    return tally, []


def count_members(tally: dict[str, Any], changes: Mapping[UUID, int]) -> None:
    """Add members by the size of their change, and those with the largest ones."""
    rows = []
    for member_id, change in changes.items():
        whatif.add(tally, "counts", "members", n=1)
        whatif.add(tally, "spread", str(whatif.bucket(change)), n=1)
        if change:
            whatif.add(tally, "counts", "members_changed", n=1)
            rows.append({"member": public_id("mem", member_id), "change": change})
    tally["largest"] = whatif.largest(rows)


def _count(reckoner: Reckoner, draft: RateDraft, sale: Sale, tally: dict[str, Any]) -> int:
    """Add a purchase to the tally; return by how many points the draft changes it."""
    then = reckoner.then(sale)
    now = reckoner.now(sale, then)
    purchase = replay.purchase_of(sale)
    stored, current = reckoner.stored(sale), reckoner.legs(sale, purchase, now)
    tried = replace(now, **draft.over(now))
    try:
        drafted = reckoner.legs(sale, purchase, tried)
    except LeftOutError as wrong:
        if str(wrong) != "refused":
            raise
        drafted = []
        whatif.add(tally, "counts", "refused", n=1)
    check(reckoner, sale, purchase, stored, current, then, tally)
    if drafted != current:
        whatif.add(tally, "counts", "changed", n=1)
    add_legs(reckoner, sale, tally, stored=stored, current=current, draft=drafted)
    return _points(drafted) - _points(current)


def check(  # noqa: PLR0917 - the three ways in which one purchase is known
    reckoner: Reckoner, sale: Sale, purchase: Purchase, stored: list[Leg], current: list[Leg],
    then: EarnRules, tally: dict[str, Any],
) -> None:  # fmt: skip
    """Count a purchase that the rules of now do not explain, and say what does."""
    told = [line.get("points") for line in (sale.explanation or {}).get("lines", ())]
    honest = told == [points for _, points, _ in stored]
    if honest and stored == current:
        return
    try:
        explained = honest and reckoner.legs(sale, purchase, then) == stored
    except LeftOutError:
        explained = False
    name = "drift" if explained else "unexplained"
    difference = _points(current) - _points(stored)
    whatif.add(tally, "counts", name, n=1, points=difference)
    if not explained:
        tally["findings"].append(
            {
                "purchase": public_id("pur", sale.purchase_id),
                "partner": reckoner.code(sale.partner_id),
                "stored": _points(stored), "told": sum(told), "current": _points(current),
            }
        )  # fmt: skip


def add_legs(
    reckoner: Reckoner, sale: Sale, tally: dict[str, Any], **figures: Sequence[Leg]
) -> None:
    """Add what a purchase earned, by partner and payer and by day, for each figure."""
    partner, price = reckoner.code(sale.partner_id), reckoner.price(sale)
    for name, legs in figures.items():
        for _, points, payer in legs:
            whatif.add(
                tally, "sums", f"{partner}|{payer}",
                **{name: points, f"{name}_micros": points * price},
            )  # fmt: skip
        whatif.add(tally, "days", sale.business_date.isoformat(), **{name: _points(legs)})


def _points(legs: Sequence[Leg]) -> int:
    return sum(points for _, points, _ in legs)
