"""Points by amount and category, with a shelf of rewards.

Every purchase earns points for the money paid, at one rate or at a rate of its own for some
categories. Small tickets and chosen categories may earn nothing, large tickets may earn a bonus.
The shelf lists what members get for their points; buying many of one reward at once may cost less.
No code is needed: everything is a setting.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stoa import hookimpl
from stoa.values.amounts import Rounding, divide
from stoa.values.arithmetic import ticket
from stoa.values.facts import EarnLine, Line, Order, Purchase, Reward
from stoa.values.rates import points_for_money
from stoa.values.settings import Kind, Setting
from stoa.values.shelf import SHELF, read_shelf

__all__ = ["earn_lines", "price_reward", "rewards", "settings"]

_RATE = "points per 1.00"
_MAX_RATE = 1_000_000
_SETTINGS = (
    Setting(
        name="base_rate",
        kind=Kind.DECIMAL,
        label="Points for money",
        default=1000,
        unit=_RATE,
        help="Points for each whole unit of money that a member pays.",
        maximum=_MAX_RATE,
    ),
    Setting(
        name="category_rates",
        kind=Kind.TABLE,
        label="Rates of categories",
        default=(),
        help="Categories that earn at a rate of their own, in place of the base rate.",
        columns=(
            Setting("category", Kind.TEXT, "Category", "", minimum=1, maximum=64),
            Setting("rate", Kind.DECIMAL, "Rate", 1000, unit=_RATE, maximum=_MAX_RATE),
        ),
    ),
    Setting(
        name="excluded_categories",
        kind=Kind.TABLE,
        label="Categories that earn nothing",
        default=(),
        help="Such as tobacco or gift cards; a rate set above does not bring them back.",
        columns=(Setting("category", Kind.TEXT, "Category", "", minimum=1, maximum=64),),
    ),
    Setting(
        name="minimum_ticket_minor",
        kind=Kind.INTEGER,
        label="Least ticket",
        default=0,
        unit="minor units",
        help="A receipt below this earns nothing; 1000 is 10.00.",
    ),
    Setting(
        name="rounding",
        kind=Kind.CHOICE,
        label="Rounding of points",
        default=Rounding.DOWN.value,
        help="What becomes of a fraction of a point, once for each rate of a receipt.",
        choices=(Rounding.DOWN.value, Rounding.HALF_UP.value, Rounding.UP.value),
    ),
    Setting(
        name="ticket_bonuses",
        kind=Kind.TABLE,
        label="Bonus for a large ticket",
        default=(),
        help="The row with the highest amount reached gives its points, once a receipt.",
        columns=(
            Setting("from_minor", Kind.INTEGER, "From", 50_000, unit="minor units"),
            Setting("points", Kind.INTEGER, "Points", 100, unit="points"),
        ),
    ),
    SHELF,
    Setting(
        name="bundle_size",
        kind=Kind.INTEGER,
        label="Bundle size",
        default=0,
        unit="rewards",
        help="From how many of one reward at once the discount holds; 0 for never.",
        maximum=999,
    ),
    Setting(
        name="bundle_discount_percent",
        kind=Kind.INTEGER,
        label="Bundle discount",
        default=0,
        unit="%",
        help="How much less the points of a bundle are; a fraction of a point is rounded up.",
        maximum=99,
    ),
)


@hookimpl
def settings() -> Sequence[Setting]:
    """List the rates, the rules of a ticket, the shelf and its bundle price."""
    return _SETTINGS


@hookimpl
def earn_lines(purchase: Purchase, settings: Mapping[str, Any]) -> list[EarnLine]:
    """Give points for the money of each rate, and the bonus of a large ticket."""
    if purchase.earning_minor < settings["minimum_ticket_minor"]:
        return []
    by_rate = _lines_by_rate(purchase, settings)
    rounding = Rounding(settings["rounding"])
    earned = []
    for (reason, rate_milli), lines in by_rate.items():
        minor = sum(line.earning_minor for line in lines)
        points, says = points_for_money(
            minor, purchase.currency, rate_milli=rate_milli, rounding=rounding
        )
        if points:
            earned.append(EarnLine(points, reason, "", _numbers(lines), (says,)))
    lines = [line for group in by_rate.values() for line in group]
    return earned + _bonus(lines, purchase.currency, settings)


@hookimpl
def rewards(settings: Mapping[str, Any], at: datetime) -> list[Reward]:  # noqa: ARG001 - the same at all times
    """List the shelf."""
    return read_shelf(settings["rewards"])


@hookimpl
def price_reward(order: Order, settings: Mapping[str, Any]) -> int | None:
    """Take the bundle discount off the list price where the order is large enough."""
    if not 0 < settings["bundle_size"] <= order.quantity:
        return None
    for reward in read_shelf(settings["rewards"]):
        if reward.code == order.reward:
            percent = 100 - settings["bundle_discount_percent"]
            return divide(reward.points * order.quantity * percent, 100, Rounding.UP)
    return None


def _lines_by_rate(
    purchase: Purchase, settings: Mapping[str, Any]
) -> dict[tuple[str, int], list[Line]]:
    rates = {row["category"].casefold(): row["rate"] for row in settings["category_rates"]}
    excluded = {row["category"].casefold() for row in settings["excluded_categories"]}
    by_rate: dict[tuple[str, int], list[Line]] = {}
    for line in purchase.lines:
        category = line.category.casefold()
        if line.earning_minor <= 0 or category in excluded:
            continue
        own = rates.get(category)
        key = ("base", settings["base_rate"]) if own is None else ("category", own)
        by_rate.setdefault(key, []).append(line)
    return by_rate


def _bonus(lines: Sequence[Line], currency: str, settings: Mapping[str, Any]) -> list[EarnLine]:
    minor = sum(line.earning_minor for line in lines)
    reached = [row for row in settings["ticket_bonuses"] if 0 < minor >= row["from_minor"]]
    if not reached:
        return []
    best = max(reached, key=lambda row: row["from_minor"])
    if not best["points"]:
        return []
    says = ticket(best["points"], from_minor=best["from_minor"], currency=currency)
    return [EarnLine(best["points"], "ticket_bonus", "", _numbers(lines), (says,))]


def _numbers(lines: Sequence[Line]) -> tuple[int, ...]:
    return tuple(sorted(line.line_no for line in lines))
