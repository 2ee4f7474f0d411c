"""Dining: happy hours, points for a visit, set menus for points.

Guests earn for what they pay, at a better rate in the hours that the house wants to fill, and some
points for coming at all. The shelf lists the set menus that points buy.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stoa import hookimpl
from stoa.values.amounts import Rounding
from stoa.values.arithmetic import visit
from stoa.values.facts import EarnLine, Purchase, Reward
from stoa.values.rates import points_for_money
from stoa.values.settings import Setting
from stoa.values.shelf import read_shelf
from stoa_dining.hours import holds
from stoa_dining.knobs import KNOBS

__all__ = ["earn_lines", "rewards", "settings"]


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
def rewards(settings: Mapping[str, Any], at: datetime) -> list[Reward]:  # noqa: ARG001 - the same at all times
    """List the set menus."""
    return read_shelf(settings["rewards"])
