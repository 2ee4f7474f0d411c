"""Give what rewards bring beside their burn: tickets, chances, points; and take it back."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from stoa.services.ledger.calls import send
from stoa.values.chances import Chance
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = [
    "give_chances",
    "give_tickets",
    "lock_wallets",
    "take_back_chances",
    "take_back_points",
    "take_back_tickets",
]

_LOCK = "SELECT stoa_lock_wallets(%s::uuid[], %s::text[], %s)"
_GIVE_TICKETS = (
    "SELECT stoa_give_tickets(%s::uuid, %s, %s::date, %s::uuid, %s, %s, %s::uuid[], %s::bytea[],"
    " %s, %s, %s::jsonb)"
)
_TAKE_TICKETS = "SELECT stoa_take_back_tickets(%s::uuid, %s, %s::jsonb)"
_GIVE_CHANCES = (
    "SELECT stoa_give_chances(%s::uuid, %s, %s::date, %s::uuid, %s, %s, %s, %s, %s, %s, %s::uuid[],"
    " %s::bytea[], %s::jsonb)"
)
_TAKE_CHANCES = "SELECT stoa_take_back_chances(%s::uuid, %s, %s::jsonb)"
_TAKE_POINTS = (
    "SELECT stoa_take_back_points(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s::jsonb,"
    " %s::uuid, %s::jsonb)"
)


def lock_wallets(work: Work, wallets: Sequence[tuple[UUID, str]]) -> None:
    """Open and lock wallets, by member and currency, in one order wherever several are needed.

    Raises:
        WalletBusyError: one stayed locked for too long.
    """
    values = ([each[0] for each in wallets], [each[1] for each in wallets], work.now())
    send(work, _LOCK, values)


def give_tickets(
    work: Work,
    member_id: UUID,
    code: str,
    *,
    order_id: UUID,
    version: int,
    ids: Sequence[UUID],
    seeds: Sequence[bytes | None],
    most: int,
    most_day: int,
    facts: dict[str, Any],
) -> None:
    """Give a member the tickets of an order that is issued, once.

    Args:
        code: of the draw.
        version: of its rule.
        seeds: of each ticket of an instant draw.
        most: how many a member may have in all; 0 for any number.
        most_day: how many of a day; 0 for any number.

    Raises:
        DrawClosedError: tickets are not sold now.
        TicketLimitError: no more are sold, to this member or at all.
    """
    values = (
        member_id, work.now(), work.today(), order_id, code, version, list(ids), list(seeds),
        most or None, most_day or None, json.dumps(facts),
    )  # fmt: skip
    send(work, _GIVE_TICKETS, values)


def take_back_tickets(work: Work, order_id: UUID, *, facts: dict[str, Any]) -> bool:
    """Take all tickets of an order back, or none where one is drawn or listed; tell which."""
    return bool(send(work, _TAKE_TICKETS, (order_id, work.now(), json.dumps(facts)))[0])


def give_chances(
    work: Work,
    member_id: UUID,
    code: str,
    *,
    order_id: UUID,
    version: int,
    chance: Chance,
    ids: Sequence[UUID],
    seeds: Sequence[bytes | None],
    facts: dict[str, Any],
) -> None:
    """Give a member the chances of an order that is issued, once.

    Args:
        seeds: of each chance that is drawn.

    Raises:
        ChanceLimitError: a calendar year allows fewer.
    """
    values = (
        member_id, work.now(), work.today(), order_id, code, version, chance.ladder, chance.mode,
        chance.odds_per_million, chance.most_per_year, list(ids), list(seeds), json.dumps(facts),
    )  # fmt: skip
    send(work, _GIVE_CHANCES, values)


def take_back_chances(work: Work, order_id: UUID, *, facts: dict[str, Any]) -> bool:
    """Take all chances of an order back, or none where one is used or drawn; tell which."""
    return bool(send(work, _TAKE_CHANCES, (order_id, work.now(), json.dumps(facts)))[0])


def take_back_points(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    transaction_id: UUID,
    reason_code: str,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> bool:
    """Take a bonus back while none of its points is spent, held or gone; tell whether it was so.

    Args:
        transaction_id: of the bonus.

    Raises:
        EntryUnknownError: the member has no such bonus.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), transaction_id, work.actor.name,
        reason_code, json.dumps(explanation), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return bool(send(work, _TAKE_POINTS, values)[0])
