"""Take back what returned goods had earned, and give back the points that paid for them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from stoa.services.ledger.calls import array, balance, send
from stoa.services.ledger.figures import Balance, Leg
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = ["Restore", "reverse"]

_REVERSE = (
    "SELECT * FROM stoa_reverse(%s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid, %s, %s, %s::uuid,"
    " %s, %s, %s::jsonb, %s::jsonb, %s::jsonb, %s, %s, %s, %s, %s, %s::date, %s::uuid, %s,"
    " %s::jsonb, %s, %s::bigint[], %s::text[], %s::uuid[], %s::bigint[], %s::uuid, %s::jsonb)"
)


@dataclass(frozen=True, slots=True)
class Restore:
    """Points of a captured hold that come back; `member_id` owns the wallet they came from."""

    member_id: UUID
    currency: str
    hold_id: UUID
    points: int
    transaction_id: UUID
    arithmetic: str


def reverse(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    store_id: UUID,
    key: Key | None,
    purchase_id: UUID,
    version: int,
    status: str,
    returned: dict[str, int],
    given_back: dict[str, Any],
    restores: Sequence[Restore],
    policy: str,
    grace_days: int,
    kind: str,
    terminal: str,
    receipt_no: str,
    business_date: date,
    transaction_id: UUID,
    explanation: dict[str, Any],
    legs: Sequence[Leg],
    facts: dict[str, Any],
) -> Balance:
    """Take back points that returned goods had earned, after paid ones have come back.

    Args:
        returned: the thousandths that are back in all, by line.
        given_back: the money that is back in all, see `models.earning`.
        policy: what becomes of points that are spent already: ``debt``, ``negative``, ``floor``.
        grace_days: how long points live that come back after their last day.

    Raises:
        StaleError: another return came first.
        ExceedsRedemptionError: more points come back than were captured.
        ReceiptClaimedError: this return was reported before.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), partner_id, store_id, key and key.value,
        key and key.fingerprint, purchase_id, version, status, json.dumps(returned),
        json.dumps(given_back), _restores(restores), grace_days, policy, kind, terminal, receipt_no,
        business_date, transaction_id, work.actor.name, json.dumps(explanation),
        sum(leg.points for leg in legs), array(leg.points for leg in legs),
        array(leg.reason for leg in legs), array(leg.payer_id for leg in legs),
        array(leg.lot for leg in legs), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return balance(currency, send(work, _REVERSE, values))


def _restores(restores: Sequence[Restore]) -> str:
    return json.dumps(
        [
            {
                "member": str(each.member_id),
                "currency": each.currency,
                "hold": str(each.hold_id),
                "points": each.points,
                "transaction": str(each.transaction_id),
                "explanation": {"lines": [{"reason": "refund", "arithmetic": each.arithmetic}]},
            }
            for each in restores
        ]
    )
