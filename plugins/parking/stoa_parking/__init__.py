"""Parking: free hours by spend and tier, and hours for points.

The car park's tariff has steps, free minutes and a day's cap. Members park some hours free by what
they bought during the visit, on two receipts at most and once a vehicle and day, and by their tier.
What is left of a fee can be paid with money or with points.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from stoa import hookimpl
from stoa.values.amounts import MAX_ENTRY_POINTS, Money, Rounding, divide
from stoa.values.events import Event
from stoa.values.facts import (
    Benefit,
    Claim,
    Considered,
    EarnLine,
    Grant,
    Order,
    Purchase,
    Refusal,
    Reward,
    Standing,
)
from stoa.values.rates import decimal_text, points_for_money
from stoa.values.settings import Setting
from stoa_parking import hours
from stoa_parking.hours import HOUR_MIN, Free
from stoa_parking.knobs import KNOBS
from stoa_parking.tariff import DAY_MIN, Tariff, read_tariff

__all__ = [
    "FREE_PARKING",
    "PARKING_HOUR",
    "benefits",
    "claim_benefit",
    "earn_lines",
    "happened",
    "price_reward",
    "rewards",
    "settings",
]

FREE_PARKING = "free_parking"
"""The code of the only benefit: minutes that cost nothing."""

PARKING_HOUR = "parking_hour"
"""The code of the only reward: an hour for points."""

_MAX_STAY = timedelta(days=366)
_gatehouse = logging.getLogger(__name__)


@hookimpl
def settings() -> Sequence[Setting]:
    """List the tariff, the free hours and the price of an hour in points."""
    return KNOBS


@hookimpl
def earn_lines(purchase: Purchase, settings: Mapping[str, Any]) -> list[EarnLine]:
    """Give points for parking fees, where the operator set a rate."""
    points, says = points_for_money(
        purchase.earning_minor,
        purchase.currency,
        rate_milli=settings["fee_rate"],
        rounding=Rounding.DOWN,
    )
    return [EarnLine(points, "base", says=(says,))] if points else []


@hookimpl
def benefits(standing: Standing, settings: Mapping[str, Any], at: datetime) -> list[Benefit]:  # noqa: ARG001 - the same at all times
    """List the free hours of the day, as far as one stay can use them."""
    by_spend = hours.by_spend(standing.spent_today_minor, settings["spend_hours"])
    by_tier = hours.by_tier(standing.tier, settings["tier_hours"])
    most = min(by_spend + by_tier, settings["max_hours_per_entry"])
    if not most:
        return []
    milli = most * HOUR_MIN * 1000
    reason = _sources(by_spend * HOUR_MIN, by_tier * HOUR_MIN, standing)
    return [Benefit(FREE_PARKING, "Free parking", "min", milli, reason)]


@hookimpl
def claim_benefit(
    claim: Claim, standing: Standing, settings: Mapping[str, Any]
) -> Grant | Refusal | None:
    """Price a stay: what it costs, what the free hours save, what is left in money or points.

    A stay without free hours is priced too, so that the barrier knows what to charge. What the stay
    used before, as a car does that pays and then does not leave in time, shortens it already.
    """
    if claim.benefit != FREE_PARKING:
        return None
    stay_min = _stay_min(claim)
    if isinstance(stay_min, Refusal):
        return stay_min
    tariff = read_tariff(settings)
    before_min = divide(claim.stay_used_milli, 1000, Rounding.UP)
    full_minor = tariff.fee_minor(stay_min, off_min=before_min)
    charged_min = tariff.charged_min(stay_min) - before_min
    free = hours.free(claim, standing.tier, settings, stay_min=charged_min)
    due_minor = tariff.fee_minor(stay_min, off_min=before_min + free.minutes)
    if due_minor == full_minor:
        free = Free(0, 0, ())  # minutes that save nothing stay for the next stay
    reason = f"{_duration(stay_min)} is {Money(full_minor, claim.currency)}"
    if free.minutes:
        saved = Money(full_minor - due_minor, claim.currency)
        sources = _sources(free.spend_min, free.tier_min, standing)
        reason += f"; {_duration(free.minutes)} free take off {saved} ({sources})"
    return Grant(
        quantity_milli=free.minutes * 1000,
        unit="min",
        worth_minor=full_minor - due_minor,
        due_minor=due_minor,
        reason=reason,
        points_option=_points_for(due_minor, standing, settings),
        receipts=free.receipts,
        shares=hours.shares(settings),
        offers=_offers(tariff, stay_min, before_min=before_min, free=free),
    )


@hookimpl
def rewards(settings: Mapping[str, Any], at: datetime) -> list[Reward]:  # noqa: ARG001 - the same at all times
    """List the hour for points, where it has a price."""
    if not settings["points_per_hour"]:
        return []
    return [
        Reward(
            code=PARKING_HOUR,
            title="One hour of parking",
            points=settings["points_per_hour"],
            worth_minor=settings["hour_worth_minor"],
            max_quantity=settings["max_bought_hours"],
        )
    ]


@hookimpl
def price_reward(order: Order, standing: Standing, settings: Mapping[str, Any]) -> int | None:
    """Price hours by the member's tier."""
    if order.reward != PARKING_HOUR or not settings["points_per_hour"]:
        return None
    return order.quantity * _points_per_hour(standing, settings)


@hookimpl
def happened(event: Event) -> None:
    """Write a line in the gatehouse's log for each claim, and for each that was given back.

    The plate stays out of the log: the claim leads to it.
    """
    claim = event.facts.get("claim", "?")
    if event.topic == "benefit.claimed":
        minutes = decimal_text(event.facts.get("quantity_milli", 0))
        _gatehouse.info("%s: %s min free, claim %s", event.at, minutes, claim)
    elif event.topic == "benefit.released":
        _gatehouse.info("%s: claim %s given back", event.at, claim)


def _stay_min(claim: Claim) -> int | Refusal:
    if claim.since is None:
        if claim.quantity_milli is None:
            return Refusal("stay_unknown", "Send when the stay began, or how many minutes it took.")
        return divide(claim.quantity_milli, 1000, Rounding.UP)
    if not claim.since <= claim.at <= claim.since + _MAX_STAY:
        return Refusal("stay_impossible", "The stay ends before it begins or took over 366 days.")
    stay = claim.at - claim.since
    return divide(stay.days * DAY_MIN * 60 + stay.seconds, 60, Rounding.UP)


def _offers(
    tariff: Tariff, stay_min: int, *, before_min: int, free: Free
) -> tuple[Considered, ...]:
    """Tell what each kind of free hours takes off; those by tier are taken off first."""
    told, off_min = [], before_min
    fee_minor = tariff.fee_minor(stay_min, off_min=off_min)
    for code, minutes in (("hours_by_tier", free.tier_min), ("hours_by_spend", free.spend_min)):
        off_min += minutes
        left_minor = tariff.fee_minor(stay_min, off_min=off_min)
        if minutes:
            worth_minor = fee_minor - left_minor
            told.append(Considered(code, worth_minor, chosen=True, quantity_milli=minutes * 1000))
        fee_minor = left_minor
    return tuple(told)


def _points_per_hour(standing: Standing, settings: Mapping[str, Any]) -> int:
    tier = standing.tier.casefold()
    rows = settings["tier_points_per_hour"]
    own: list[int] = [row["points"] for row in rows if row["tier"].casefold() == tier]
    return min(own, default=settings["points_per_hour"])


def _points_for(due_minor: int, standing: Standing, settings: Mapping[str, Any]) -> int | None:
    if not due_minor or not settings["points_per_hour"]:
        return None
    points = divide(
        due_minor * _points_per_hour(standing, settings), settings["hour_worth_minor"], Rounding.UP
    )
    return points if points <= MAX_ENTRY_POINTS else None


def _sources(spend_min: int, tier_min: int, standing: Standing) -> str:
    parts = [f"{_duration(spend_min)} by the day's spend"] if spend_min else []
    parts += [f"{_duration(tier_min)} for the {standing.tier} tier"] if tier_min else []
    return " and ".join(parts)


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, HOUR_MIN)
    parts = [f"{hours} h"] if hours else []
    parts += [f"{rest} min"] if rest or not hours else []
    return " ".join(parts)
