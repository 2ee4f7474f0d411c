"""Stored purchases reckoned again: what one earned, earns by the rules of now, would earn.

Where the rules of now come to other points than are stored, a purchase is reckoned once more by the
rules of its own time: what those explain is `drift`, what not even they explain is `unexplained`,
and neither is ever counted as a change of a draft's.
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
from stoa.values import whatif
from stoa.values.amounts import Rounding
from stoa.values.facts import EarnedLine, Purchase
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = ["LeftOutError", "Leg", "Reckoner", "add_legs", "check", "count_members", "points_of"]

_MICROS = 10**6

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
        return self.legs_of(sale, lines)

    def legs_of(self, sale: Sale, lines: Sequence[EarnedLine]) -> list[Leg]:
        """Return lines as they would stand in the ledger."""
        return [(line.reason, line.points, self._payer(sale, line)) for line in lines]

    def stored(self, sale: Sale) -> list[Leg]:
        """Return what a purchase earned, as its postings say."""
        return [
            (reason, points, "operator" if payer is None else self.code(UUID(payer)))
            for points, reason, payer, *_ in sale.postings or ()
        ]

    def price(self, partner_id: UUID, version: int | None) -> int:
        """Return what a point costs by a version of an agreement, in millionths of money."""
        key = (partner_id, version)
        if key not in self.prices:
            price = None if version is None else self.shelf.issue_price(partner_id, version)
            if price is None:
                price = self.terms(partner_id).agreements[-1].issue_price
            self.prices[key] = int(Decimal(price) * _MICROS)
        return self.prices[key]

    def rounding(self, currency: str) -> Rounding:
        """Return how a currency rounds a fraction of a point now."""
        for partner_id in self.partners:
            known = self.terms(partner_id).currencies.get(currency)
            if known is not None:
                return known.rounding
        return Rounding.DOWN

    def rounding_then(self, currency: str, version: int | None) -> Rounding | None:
        """Return how a currency rounded at a version; ``None`` where that is not kept."""
        points = None if version is None else self.shelf.points(currency, version)
        return points.rounding if points else None

    def _payer(self, sale: Sale, line: EarnedLine) -> str:
        if line.payer == "partner":
            return self.code(sale.partner_id)
        other = uuid_of("prt", line.payer)
        return line.payer if other is None else self.code(other)


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
    difference = points_of(current) - points_of(stored)
    whatif.add(tally, "counts", name, n=1, points=difference)
    if not explained:
        tally["findings"].append(
            {
                "purchase": public_id("pur", sale.purchase_id),
                "partner": reckoner.code(sale.partner_id),
                "stored": points_of(stored), "told": sum(told), "current": points_of(current),
            }
        )  # fmt: skip


def add_legs(
    reckoner: Reckoner, sale: Sale, tally: dict[str, Any], **figures: Sequence[Leg]
) -> None:
    """Add what a purchase earned, by partner and payer and by day, for each figure."""
    version = (sale.explanation or {}).get("agreement_version")
    partner = reckoner.code(sale.partner_id)
    price = reckoner.price(sale.partner_id, version if type(version) is int else None)
    for name, legs in figures.items():
        for _, points, payer in legs:
            whatif.add(
                tally, "sums", f"{partner}|{payer}",
                **{name: points, f"{name}_micros": points * price},
            )  # fmt: skip
        whatif.add(tally, "days", sale.business_date.isoformat(), **{name: points_of(legs)})


def points_of(legs: Sequence[Leg]) -> int:
    """Return the points of all legs together."""
    return sum(points for _, points, _ in legs)
