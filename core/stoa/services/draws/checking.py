"""Reckon a draw again from its published result, by the functions that the draw was made of.

This is for the operator's own page; whoever does not trust us uses `stoa_sdk.fairness`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stoa.services.draws.proofs import proof
from stoa.values.draws import commitment, entry, prize_at, roll, root, terms_hash, winners
from stoa.values.identifiers import uuid_of
from stoa.work import Work

__all__ = ["check"]


def check(work: Work, code: str) -> str:
    """Return where a draw is not what it promised; empty where all of it is.

    Raises:
        DrawUnknownError: there is no draw of this code.
    """
    told = proof(work, code)
    if terms_hash(told["terms"]).hex() != told["terms_hash"]:
        return "terms"
    return _raffle(told) if told["mode"] == "raffle" else _instant(told)


def _raffle(told: Mapping[str, Any]) -> str:
    if told["root"] is None:
        return ""
    list_root = root(entry(*each) for each in told["tickets"])
    if list_root.hex() != told["root"]:
        return "list"
    if told["seed"] is None:
        return ""
    seed = bytes.fromhex(told["seed"])
    if commitment(seed).hex() != told["commitment"]:
        return "seed"
    units = sum(prize["stock"] for prize in told["terms"]["prizes"])
    holders = [holder for _, _, holder in told["tickets"]]
    places = winners(seed, list_root, holders, units, once=told["terms"]["once"])
    right = [told["tickets"][place][1] for place in places]
    return "" if [each["ticket"] for each in told["winners"]] == right else "winners"


def _instant(told: Mapping[str, Any]) -> str:
    prizes = told["terms"]["prizes"]
    left = [prize["stock"] for prize in prizes]
    drawn = [each for each in told["tickets"] if each["turn"] is not None]
    for each in sorted(drawn, key=lambda ticket: ticket["turn"]):
        seed, ticket_id = bytes.fromhex(each["seed"]), uuid_of("tkt", each["ticket"])
        if commitment(seed).hex() != each["commitment"]:
            return "seed"
        rolled = roll(seed, ticket_id or UUID(int=0), each["nonce"])
        place = prize_at(rolled, [prize["odds_per_million"] for prize in prizes], left)
        fallback = "consolation" if told["terms"]["consolation"] else None
        won = fallback if place is None else prizes[place]["code"]
        if rolled != each["roll"] or won != each["prize"] or list(each["stock"]) != left:
            return "winners"
        if place is not None:
            left[place] -= 1
    return ""
