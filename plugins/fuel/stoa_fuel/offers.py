"""Offers of cents off a litre: which a member is due, which of them hold, and who pays them.

The station has a discount for every member and one for each tier, and offers that it or the
operator pays for. Where the highest holds, 4 and 6 cents off 150 litres are 9.00; where they add
up, 15.00. Each may have a limit of litres of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stoa.values.amounts import Rounding, divide, share
from stoa.values.facts import CostShare, Standing
from stoa_fuel.knobs import ADDS

__all__ = ["Offer", "chosen_of", "offers", "shares", "together_minor"]

_WHOLE = 100
_MICRO = 10**6


@dataclass(frozen=True, slots=True)
class Offer:
    """Cents off a litre.

    Attributes:
        code: a stable word.
        title: what the member reads.
        discount: thousandths of a minor unit off a litre.
        payer: ``operator`` or ``partner``.
        most_milli: thousandths of a litre that it is for at most; 0 for no limit of its own.
    """

    code: str
    title: str
    discount: int
    payer: str
    most_milli: int = 0

    def litres(self, litres_milli: int) -> int:
        """Return how much of a fill it is for, in thousandths of a litre."""
        return min(litres_milli, self.most_milli) if self.most_milli else litres_milli

    def worth_minor(self, litres_milli: int) -> int:
        """Return what it takes off a fill, rounded down."""
        return divide(self.discount * self.litres(litres_milli), _MICRO, Rounding.DOWN)


def offers(standing: Standing, settings: Mapping[str, Any]) -> list[Offer]:
    """Return what a member is due, in the order of the settings."""
    tier = standing.tier.casefold()
    found = [Offer("every_member", "every member", settings["discount"], "partner")]
    found += [
        Offer("tier", f"{standing.tier} tier", row["discount"], "partner")
        for row in settings["tier_discounts"]
        if row["tier"].casefold() == tier
    ]
    found += [
        Offer(row["code"], row["title"], row["discount"], row["payer"], row["most_litres"])
        for row in settings["offers"]
        if not row["tier"] or row["tier"].casefold() == tier
    ]
    return [offer for offer in found if offer.discount]


def chosen_of(found: Sequence[Offer], stack: str, *, litres_milli: int) -> list[Offer]:
    """Return the offers that hold: all where they add up, else the one that takes most off.

    The station's own for every member and for a tier never add up: the higher of them holds.
    """
    own = [offer for offer in found if offer.code in ("every_member", "tier")]
    funded = [offer for offer in found if offer not in own]
    if stack != ADDS:
        return [_best(found, litres_milli)]
    return ([_best(own, litres_milli)] if own else []) + funded


def together_minor(chosen: Sequence[Offer], litres_milli: int) -> int:
    """Return what offers take off a fill together, rounded down once."""
    exact = sum(offer.discount * offer.litres(litres_milli) for offer in chosen)
    return divide(exact, _MICRO, Rounding.DOWN)


def shares(chosen: Sequence[Offer], litres_milli: int) -> tuple[CostShare, ...]:
    """Return who pays which part, in hundredths, by what each offer takes off."""
    paid: dict[str, int] = {}
    for offer in chosen:
        exact = offer.discount * offer.litres(litres_milli)
        paid[offer.payer] = paid.get(offer.payer, 0) + exact
    parts = share(_WHOLE, list(paid.values()))
    return tuple(CostShare(payer, part) for payer, part in zip(paid, parts, strict=True) if part)


def _best(found: Sequence[Offer], litres_milli: int) -> Offer:
    return max(found, key=lambda offer: offer.discount * offer.litres(litres_milli))
