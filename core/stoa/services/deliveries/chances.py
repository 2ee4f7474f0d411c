"""Rewards that are chances to be promoted."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.errors import ChanceLimitError
from stoa.services import chances, ledger, promotions
from stoa.services.chances import Offer
from stoa.services.orders import Order
from stoa.values.draws import commitment
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["TERM", "Batch", "admit", "give", "of_order", "of_orders", "prepare", "take_back"]

TERM = "chance"
"""What an order's terms call the chance."""

_SEED_BYTES = 32
_YEAR = """
SELECT count(*) FROM chances c
 WHERE c.chance = %(chance)s AND c.state <> 'refunded'
   AND date_trunc('year', c.bought_on) = date_trunc('year', %(day)s::date)
   AND (c.member_id = %(member)s OR c.member_id IN (
        SELECT m.id FROM members m WHERE m.merged_into = %(member)s))
"""
_OF_ORDERS = "SELECT origin, id, state FROM chances WHERE origin = ANY(%s) ORDER BY origin, id"


@dataclass(frozen=True, slots=True)
class Batch:
    """Chances that are to be given; `seeds` decide those that are drawn."""

    member_id: UUID
    offer: Offer
    ids: tuple[UUID, ...]
    seeds: tuple[bytes | None, ...]

    @property
    def told(self) -> dict[str, Any]:
        """What the burn's explanation says of them: of draws the odds and the seeds' hashes."""
        named: list[dict[str, Any]] = [
            {"chance": public_id("chn", each)}
            | ({"commitment": commitment(seed).hex()} if seed else {})
            for each, seed in zip(self.ids, self.seeds, strict=True)
        ]
        told: dict[str, Any] = {
            "rule": f"chance:{self.offer.code}", "rule_version": self.offer.version,
            "chances": named,
        }  # fmt: skip
        odds = self.offer.chance.odds_per_million
        return told | ({"odds_per_million": odds} if odds else {})


def admit(work: Work, code: str, member_id: UUID, *, quantity: int) -> None:
    """Refuse so many chances that a member could not be given now.

    Raises:
        ChanceUnknownError: no chance of this code is on offer.
        ChanceTopTierError: the member stands in the highest tier.
        ChanceLimitError: a calendar year allows fewer.
    """
    offer = chances.offer(work, code)
    promotions.next_tier(work, member_id, promotions.ladder_of(work, offer.chance.ladder))
    values = {"chance": code, "member": member_id, "day": work.today()}
    most = offer.chance.most_per_year
    if work.rows(_YEAR, values)[0][0] + quantity > most:
        raise ChanceLimitError(most_per_year=most)


def prepare(work: Work, order: Order, member_id: UUID) -> Batch:
    """Make an order's chances, and what decides those that are drawn.

    Raises:
        ChanceUnknownError: no chance of this code is on offer.
    """
    offer = chances.offer(work, str(order.terms[TERM]))
    drawn = offer.chance.mode == "draw"
    count = range(order.quantity)
    return Batch(
        member_id, offer, tuple(new_uuid() for _ in count),
        tuple(secrets.token_bytes(_SEED_BYTES) if drawn else None for _ in count),
    )  # fmt: skip


def give(work: Work, batch: Batch, order: Order) -> None:
    """Give an order's chances; with enough of them a direct one raises a tier at once.

    Raises:
        ChanceTopTierError: the member stands in the highest tier by now.
        ChanceLimitError: a calendar year allows fewer.
    """
    offer, member_id = batch.offer, batch.member_id
    ladder = promotions.ladder_of(work, offer.chance.ladder)
    promotions.next_tier(work, member_id, ladder)
    ledger.give_chances(
        work, member_id, offer.code, order_id=order.id, version=offer.version,
        chance=offer.chance, ids=batch.ids, seeds=batch.seeds,
        facts=_facts(member_id, offer.code, order.id),
    )  # fmt: skip
    if offer.chance.mode != "direct":
        return
    left = order.quantity
    while left and promotions.raised_directly(work, member_id, offer, ladder):
        left = max(left - offer.chance.needed, 0)


def take_back(work: Work, order: Order, member_id: UUID) -> bool:
    """Take an order's chances back; tell whether none of them was used or drawn."""
    facts = _facts(member_id, str(order.terms[TERM]), order.id)
    return ledger.take_back_chances(work, order.id, facts=facts)


def of_order(work: Work, order_id: UUID) -> list[tuple[UUID, str]]:
    """Return the id and the state of each chance that came with an order."""
    return of_orders(work, [order_id]).get(order_id, [])


def of_orders(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Return the id and the state of each chance, by the orders they came with."""
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    origins = [f"order:{each}" for each in order_ids]
    for origin, *chance in work.rows(_OF_ORDERS, (origins,)) if origins else ():
        found.setdefault(UUID(origin.removeprefix("order:")), []).append((chance[0], chance[1]))
    return found


def _facts(member_id: UUID, code: str, order_id: UUID) -> dict[str, Any]:
    return {
        "member": public_id("mem", member_id), "code": code,
        "redemption": public_id("hld", order_id),
    }  # fmt: skip
