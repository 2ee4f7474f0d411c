"""Reckons draws again from what is published, without the server and without its code.

    told = client.draw_result("summer").raw
    verify_draw(told, kept=[ticket.raw])

What a server publishes it could publish anew: a check is as strong as what was `kept` from before.
A draw as it was announced, a ticket as it was bought, a list as it was when the raffle closed: each
of them holds hashes that no other seed, odds or list can meet.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from stoa_sdk.merkle import leaf_hash, tree_root

__all__ = ["FairDraw", "Unfair", "verify_draw"]

_VERSION = "stoa-draw/1"
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LETTERS = 26
_LISTED = ("closed", "revealed")
_BYTES = 7
_NUMBERS = 1 << 8 * _BYTES
_MILLION = 1_000_000
_CONSOLATION = "consolation"


class Unfair(Exception):  # noqa: N818 - says what it is, as Refuted does
    """A draw is not what was promised; the text says where."""


@dataclass(frozen=True, slots=True)
class FairDraw:
    """What was found true of a draw.

    Attributes:
        tickets: how many were sold.
        drawn: how many of them were reckoned again; of a raffle that is not revealed, 0.
        winners: tickets by the prize and its number, as ``bike 1``.
        kept: how many things kept from before agree.
    """

    draw: str
    mode: str
    state: str
    tickets: int
    drawn: int
    winners: Mapping[str, str]
    kept: int


def verify_draw(told: Mapping[str, Any], *, kept: Iterable[Mapping[str, Any]] = ()) -> FairDraw:
    """Reckon a draw again.

    Args:
        told: what ``GET /v1/draws/{code}/result`` answered.
        kept: answers kept from before: draws as announced, tickets as bought, earlier results.

    Raises:
        Unfair: something is not what was promised.
        ValueError: it is no result of a draw.
    """
    if not isinstance(told, Mapping) or told.get("v") != _VERSION:
        raise ValueError(f"this is no result of a draw: it does not say {_VERSION}")
    try:
        if _terms_hash(told["terms"]) != told["terms_hash"]:
            raise Unfair("the terms do not have the hash that is told of them")
        if told["terms"]["draw"] != told["draw"] or told["terms"]["mode"] != told["mode"]:
            raise Unfair("the terms are those of another draw")
        found = _raffle(told) if told["mode"] == "raffle" else _instant(told)
        count = 0
        for each in kept:
            _agree(told, each)
            count += 1
    except (AttributeError, IndexError, KeyError, TypeError) as wrong:
        raise ValueError(f"this is no whole result of a draw: {wrong!r}") from wrong
    drawn, winners = found
    return FairDraw(
        told["draw"], told["mode"], told["state"], told["sold"], drawn, winners, count
    )  # fmt: skip


def _raffle(told: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
    if told["root"] is None:
        if told["seed"] is not None or told["winners"] or told["state"] in _LISTED:
            raise Unfair("winners are told of a raffle whose list was never published")
        return 0, {}
    tickets = told["tickets"]
    if not _counted([number for number, _, _ in tickets], told["sold"]):
        raise Unfair("the list does not hold every ticket that was sold, each once, in order")
    if len({_id_of(ticket) for _, ticket, _ in tickets}) != len(tickets):
        raise Unfair("a ticket is listed twice")
    root = tree_root(leaf_hash(f"{n} {ticket} {holder}".encode()) for n, ticket, holder in tickets)
    if root.hex() != told["root"]:
        raise Unfair("the list of tickets does not have the root that is told of it")
    if told["seed"] is None:
        if told["winners"] or told["state"] == "revealed":
            raise Unfair("winners are told, and the seed is not")
        return 0, {}
    seed = bytes.fromhex(told["seed"])
    if hashlib.sha256(seed).hexdigest() != told["commitment"]:
        raise Unfair("the seed is not the one that was committed to")
    prizes = told["terms"]["prizes"]
    wins = sum(prize["stock"] for prize in prizes)
    # No more than there are tickets: terms of any stock are read in the time of their list.
    units = islice(
        ((prize["code"], unit) for prize in prizes for unit in range(1, prize["stock"] + 1)),
        len(tickets),
    )
    holders = [holder for _, _, holder in tickets]
    places = _winners(seed, root, holders, wins, once=told["terms"]["once"])
    right = [
        {"prize": code, "unit": unit, "number": tickets[place][0], "ticket": tickets[place][1]}
        for (code, unit), place in zip(units, places, strict=False)
    ]
    if [dict(each) for each in told["winners"]] != right:
        raise Unfair("the winners are not those that the seed and the list make")
    return len(tickets), {f"{each['prize']} {each['unit']}": each["ticket"] for each in right}


def _winners(
    seed: bytes, root: bytes, holders: Sequence[str], wins: int, *, once: bool
) -> list[int]:
    left, step = list(range(len(holders))), 0
    found: list[int] = []
    had: set[str] = set()
    while left and len(found) < wins:
        place = _pick(hashlib.sha256(seed + root + step.to_bytes(8, "big")).digest(), len(left))
        step += 1
        ticket, last = left[place], left.pop()
        if place < len(left):
            left[place] = last
        if holders[ticket] and (not once or holders[ticket] not in had):
            had.add(holders[ticket])
            found.append(ticket)
    return found


def _instant(told: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
    left = [prize["stock"] for prize in told["terms"]["prizes"]]
    taken: dict[str, int] = {}
    winners: dict[str, str] = {}
    if not _counted([each["number"] for each in told["tickets"]], told["sold"]):
        raise Unfair("not every ticket that was sold is told of, each once, in order")
    if len({_id_of(each["ticket"]) for each in told["tickets"]}) != len(told["tickets"]):
        raise Unfair("a ticket is told of twice")
    drawn = [each for each in told["tickets"] if each["turn"] is not None]
    if any(
        each["turn"] is None and (each["state"] in ("won", "lost") or each["prize"] is not None)
        for each in told["tickets"]
    ):
        raise Unfair("a ticket that was never drawn is told to be")
    drawn.sort(key=lambda each: each["turn"])
    for turn, each in enumerate(drawn, 1):
        if each["turn"] != turn:
            raise Unfair(f"ticket {each['ticket']} is told in another turn than {turn}")
        prize = _rolled(each, told["terms"], left)
        if prize is not None:
            taken[prize] = taken.get(prize, 0) + 1
            winners[f"{prize} {taken[prize]}"] = each["ticket"]
    return len(drawn), winners


def _rolled(each: Mapping[str, Any], terms: Mapping[str, Any], left: list[int]) -> str | None:
    """Roll a ticket again and take its prize from what is left; return the prize."""
    name, prizes = f"ticket {each['ticket']}", terms["prizes"]
    seed = bytes.fromhex(each["seed"])
    if hashlib.sha256(seed).hexdigest() != each["commitment"]:
        raise Unfair(f"{name} was drawn by another seed than it committed to")
    if list(each["stock"]) != left:
        raise Unfair(f"{name} was drawn with another stock than there was")
    digest = hashlib.sha256(seed + _id_of(each["ticket"]).bytes + each["nonce"].encode())
    roll = _pick(digest.digest(), _MILLION)
    if roll != each["roll"]:
        raise Unfair(f"{name} rolled {roll}, and {each['roll']} is told")
    place = _prize_at(roll, [prize["odds_per_million"] for prize in prizes], left)
    prize: str | None = _CONSOLATION if terms["consolation"] else None
    if place is not None:
        prize = prizes[place]["code"]
        left[place] -= 1
    if prize != each["prize"] or each["state"] != ("won" if prize else "lost"):
        raise Unfair(f"{name} won {prize or 'nothing'}, and {each['prize']} is told")
    return prize


def _prize_at(roll: int, odds: Sequence[int], left: Sequence[int]) -> int | None:
    behind = 0
    for place, each in enumerate(odds):
        behind += each
        if roll < behind:
            return place if left[place] > 0 else None
    return None


def _agree(told: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    if kept["draw"] != told["draw"]:
        raise Unfair(f"what was kept is of the draw {kept['draw']}")
    if kept["terms_hash"] != told["terms_hash"]:
        raise Unfair("the terms are not those that were promised before")
    if kept.get("sold", 0) > told["sold"]:
        raise Unfair("tickets that were sold before are no longer told of")
    if kept.get("v") == _VERSION:
        _agree_with_result(told, kept)
    elif "ticket_id" in kept:
        _agree_with_ticket(told, kept)
    elif kept.get("commitment") != told.get("commitment"):
        raise Unfair("the raffle committed to another seed before")


def _agree_with_result(told: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    if kept.get("commitment") != told.get("commitment"):
        raise Unfair("the raffle committed to another seed before")
    if told["mode"] == "raffle":
        if kept["root"] is not None and kept["root"] != told["root"]:
            raise Unfair("another list of tickets was published before")
        return
    hashes = {each["ticket"]: each["commitment"] for each in told["tickets"]}
    results = {each["ticket"]: each for each in told["tickets"]}
    for each in kept["tickets"]:
        if hashes.get(each["ticket"]) != each["commitment"]:
            raise Unfair(f"ticket {each['ticket']} is gone, or committed to another seed before")
        if each["turn"] is not None and results[each["ticket"]] != each:
            raise Unfair(f"ticket {each['ticket']} was told to be drawn otherwise before")


def _agree_with_ticket(told: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    name = f"ticket {kept['ticket_id']}"
    if told["mode"] == "raffle":
        if kept["commitment"] != told["commitment"]:
            raise Unfair("the raffle committed to another seed when the ticket was bought")
        if told["root"] is not None:
            _listed(told, kept)
        return
    found = [each for each in told["tickets"] if each["ticket"] == kept["ticket_id"]]
    if not found or found[0]["number"] != kept["number"]:
        raise Unfair(f"{name} is not told of")
    if found[0]["commitment"] != kept["commitment"]:
        raise Unfair(f"{name} committed to another seed when it was bought")
    nonce = kept.get("nonce")
    if nonce is not None and found[0]["nonce"] != nonce:
        raise Unfair(f"{name} was drawn with another text than that of whoever drew it")
    for fact in ("roll", "turn", "prize"):
        if kept.get("turn") is not None and found[0][fact] != kept[fact]:
            raise Unfair(f"{name} was told to be drawn otherwise before")


def _listed(told: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    """Refuse a list without a ticket that was bought, or with another name for who bought it."""
    name = f"ticket {kept['ticket_id']}"
    holders = {(number, ticket): holder for number, ticket, holder in told["tickets"]}
    held = holders.get((kept["number"], kept["ticket_id"]))
    if held is None:
        raise Unfair(f"{name} is not on the list")
    if kept.get("holder") is not None and kept["holder"] != held:
        raise Unfair(f"{name} is listed for another member than before")


def _counted(numbers: Sequence[Any], sold: int) -> bool:
    """Tell whether numbers are 1 to what was sold, and whole ones, as their list is hashed."""
    return len(numbers) == sold and all(
        type(number) is int and number == place for place, number in enumerate(numbers, 1)
    )


def _pick(digest: bytes, size: int) -> int:
    """Return a fair number below a size; see docs/draws.md."""
    while True:
        number = int.from_bytes(digest[:_BYTES], "big")
        if number < _NUMBERS // size * size:
            return number % size
        digest = hashlib.sha256(digest).digest()


def _terms_hash(terms: Mapping[str, Any]) -> str:
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _id_of(text: str) -> uuid.UUID:
    number = 0
    kind, _, letters = text.partition("_")
    if kind != "tkt" or len(letters) != _ID_LETTERS:
        raise ValueError(f"this is no ticket: {text}")
    for letter in letters:
        number = number << 5 | _LETTERS.index(letter)
    return uuid.UUID(int=number)
