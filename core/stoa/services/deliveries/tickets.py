"""Rewards that are tickets of a draw."""

from uuid import UUID

from stoa.services import draws
from stoa.services.draws import Batch
from stoa.services.orders import Order
from stoa.work import Work

__all__ = ["TERM", "admit", "give", "prepare", "take_back"]

TERM = "draw"
"""What an order's terms call the draw."""


def admit(work: Work, code: str, member_id: UUID, *, quantity: int) -> None:
    """Refuse what could not be given now; raises as `draws.admit`."""
    draws.admit(work, member_id, code, count=quantity)


def prepare(work: Work, order: Order, member_id: UUID) -> Batch:
    """Make an order's tickets; raises as `draws.prepare`."""
    return draws.prepare(work, member_id, str(order.terms[TERM]), count=order.quantity)


def give(work: Work, batch: Batch, order: Order) -> None:
    """Give an order's tickets; raises as `draws.give`."""
    draws.give(work, batch, order_id=order.id)


def take_back(work: Work, order: Order, member_id: UUID) -> bool:
    """Take an order's tickets back; tell whether none of them was drawn or listed."""
    return draws.take_back(work, member_id, str(order.terms[TERM]), order_id=order.id)
