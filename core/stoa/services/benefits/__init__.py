"""Benefits: what a member may enjoy without points; claim one, hold it, give it back."""

from stoa.services.benefits.booking import Place, slots
from stoa.services.benefits.deeds import (
    MAX_HOLD_S,
    MIN_HOLD_S,
    capture,
    claim,
    expire_due,
    find,
    owed,
    quote,
    release,
)
from stoa.services.benefits.documents import read, save
from stoa.services.benefits.listing import Enjoyed, enjoyed, everywhere, list_benefits
from stoa.services.benefits.records import Claimed, Cost, Quote, Wish
from stoa.services.benefits.usage import Payer, Usage, by_day, report

__all__ = [
    "MAX_HOLD_S",
    "MIN_HOLD_S",
    "Claimed",
    "Cost",
    "Enjoyed",
    "Payer",
    "Place",
    "Quote",
    "Usage",
    "Wish",
    "by_day",
    "capture",
    "claim",
    "enjoyed",
    "everywhere",
    "expire_due",
    "find",
    "list_benefits",
    "owed",
    "quote",
    "read",
    "release",
    "report",
    "save",
    "slots",
]
