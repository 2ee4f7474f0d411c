"""Post what an activity earns: a purchase's way without a purchase."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.errors import RedemptionUnknownError
from stoa.services.ledger.calls import array, balance, send
from stoa.services.ledger.figures import Balance, Leg
from stoa.services.ledger.wallets import open_wallet
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = ["act"]

_ACT = (
    "SELECT * FROM stoa_act(%s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid, %s::uuid, %s, %s,"
    " %s::uuid, %s, %s, %s, %s, %s::date, %s, %s::bytea[], %s::uuid, %s, %s, %s::jsonb,"
    " %s::bigint[], %s::text[], %s::uuid[], %s, %s::date, %s::uuid, %s::jsonb, %s::jsonb)"
)


def act(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    activity_id: UUID,
    activity: str,
    kind: str,
    version: int,
    subject: str,
    day: date,
    gap_s: int,
    claims: Sequence[bytes],
    code_id: UUID | None,
    partner_id: UUID,
    store_id: UUID | None,
    key: Key,
    reference: str,
    explanation: dict[str, Any],
    legs: Sequence[Leg],
    price: Decimal | None,
    expires_on: date | None,
    facts: dict[str, Any],
    uses: Sequence[dict[str, Any]],
) -> Balance:
    """Keep what a member did and grant its points: one statement.

    Args:
        subject: what it is once for.
        gap_s: seconds that must lie between two of them; 0 for none.
        claims: digests of what nobody may use twice for this activity.
        code_id: the code that proves it.

    Raises:
        KeyUsedError: the key had its effect before.
        ActivityDoneError: the member did it for this subject before, or a claim was used.
        ActivityTooSoonError: it was done a moment ago.
        ProofRefusedError: the code is used up.
        LimitReachedError: the rule's budget or the member's cap has less left.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), partner_id, store_id, partner_id,
        key.value, key.fingerprint, activity_id, activity, kind, version, subject, day, gap_s,
        array(f"\\x{claim.hex()}" for claim in claims), code_id, reference, work.actor.name,
        json.dumps(explanation), array(leg.points for leg in legs),
        array(leg.reason for leg in legs), array(leg.payer_id for leg in legs), price, expires_on,
        new_uuid(), json.dumps(facts), json.dumps(uses),
    )  # fmt: skip
    try:
        wallet = send(work, _ACT, values)
    except RedemptionUnknownError:  # ST008: there is no wallet yet
        open_wallet(work, member_id, currency)
        wallet = send(work, _ACT, values)
    return balance(currency, wallet)
