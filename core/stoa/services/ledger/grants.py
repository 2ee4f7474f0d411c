"""Post points without a purchase, and take them back where their reason is gone."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.errors import RedemptionUnknownError
from stoa.models import NOBODY
from stoa.services.ledger.calls import array, balance, send
from stoa.services.ledger.figures import Balance, Leg
from stoa.services.ledger.wallets import open_wallet
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = ["grant", "ungrant"]

_GRANT = (
    "SELECT * FROM stoa_grant(%s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid, %s::uuid, %s, %s,"
    " %s::uuid, %s::uuid, %s, %s, %s, %s::jsonb, %s::bigint[], %s::text[], %s::uuid[], %s,"
    " %s::date, %s, %s::date, %s::uuid, %s::jsonb, %s::jsonb)"
)
_UNGRANT = (
    "SELECT * FROM stoa_ungrant(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s::jsonb,"
    " %s::uuid, %s::jsonb)"
)


def grant(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    transaction_id: UUID,
    partner_id: UUID | None = None,
    store_id: UUID | None = None,
    subject_id: UUID | None = None,
    reference: str = "",
    reason_code: str,
    legs: Sequence[Leg],
    price: Decimal | None = None,
    available_on: date | None = None,
    expires_on: date | None,
    explanation: dict[str, Any],
    key: Key | None = None,
    facts: dict[str, Any],
    uses: Sequence[dict[str, Any]] | None = None,
) -> Balance:
    """Post bonus points, exactly once for the transaction's id; debts are repaid first.

    The second call of an id answers with the wallet and does nothing else. A member's first
    points of a currency open the wallet.

    Args:
        transaction_id: made of what is rewarded, so that nobody is rewarded twice for it.
        partner_id: who issues the points; ``None`` for the operator.
        subject_id: what the points are for, such as the other member's bonus.
        reason_code: why, in a stable word.
        legs: at least one; each is a posting and the birth of a lot.
        price: what a payer pays for a point; ``None`` where the operator pays its own points.
        available_on: from when on they can be spent; today by default.
        explanation: its ``lines`` explain the legs, one by one.
        key: of the caller; its figures are remembered.
        uses: what it takes of rules' caps and budgets, as `functions/campaigns.sql` reads it.

    Raises:
        LimitReachedError: a cap or a budget has less left.
        PartnerFundingExhaustedError: a payer has not funded its points.
        KeyUsedError: the key had its effect before.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        WalletBusyError: the wallet stayed locked for too long.
    """
    today = work.today()
    ripe = available_on or today
    values = (
        member_id, currency, work.now(), today, partner_id, store_id,
        work.actor.partner_id or NOBODY, key and key.value, key and key.fingerprint,
        transaction_id, subject_id, reference, work.actor.name, reason_code,
        json.dumps(explanation), array(leg.points for leg in legs),
        array(leg.reason for leg in legs), array(leg.payer_id for leg in legs), price, ripe,
        ripe > today, expires_on, new_uuid(), json.dumps(facts),
        json.dumps(uses) if uses else None,
    )  # fmt: skip
    try:
        wallet = send(work, _GRANT, values)
    except RedemptionUnknownError:  # ST008: there is no wallet yet
        open_wallet(work, member_id, currency)
        wallet = send(work, _GRANT, values)
    return balance(currency, wallet)


def ungrant(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    transaction_id: UUID,
    reason_code: str,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Take a bonus back, whole and once; what was spent of it is owed by the currency's policy.

    Args:
        transaction_id: of the bonus.
        reason_code: why it is taken back, in a stable word.

    Raises:
        EntryUnknownError: the member has no such bonus.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), transaction_id, work.actor.name,
        reason_code, json.dumps(explanation), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return balance(currency, send(work, _UNGRANT, values))
