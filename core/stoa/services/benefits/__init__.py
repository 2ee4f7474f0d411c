"""Benefits: what a member may enjoy without points; claim one, hold it, give it back."""

from stoa.services.benefits.deeds import (
    MAX_HOLD_S,
    MIN_HOLD_S,
    capture,
    claim,
    expire_due,
    find,
    quote,
    release,
)
from stoa.services.benefits.listing import list_benefits
from stoa.services.benefits.records import Claimed, Cost, Quote, Wish

__all__ = [
    "MAX_HOLD_S",
    "MIN_HOLD_S",
    "Claimed",
    "Cost",
    "Quote",
    "Wish",
    "capture",
    "claim",
    "expire_due",
    "find",
    "list_benefits",
    "quote",
    "release",
]
