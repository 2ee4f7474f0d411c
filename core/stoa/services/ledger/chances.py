"""Burn points for chances to be promoted, give them back, use chances up, draw them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.services.ledger.calls import balance, send
from stoa.services.ledger.figures import Balance
from stoa.values.chances import Chance
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["buy_chance", "draw_chance", "undo_chance", "use_chances"]

_BUY = (
    "SELECT * FROM stoa_buy_chance(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s, %s, %s, %s,"
    " %s, %s::bytea, %s, %s, %s, %s::jsonb, %s::uuid, %s::jsonb)"
)
_UNDO = (
    "SELECT * FROM stoa_undo_chance(%s::uuid, %s, %s::date, %s::uuid, %s::uuid, %s, %s, %s::jsonb,"
    " %s::uuid, %s::jsonb)"
)
_USE = "SELECT stoa_use_chances(%s::uuid, %s, %s, %s, %s, %s::jsonb)"
_DRAW = "SELECT * FROM stoa_draw_chance(%s::uuid, %s, %s::uuid, %s, %s::uuid, %s::jsonb)"


def buy_chance(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    chance_id: UUID,
    code: str,
    version: int,
    chance: Chance,
    seed: bytes | None,
    net_of_debt: bool,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Burn the points of a chance, earliest expiry first, and keep the chance.

    Args:
        seed: of a draw.
        net_of_debt: points that are owed can't be spent.

    Raises:
        ChanceLimitError: the member has bought as many as a calendar year allows.
        InsufficientPointsError: fewer are free.
        WalletBusyError: the wallet stayed locked for too long.
    """
    until = work.now() + timedelta(minutes=chance.undo_minutes)
    values = (
        member_id, currency, work.now(), work.today(), chance_id, code, version, chance.ladder,
        chance.mode, chance.points, chance.most_per_year, chance.odds_per_million, seed, until,
        net_of_debt, work.actor.name, json.dumps(explanation), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return balance(currency, send(work, _BUY, values, points=chance.points))


def undo_chance(
    work: Work,
    member_id: UUID,
    chance_id: UUID,
    *,
    grace_days: int,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Give an open chance's points back to the lots they came from, with their last day.

    Args:
        grace_days: how long points live whose last day is over; with 0 they expire at once.

    Raises:
        ChanceUnknownError: the member has no such chance.
        ChanceClosedError: it is used, drawn or refunded, or its time to be given back is over.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, work.now(), work.today(), chance_id, new_uuid(), grace_days, work.actor.name,
        json.dumps(explanation), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    row = send(work, _UNDO, values)
    return balance(row[1], row)


def use_chances(
    work: Work,
    member_id: UUID,
    ladder: str,
    count: int,
    *,
    code: str | None = None,
    use: Mapping[str, Any],
) -> bool:
    """Use up open chances of a ladder, those bought first, once; all of `count`, or none.

    Args:
        code: only chances of this code.
        use: what they were good for.

    Returns:
        Whether there were so many.
    """
    values = (member_id, work.now(), ladder, code, count, json.dumps(use))
    return bool(send(work, _USE, values)[0])


def draw_chance(
    work: Work, member_id: UUID, chance_id: UUID, *, nonce: str, facts: dict[str, Any]
) -> tuple[str, int, datetime]:
    """Draw a chance, once; return its state, the roll, and when it was.

    Raises:
        ChanceUnknownError: the member has no such chance to draw.
        ChanceClosedError: it was drawn or refunded before.
    """
    values = (member_id, work.now(), chance_id, nonce, new_uuid(), json.dumps(facts))
    row = send(work, _DRAW, values)
    return row[6], row[12]["roll"], row[17]
