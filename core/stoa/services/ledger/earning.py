"""Post what a purchase earns."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.errors import RedemptionUnknownError
from stoa.services.ledger.calls import array, balance, send
from stoa.services.ledger.figures import Balance, Leg
from stoa.services.ledger.wallets import open_wallet
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = ["earn"]

_EARN = (
    "SELECT * FROM stoa_earn(%s::uuid, %s, %s, %s::uuid, %s::uuid, %s, %s, %s, %s::uuid, %s, %s,"
    " %s, %s::date, %s, %s, %s, %s::jsonb, %s::jsonb, %s, %s::jsonb, %s, %s::bigint[], %s::text[],"
    " %s::uuid[], %s, %s::date, %s, %s::date, %s::uuid, %s::jsonb, %s::jsonb)"
)


def earn(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    store_id: UUID,
    key: Key | None,
    purchase_id: UUID,
    settles: bool,
    status: str,
    terminal: str,
    receipt_no: str,
    business_date: date,
    occurred_at: datetime,
    money_currency: str,
    total_minor: int,
    lines: str,
    tenders: str,
    explanation: dict[str, Any],
    legs: Sequence[Leg],
    price: Decimal,
    available_on: date,
    pending: bool,
    expires_on: date | None,
    facts: dict[str, Any],
    uses: Sequence[Mapping[str, Any]] = (),
) -> Balance:
    """Keep a purchase and post what it earns; debts are repaid first.

    A member's first points of a currency open the wallet.

    Args:
        lines: the purchase's lines as JSON text; likewise `tenders`.
        pending: the points can't be spent before the day `available_on`.
        settles: the purchase was kept ``pending`` before, and is posted now.
        uses: what campaigns pay of it, taken from their caps and budgets.

    Raises:
        KeyUsedError: the key had its effect before.
        StaleError: a pending purchase is not pending any more.
        LimitReachedError: a campaign has less left than it was to pay.
        ReceiptClaimedError: the receipt was reported before.
        PartnerFundingExhaustedError: a payer has not funded its points.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), partner_id, store_id,
        key and key.value, key and key.fingerprint, settles, purchase_id, status, terminal,
        receipt_no, business_date, occurred_at, money_currency, total_minor, lines, tenders,
        work.actor.name, json.dumps(explanation),
        sum(leg.points for leg in legs), array(leg.points for leg in legs),
        array(leg.reason for leg in legs), array(leg.payer_id for leg in legs), price,
        available_on, pending, expires_on,
        new_uuid(), json.dumps(facts), json.dumps(uses) if uses else None,
    )  # fmt: skip
    try:
        wallet = send(work, _EARN, values)
    except RedemptionUnknownError:  # ST008: there is no wallet yet
        open_wallet(work, member_id, currency)
        wallet = send(work, _EARN, values)
    return balance(currency, wallet)
