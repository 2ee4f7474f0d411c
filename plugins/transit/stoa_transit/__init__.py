"""Transit: rides home paid in part, and points that top up the city card.

Members who come by public transport show their ticket and are paid a part of the ride, once a
ticket, some rides a day, when they spent enough on the day. Points put money on the city card,
over its own HTTPS door.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stoa import hookimpl
from stoa.values.amounts import Money
from stoa.values.facts import (
    Benefit,
    Claim,
    Fulfilment,
    Grant,
    Order,
    Refusal,
    Reward,
    Standing,
)
from stoa.values.settings import Setting
from stoa_transit.card import Card
from stoa_transit.knobs import KNOBS

__all__ = [
    "RIDE_SUBSIDY",
    "TOP_UP",
    "benefits",
    "cancel_fulfilment",
    "claim_benefit",
    "fulfil",
    "rewards",
    "settings",
]

RIDE_SUBSIDY = "ride_subsidy"
"""The code of the only benefit: a part of a ride's fare, by the ticket's number."""

TOP_UP = "top_up"
"""The code of the only reward: money on the city card."""

_RIDE_MILLI = 1000


@hookimpl
def settings() -> Sequence[Setting]:
    """List the subsidy, the top-up and the city card's door."""
    return KNOBS


@hookimpl
def benefits(standing: Standing, settings: Mapping[str, Any], at: datetime) -> list[Benefit]:  # noqa: ARG001 - the same at all times
    """List the rides of the day, once the member spent enough."""
    if not settings["subsidy_minor"] or standing.spent_today_minor < settings["from_minor"]:
        return []
    rides = settings["rides_per_day"]
    reason = f"by public transport: {rides} rides a day with the day's spend"
    return [Benefit(RIDE_SUBSIDY, "A ride paid in part", "ea", rides * _RIDE_MILLI, reason)]


@hookimpl
def claim_benefit(
    claim: Claim, standing: Standing, settings: Mapping[str, Any]
) -> Grant | Refusal | None:
    """Pay a part of a ride: of its fare where the claim tells it, never more than that.

    A ticket pays once, whoever shows it; the second one to show it is refused.
    """
    if claim.benefit != RIDE_SUBSIDY:
        return None
    objection = _objection(claim, standing, settings)
    if objection is not None:
        return objection
    fare_minor = claim.unit_price_minor
    worth_minor = settings["subsidy_minor"]
    if fare_minor is not None:
        worth_minor = min(worth_minor, fare_minor)
    reason = f"a ride with ticket {claim.subject}: {Money(worth_minor, claim.currency)}"
    return Grant(_RIDE_MILLI, "ea", worth_minor, (fare_minor or worth_minor) - worth_minor, reason)


@hookimpl
def rewards(settings: Mapping[str, Any], at: datetime) -> list[Reward]:  # noqa: ARG001 - the same at all times
    """List the top-up, where it has a price and the city card has a door."""
    if not settings["top_up_points"] or not settings["card_url"]:
        return []
    return [
        Reward(
            code=TOP_UP,
            title="Money on the city card",
            points=settings["top_up_points"],
            worth_minor=settings["top_up_minor"],
            max_quantity=settings["most_top_ups"],
            kind="currency",
            fulfil="plugin",
        )
    ]


@hookimpl
def fulfil(order: Order, settings: Mapping[str, Any]) -> Fulfilment | None:
    """Put the money on the card that the member named, once, however often this is asked."""
    if order.reward != TOP_UP:
        return None
    number = order.deliver_to.get("card", "")
    if not number:
        return Fulfilment("refused", detail="The order names no city card.")
    return Card(settings["card_url"], settings["card_key"]).top_up(
        order.id, number=number, minor=order.worth_minor, currency=order.currency
    )


@hookimpl
def cancel_fulfilment(order: Order, settings: Mapping[str, Any]) -> Fulfilment | None:
    """Take the money off the card again; refused where it was spent."""
    if order.reward != TOP_UP:
        return None
    return Card(settings["card_url"], settings["card_key"]).take_back(order.id)


def _objection(claim: Claim, standing: Standing, settings: Mapping[str, Any]) -> Refusal | None:
    if not settings["subsidy_minor"] or standing.spent_today_minor < settings["from_minor"]:
        return Refusal("not_enough_spent", "The day's purchases are too small for a ride.")
    if not claim.subject:
        return Refusal("no_ticket", "Send the ticket's number as the subject.")
    if claim.subject_used_ever_milli:
        return Refusal("ticket_used", "This ticket was shown before.")
    if claim.quantity_milli is not None and claim.quantity_milli < _RIDE_MILLI:
        return Refusal("no_whole_ride", "A ticket is for one ride; ask for 1.")
    if claim.used_milli + _RIDE_MILLI > settings["rides_per_day"] * _RIDE_MILLI:
        return Refusal("rides_used_up", f"The {settings['rides_per_day']} rides are used up.")
    return None
