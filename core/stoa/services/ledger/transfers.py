"""Move points from one wallet to another: each lot keeps its last day, its payer and its price."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from stoa.services.ledger.calls import send
from stoa.services.ledger.figures import Balance
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = ["transfer"]

_TRANSFER = (
    "SELECT * FROM stoa_transfer(%s::uuid, %s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid, %s, %s,"
    " %s::uuid, %s::uuid, %s::bigint, %s::bigint, %s::uuid[], %s, %s, %s, %s::uuid[], %s::jsonb,"
    " %s::jsonb)"
)


def transfer(
    work: Work,
    giver_id: UUID,
    receiver_id: UUID,
    currency: str,
    *,
    transfer_id: UUID,
    points: int | None,
    partner_id: UUID | None,
    store_id: UUID | None,
    key: Key | None,
    daily_points: int | None,
    reason: str,
    reference: str,
    facts: dict[str, Any],
    facts_to: dict[str, Any],
    origins: Sequence[UUID] | None = None,
) -> tuple[Balance, Balance, int]:
    """Move free points, earliest expiry first; return the giver's figures, the other's, how many.

    Args:
        points: how many; ``None`` for all that may go, at most 10^12 at once.
        daily_points: what the giver may give away in a day, today's gifts included.
        reason: why, in a word: ``transfer``, ``contribution`` and the like.
        facts: of the giver's event; `facts_to` of the receiver's.
        origins: only points that came from these wallets.

    Raises:
        SameWalletError: both are one.
        InsufficientPointsError: fewer points are free.
        TransferLimitError: more than may be given in a day.
        BalanceLimitError: the receiver's wallet would pass 9 × 10^15 points.
        KeyUsedError: the key had its effect before.
        WalletBusyError: a wallet stayed locked for too long.
    """
    values = (
        giver_id, receiver_id, currency, work.now(), work.today(), partner_id, store_id,
        key and key.value, key and key.fingerprint, transfer_id, new_uuid(), points, daily_points,
        None if origins is None else list(origins), reason, reference, work.actor.name,
        [new_uuid(), new_uuid()], json.dumps(facts), json.dumps(facts_to),
    )  # fmt: skip
    row = send(work, _TRANSFER, values, points=points or 0)
    return Balance(currency, *row[:5]), Balance(currency, *row[5:10]), row[10]
