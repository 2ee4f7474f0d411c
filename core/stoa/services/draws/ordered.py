"""Tickets that come with a reward: its burn pays for them, the draw says all else of them.

What decides a ticket is made before the burn, so that the burn's own explanation, and with it the
transparency log, holds its hash before anybody can know how it comes out.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.errors import TicketLimitError
from stoa.services import ledger
from stoa.services.draws.prizes import reason_of
from stoa.services.draws.selling import OnSale, on_sale
from stoa.values.draws import commitment
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["Batch", "admit", "give", "of_order", "of_orders", "prepare", "take_back"]

_SEED_BYTES = 32
_MINE = """
SELECT count(*), count(*) FILTER (WHERE t.bought_on = %(day)s)
  FROM tickets t
 WHERE t.draw = %(draw)s AND t.state <> 'refunded'
   AND (t.member_id = %(member)s OR t.member_id IN (
        SELECT m.id FROM members m WHERE m.merged_into = %(member)s))
"""
_OF_ORDERS = """
SELECT origin, id, number, state FROM tickets WHERE origin = ANY(%s) ORDER BY origin, number
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Tickets that are to be given, with what decides each of them.

    Attributes:
        seeds: of the tickets of an instant draw; ``None`` for those of a raffle.
    """

    member_id: UUID
    sale: OnSale
    ids: tuple[UUID, ...]
    seeds: tuple[bytes | None, ...]

    @property
    def told(self) -> dict[str, Any]:
        """What the burn's explanation says of them: hashes of what decides and is promised."""
        draw = self.sale.draw
        return {
            "rule": reason_of(draw.code),
            "rule_version": self.sale.version,
            "terms_hash": draw.terms_hash.hex(),
            "tickets": [
                {
                    "ticket": public_id("tkt", each),
                    "commitment": (commitment(seed) if seed else draw.commitment or b"").hex(),
                }
                for each, seed in zip(self.ids, self.seeds, strict=True)
            ],
        }


def admit(work: Work, member_id: UUID, code: str, *, count: int) -> None:
    """Refuse so many tickets of a draw that a member could not be given now.

    Raises:
        DrawUnknownError: there is no draw of this code.
        DrawClosedError: tickets are not sold now.
        DrawTierError: it is for members of other tiers.
        TicketLimitError: no more are sold, to this member or at all.
    """
    sale = on_sale(work, member_id, code)
    values = {"draw": code, "member": member_id, "day": work.today()}
    mine, today = work.rows(_MINE, values)[0]
    for by, most, had in (
        ("member", sale.lottery.per_member, mine),
        ("day", sale.lottery.per_member_day, today),
        ("draw", sale.draw.tickets, sale.draw.sold),
    ):
        if most and had + count > most:
            raise TicketLimitError(by=by, most=most)


def prepare(work: Work, member_id: UUID, code: str, *, count: int) -> Batch:
    """Make tickets that `give` can give, and what decides them.

    Raises:
        DrawUnknownError: there is no draw of this code.
        DrawClosedError: tickets are not sold now.
        DrawTierError: it is for members of other tiers.
    """
    sale = on_sale(work, member_id, code)
    instant = sale.draw.mode == "instant"
    return Batch(
        member_id, sale, tuple(new_uuid() for _ in range(count)),
        tuple(secrets.token_bytes(_SEED_BYTES) if instant else None for _ in range(count)),
    )  # fmt: skip


def give(work: Work, batch: Batch, *, order_id: UUID) -> None:
    """Give the tickets of an order whose points are burned in this transaction.

    Raises:
        DrawClosedError: the draw has closed meanwhile.
        TicketLimitError: no more are sold, to this member or at all.
    """
    sale = batch.sale
    ledger.give_tickets(
        work, batch.member_id, sale.draw.code, order_id=order_id, version=sale.version,
        ids=batch.ids, seeds=batch.seeds, most=sale.lottery.per_member,
        most_day=sale.lottery.per_member_day,
        facts=_facts(batch.member_id, sale.draw.code, order_id),
    )  # fmt: skip


def take_back(work: Work, member_id: UUID, code: str, *, order_id: UUID) -> bool:
    """Take an order's tickets back, all or none; tell whether none was drawn or listed."""
    return ledger.take_back_tickets(work, order_id, facts=_facts(member_id, code, order_id))


def of_order(work: Work, order_id: UUID) -> list[tuple[UUID, int, str]]:
    """Return the id, the number and the state of each ticket that came with an order."""
    return of_orders(work, [order_id]).get(order_id, [])


def of_orders(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, int, str]]]:
    """Return the id, the number and the state of each ticket, by the orders they came with."""
    found: dict[UUID, list[tuple[UUID, int, str]]] = {}
    origins = [f"order:{each}" for each in order_ids]
    for origin, *ticket in work.rows(_OF_ORDERS, (origins,)) if origins else ():
        found.setdefault(UUID(origin.removeprefix("order:")), []).append(
            (ticket[0], ticket[1], ticket[2])
        )
    return found


def _facts(member_id: UUID, code: str, order_id: UUID) -> dict[str, Any]:
    return {
        "member": public_id("mem", member_id), "draw": code,
        "redemption": public_id("hld", order_id),
    }  # fmt: skip
