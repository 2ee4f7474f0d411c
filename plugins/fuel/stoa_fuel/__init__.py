"""Fuel: points a litre, and cents off each litre.

Litres at the pump earn points, counted whole or exactly; what the shop sells may earn by its price.
Members pay some cents less for each litre, by their tier and by offers that others pay for, up to a
number of litres a day: the highest holds alone, or those that the station lets add up. A till asks
before pumping, holds what it was told, and says afterwards how many litres were pumped.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stoa import hookimpl
from stoa.values.amounts import Money, Rounding, divide
from stoa.values.arithmetic import Arithmetic
from stoa.values.facts import (
    Benefit,
    Claim,
    Considered,
    EarnLine,
    Grant,
    Line,
    Purchase,
    Refusal,
    Reward,
    Standing,
)
from stoa.values.rates import decimal_text, points_for_money, points_for_quantity
from stoa.values.settings import Setting
from stoa.values.shelf import read_shelf
from stoa_fuel.knobs import EXACT, KNOBS
from stoa_fuel.offers import chosen_of, offers, shares, together_minor

__all__ = [
    "DISCOUNT",
    "benefits",
    "claim_benefit",
    "earn_lines",
    "refuse_purchase",
    "rewards",
    "settings",
]

DISCOUNT = "fuel_discount"
"""The code of the only benefit: cents off a litre."""


@hookimpl
def settings() -> Sequence[Setting]:
    """List the points, the limits, the discounts and the shelf."""
    return KNOBS


@hookimpl
def refuse_purchase(purchase: Purchase, settings: Mapping[str, Any]) -> Refusal | None:
    """Refuse a fill that no tank can take."""
    most = settings["max_fill"]
    for line in _fuel_lines(purchase, settings):
        if 0 < most < line.quantity_milli:
            litres = decimal_text(line.quantity_milli)
            detail = f"Line {line.line_no}: {litres} L is over the limit of {decimal_text(most)} L."
            return Refusal("fill_too_large", detail)
    return None


@hookimpl
def earn_lines(purchase: Purchase, settings: Mapping[str, Any]) -> list[EarnLine]:
    """Give points for litres, and for the money spent in the shop."""
    fuel = [line for line in _fuel_lines(purchase, settings) if line.earning_minor > 0]
    shop = [line for line in purchase.lines if line.earning_minor > 0 and line not in fuel]
    earned = []
    points, says = _points_for_fuel(fuel, settings)
    if points:
        earned.append(EarnLine(points, "litres", "", _numbers(fuel), (says,)))
    points, says = points_for_money(
        sum(line.earning_minor for line in shop),
        purchase.currency,
        rate_milli=settings["shop_rate"],
        rounding=Rounding(settings["rounding"]),
    )
    if points:
        earned.append(EarnLine(points, "shop", "", _numbers(shop), (says,)))
    return earned


@hookimpl
def benefits(standing: Standing, settings: Mapping[str, Any], at: datetime) -> list[Benefit]:  # noqa: ARG001 - the same at all times
    """List the discount, where the member is due one."""
    found = offers(standing, settings)
    if not found or not settings["daily_litres"]:
        return []
    chosen = chosen_of(found, settings["stack"], litres_milli=settings["daily_litres"])
    discount = sum(offer.discount for offer in chosen)
    source = " and ".join(offer.title for offer in chosen)
    most = decimal_text(settings["daily_litres"])
    reason = f"{source}: {decimal_text(discount)} cents off each litre, up to {most} L a day"
    return [Benefit(DISCOUNT, "Cheaper fuel", "L", settings["daily_litres"], reason)]


@hookimpl
def claim_benefit(
    claim: Claim, standing: Standing, settings: Mapping[str, Any]
) -> Grant | Refusal | None:
    """Take the discount off the litres that are left of the day's."""
    if claim.benefit != DISCOUNT:
        return None
    if claim.quantity_milli is None or claim.unit_price_minor is None:
        return Refusal("fill_incomplete", "Send the litres and the price of one.")
    found = offers(standing, settings)
    if not found:
        return Refusal("no_discount", "The member is due no discount here.")
    litres_milli = min(claim.quantity_milli, settings["daily_litres"] - claim.used_milli)
    if litres_milli <= 0:
        most = decimal_text(settings["daily_litres"])
        return Refusal("litres_used_up", f"The {most} L of the day are used up.")
    chosen = chosen_of(found, settings["stack"], litres_milli=litres_milli)
    most_minor = divide(claim.unit_price_minor * litres_milli, 1000, Rounding.DOWN)
    worth_minor = min(together_minor(chosen, litres_milli), most_minor)
    full_minor = divide(claim.unit_price_minor * claim.quantity_milli, 1000, Rounding.HALF_UP)
    saved = Money(worth_minor, claim.currency)
    told = " and ".join(
        f"{offer.title}: {decimal_text(offer.litres(litres_milli))} L"
        f" at {decimal_text(offer.discount)} cents off"
        for offer in chosen
    )
    return Grant(
        quantity_milli=max(offer.litres(litres_milli) for offer in chosen),
        unit="L",
        worth_minor=worth_minor,
        due_minor=full_minor - worth_minor,
        reason=f"{told} is {saved}",
        shares=shares(chosen, litres_milli),
        offers=tuple(
            Considered(
                offer.code, min(offer.worth_minor(litres_milli), most_minor),
                chosen=offer in chosen, quantity_milli=offer.litres(litres_milli),
            )
            for offer in found
        ),
    )  # fmt: skip


@hookimpl
def rewards(settings: Mapping[str, Any], at: datetime) -> list[Reward]:  # noqa: ARG001 - the same at all times
    """List the shelf."""
    return read_shelf(settings["rewards"])


def _fuel_lines(purchase: Purchase, settings: Mapping[str, Any]) -> list[Line]:
    categories = {row["category"].casefold() for row in settings["fuel_categories"]}
    return [
        line
        for line in purchase.lines
        if line.unit in ("L", "l") and (not categories or line.category.casefold() in categories)
    ]


def _points_for_fuel(lines: Sequence[Line], settings: Mapping[str, Any]) -> tuple[int, Arithmetic]:
    litres_milli = sum(_earning_litres_milli(line) for line in lines)
    counted_milli = litres_milli
    if settings["litres"] != EXACT:
        counted_milli = 1000 * divide(litres_milli, 1000, Rounding.DOWN)
    return points_for_quantity(
        counted_milli, "L", rate_milli=settings["points_per_litre"],
        rounding=Rounding(settings["rounding"]), of_milli=litres_milli,
    )  # fmt: skip


def _earning_litres_milli(line: Line) -> int:
    # Litres that were paid with points earn none: the line's share of money that earns decides.
    return divide(line.quantity_milli * line.earning_minor, line.net_minor, Rounding.DOWN)


def _numbers(lines: Sequence[Line]) -> tuple[int, ...]:
    return tuple(line.line_no for line in lines)
