"""Refusals of draws for points, of their tickets and prizes."""

from stoa.errors.kinds import ConflictError, ForbiddenError, NotFoundError

__all__ = [
    "DrawClosedError",
    "DrawTierError",
    "DrawUnknownError",
    "PrizeClosedError",
    "TicketClosedError",
    "TicketLimitError",
    "TicketUnknownError",
]


class DrawUnknownError(NotFoundError):
    """There is no draw of this code."""

    slug = "draw-unknown"
    title = "No such draw"


class DrawClosedError(ConflictError):
    """Tickets are not sold now, or the draw was cancelled.

    `state` is ``soon``, ``over``, ``paused``, ``closed``, ``revealed`` or ``cancelled``.
    """

    slug = "draw-closed"
    title = "The draw is closed"


class DrawTierError(ForbiddenError):
    """The draw is for members of some tiers only; `tiers` names them."""

    slug = "draw-tier"
    title = "The draw is for other tiers"


class TicketUnknownError(NotFoundError):
    """There is no such ticket, or it is drawn with all others."""

    slug = "ticket-unknown"
    title = "No such ticket"


class TicketClosedError(ConflictError):
    """The ticket was drawn or given back before; `state` is what became of it."""

    slug = "ticket-closed"
    title = "The ticket is closed"


class TicketLimitError(ConflictError):
    """No more tickets are sold: `most` by the ``member``, ``day`` or ``draw`` that `by` names."""

    slug = "ticket-limit"
    title = "No more tickets"


class PrizeClosedError(ConflictError):
    """There is no prize of this ticket to be handed over here, or no longer.

    `state` is ``none``, ``elsewhere``, or what became of the prize.
    """

    slug = "prize-closed"
    title = "No prize to hand over"
