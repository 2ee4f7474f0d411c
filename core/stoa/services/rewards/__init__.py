"""Rewards: what members can have for points, of documents and of plugins in one shape.

    offer = rewards.known(work, "dining:set-menu")
    rewards.refuse(work, offer, member, partner="dining", store="pier")

    documents   read, checked, saved; those of a rulebook
    knowing     one offer as it is now, and its price for a member
    gates       why a member may not have it now
    swaps       which points of another currency it may bring

The list of all offers stands in `catalog`; limits and stock are counted where they are ordered.
"""

from stoa.services.rewards.documents import (
    KIND,
    OPERATORS,
    Held,
    activate,
    at,
    offer_id,
    read,
    save,
)
from stoa.services.rewards.gates import Gate, facts_of, gates, refuse
from stoa.services.rewards.knowing import (
    DOCUMENT,
    PLUGIN,
    Known,
    known,
    of_document,
    of_plugin,
    price,
)
from stoa.services.rewards.swaps import wrong as swap_wrong

__all__ = [
    "DOCUMENT",
    "KIND",
    "OPERATORS",
    "PLUGIN",
    "Gate",
    "Held",
    "Known",
    "activate",
    "at",
    "facts_of",
    "gates",
    "known",
    "of_document",
    "of_plugin",
    "offer_id",
    "price",
    "read",
    "refuse",
    "save",
    "swap_wrong",
]
