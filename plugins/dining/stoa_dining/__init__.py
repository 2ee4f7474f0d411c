"""Dining: happy hours, points for a visit, stamp cards, set menus for points.

Guests earn for what they pay, at a better rate in the hours that the house wants to fill, and some
points for coming at all. Each day of a visit is a stamp, and a full card is a free dish. The shelf
lists the set menus that points buy.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stoa import hookimpl
from stoa.values.amounts import Money, Rounding, divide
from stoa.values.arithmetic import visit
from stoa.values.facts import (
    Benefit,
    Claim,
    EarnLine,
    Grant,
    Purchase,
    Refusal,
    Reward,
    Standing,
)
from stoa.values.rates import points_for_money
from stoa.values.settings import Setting
from stoa.values.shelf import read_shelf
from stoa_dining.hours import holds
from stoa_dining.knobs import KNOBS

__all__ = ["STAMP_CARD", "benefits", "claim_benefit", "earn_lines", "rewards", "settings"]

STAMP_CARD = "stamp_card"
"""The code of the only benefit: a free dish for each full card."""


@hookimpl
def settings() -> Sequence[Setting]:
    """List the rates, the happy hours, the points of a visit and the shelf."""
    return KNOBS


@hookimpl
def earn_lines(purchase: Purchase, settings: Mapping[str, Any]) -> list[EarnLine]:
    """Give points for the bill at the rate of its hour, and for the visit.

    The hour is that of the store's own clock, also where another country's till reports it.
    """
    numbers = tuple(line.line_no for line in purchase.lines if line.earning_minor > 0)
    if not numbers:
        return []
    local = purchase.occurred_at.astimezone(ZoneInfo(purchase.zone))
    happy = [row["rate"] for row in settings["happy_hours"] if holds(row, local)]
    rate, reason = (max(happy), "happy_hour") if happy else (settings["base_rate"], "base")
    points, says = points_for_money(
        purchase.earning_minor, purchase.currency, rate_milli=rate, rounding=Rounding.DOWN
    )
    earned = [EarnLine(points, reason, line_nos=numbers, says=(says,))] if points else []
    if settings["visit_points"] and purchase.earning_minor >= settings["visit_from_minor"]:
        points = settings["visit_points"]
        earned.append(EarnLine(points, "visit", line_nos=numbers, says=(visit(points),)))
    return earned


@hookimpl
def benefits(standing: Standing, settings: Mapping[str, Any], at: datetime) -> list[Benefit]:  # noqa: ARG001 - the same at all times
    """List the dishes of all cards that were ever filled, and the stamps of the open one."""
    stamps = settings["stamps"]
    if not stamps:
        return []
    full, open_ = divmod(standing.visits, stamps)
    reason = f"{open_} of {stamps} stamps; {full} cards full"
    return [Benefit(STAMP_CARD, settings["stamp_dish"], "ea", full * 1000, reason)]


@hookimpl
def claim_benefit(
    claim: Claim, standing: Standing, settings: Mapping[str, Any]
) -> Grant | Refusal | None:
    """Serve a dish for each full card that was not used before, one unless more are asked for."""
    stamps = settings["stamps"]
    if claim.benefit != STAMP_CARD or not stamps:
        return None
    full, open_ = divmod(standing.visits, stamps)
    left = full - divide(claim.used_ever_milli, 1000, Rounding.UP)
    wanted = 1 if claim.quantity_milli is None else claim.quantity_milli // 1000
    dishes = min(wanted, left)
    if dishes < 1:
        return Refusal("card_not_full", f"{open_} of {stamps} stamps are on the card.")
    worth_minor = dishes * settings["stamp_worth_minor"]
    reason = f"{dishes} × {settings['stamp_dish']}: {Money(worth_minor, claim.currency)}"
    return Grant(dishes * 1000, "ea", worth_minor, 0, reason)


@hookimpl
def rewards(settings: Mapping[str, Any], at: datetime) -> list[Reward]:  # noqa: ARG001 - the same at all times
    """List the set menus."""
    return read_shelf(settings["rewards"])
