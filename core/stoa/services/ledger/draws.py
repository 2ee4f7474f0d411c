"""Burn points for a ticket of a draw, draw it, give its points back."""

import json
from typing import Any
from uuid import UUID

from stoa.services.ledger.calls import balance, send
from stoa.services.ledger.figures import Balance
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["buy_ticket", "draw_ticket", "refund_ticket"]

_BUY = (
    "SELECT * FROM stoa_buy_ticket(%s::uuid, %s, %s::date, %s::uuid, %s, %s, %s::bytea, %s, %s, %s,"
    " %s, %s::jsonb, %s::uuid, %s::jsonb)"
)
_DRAW = "SELECT * FROM stoa_draw_ticket(%s::uuid, %s, %s::date, %s::uuid, %s, %s::uuid, %s::jsonb)"
_REFUND = (
    "SELECT * FROM stoa_refund_ticket(%s::uuid, %s, %s::date, %s::uuid, %s::uuid, %s, %s,"
    " %s::jsonb, %s::uuid, %s::jsonb)"
)


def buy_ticket(
    work: Work,
    member_id: UUID,
    code: str,
    *,
    ticket_id: UUID,
    version: int,
    points: int,
    seed: bytes | None,
    most: int,
    most_day: int,
    net_of_debt: bool,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Burn the points of a ticket, earliest expiry first, and keep the ticket.

    Args:
        code: of the draw.
        points: what it costs.
        seed: of an instant draw.
        most: how many a member buys in all; 0 for any number.
        most_day: how many on a day; 0 for any number.
        net_of_debt: points that are owed can't be spent.

    Raises:
        DrawClosedError: tickets are not sold now.
        TicketLimitError: no more are sold, to this member or at all.
        InsufficientPointsError: fewer points are free.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, work.now(), work.today(), ticket_id, code, version, seed, most or None,
        most_day or None, net_of_debt, work.actor.name, json.dumps(explanation), new_uuid(),
        json.dumps(facts),
    )  # fmt: skip
    row = send(work, _BUY, values, points=points)
    return balance(row[1], row)


def draw_ticket(
    work: Work, member_id: UUID, ticket_id: UUID, *, nonce: str, facts: dict[str, Any]
) -> None:
    """Draw a ticket of an instant draw, once, and take its prize from the stock.

    Raises:
        TicketUnknownError: the member has no such ticket to draw.
        TicketClosedError: it was drawn or given back before.
        DrawClosedError: the draw was cancelled.
    """
    values = (
        member_id, work.now(), work.today(), ticket_id, nonce, new_uuid(), json.dumps(facts),
    )  # fmt: skip
    send(work, _DRAW, values)


def refund_ticket(
    work: Work,
    member_id: UUID,
    ticket_id: UUID,
    *,
    grace_days: int,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Give the points of a cancelled draw's open ticket back to the lots they came from.

    Args:
        grace_days: how long points live whose last day is over; with 0 they expire at once.

    Raises:
        TicketUnknownError: the member has no such ticket of a cancelled draw.
        TicketClosedError: it was given back before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, work.now(), work.today(), ticket_id, new_uuid(), grace_days, work.actor.name,
        json.dumps(explanation), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    row = send(work, _REFUND, values)
    return balance(row[1], row)
