"""Deliveries: what a reward brings with the burn of its points, and what goes back with them.

plan = deliveries.plan(work, order)                # before the burn, whose explanation tells it
with deliveries.together(work, order):             # all of it, or nothing
    ledger.capture(..., explanation=... | plan.told)
    deliveries.hand_out(work, plan)

tickets   of a draw, under all that the draw says of tickets that are bought
chances   to be promoted, no more than their year allows
points    of another currency, of the provider's own or the alliance's
handing   all of it, and coupons
"""

from stoa.services.deliveries.handing import (
    Delivered,
    Plan,
    delivered,
    delivered_with,
    gates,
    hand_out,
    plan,
    refuse,
    take_back,
    terms_of,
    together,
)

__all__ = [
    "Delivered",
    "Plan",
    "delivered",
    "delivered_with",
    "gates",
    "hand_out",
    "plan",
    "refuse",
    "take_back",
    "terms_of",
    "together",
]
