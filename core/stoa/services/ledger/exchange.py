"""Exchange a member's points of one currency for points of another."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from stoa.services.ledger.calls import balance, send_all
from stoa.services.ledger.figures import Balance
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = ["exchange"]

_EXCHANGE = (
    "SELECT * FROM stoa_exchange(%s::uuid, %s, %s, %s, %s::date, %s::uuid, %s, %s, %s::uuid,"
    " %s::uuid, %s, %s, %s, %s::date, %s, %s::jsonb, %s::uuid, %s::jsonb)"
)


def exchange(
    work: Work,
    member_id: UUID,
    currencies: tuple[str, str],
    *,
    partner_id: UUID,
    key: Key | None,
    exchange_id: UUID,
    counterpart_id: UUID,
    points: int,
    received: int,
    version: int,
    expires_on: date | None,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> tuple[Balance, Balance]:
    """Burn points of the first currency, those that end first, and give points of the second.

    Args:
        exchange_id: of the transaction in the first currency; `counterpart_id` of the other one.
        received: what the points bring at the rate; the ledger computes it again.
        version: of that rate, which has to be in force.
        expires_on: the last day of the new points by their currency's rule; those of a lot that
            lived longer keep its last day.

    Returns:
        Both wallets afterwards.

    Raises:
        InsufficientPointsError: fewer are available and not owed.
        StaleError: another rate is in force.
        KeyUsedError: the key had its effect before.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        WalletBusyError: a wallet stayed locked for too long.
    """
    source, target = currencies
    values = (
        member_id, source, target, work.now(), work.today(), partner_id, key and key.value,
        key and key.fingerprint, exchange_id, counterpart_id, points, received, version, expires_on,
        work.actor.name, json.dumps(explanation), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    gone, come = send_all(work, _EXCHANGE, values, points=points)
    return balance(source, gone), balance(target, come)
