"""Hold points, extend, capture or release the hold, refund what was captured."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.services.ledger.calls import balance, send
from stoa.services.ledger.figures import Balance
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = ["capture", "extend", "hold", "refund", "release"]

_HOLD = (
    "SELECT * FROM stoa_hold(%s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid, %s, %s, %s::uuid, %s,"
    " %s, %s, %s, %s, %s, %s::date, %s::uuid, %s, %s::uuid, %s::jsonb)"
)
_ORDER = (
    "SELECT * FROM stoa_order(%s::uuid, %s, %s, %s::date, %s::uuid, %s::uuid, %s, %s, %s::uuid, %s,"
    " %s, %s, %s, %s, %s, %s::date, %s::uuid, %s, %s::uuid, %s::jsonb, %s, %s::jsonb)"
)
_CAPTURE = (
    "SELECT * FROM stoa_capture(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s::uuid, %s, %s, %s,"
    " %s, %s::jsonb, %s::uuid, %s::uuid, %s::jsonb)"
)
_RELEASE = (
    "SELECT * FROM stoa_release(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s::uuid, %s,"
    " %s::uuid, %s::uuid, %s::jsonb)"
)
_EXTEND = "SELECT * FROM stoa_extend(%s::uuid, %s, %s, %s::uuid, %s, %s, %s::uuid, %s)"
_REFUND = (
    "SELECT * FROM stoa_refund(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s::uuid, %s,"
    " %s::uuid, %s, %s, %s::jsonb, %s, %s::uuid, %s::jsonb)"
)


def hold(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    store_id: UUID,
    key: Key | None,
    hold_id: UUID,
    points: int,
    worth_minor: int,
    purpose: str,
    reward: str,
    reference: str,
    at: datetime,
    expires_at: datetime,
    business_date: date,
    spender_id: UUID | None,
    net_of_debt: bool,
    facts: dict[str, Any],
    order: dict[str, Any] | None = None,
) -> Balance:
    """Set points aside, earliest expiry first, and with them what a reward takes.

    Args:
        at: now; a repeated answer reckons the life of the hold from here.
        spender_id: who spends them, where the wallet is a household's.
        net_of_debt: points that are owed can't be held.
        order: of a reward, as `models/functions/orders.sql` tells.

    Raises:
        InsufficientPointsError: fewer are available.
        OutOfStockError: fewer units of the reward are left.
        RewardLimitError: a limit of the reward is reached.
        SlotTakenError: fewer places are left at that time.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, at, work.today(), partner_id, store_id,
        key and key.value, key and key.fingerprint, hold_id, points, worth_minor, purpose, reward,
        reference, expires_at, business_date, spender_id, net_of_debt, new_uuid(),
        json.dumps(facts),
    )  # fmt: skip
    if order is not None:
        told = (work.actor.name, json.dumps(order))
        return balance(currency, send(work, _ORDER, values + told, points=points))
    return balance(currency, send(work, _HOLD, values, points=points))


def capture(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    key: Key | None,
    hold_id: UUID,
    points: int,
    reference: str,
    price: Decimal,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Burn points of a hold and release the rest; final.

    Raises:
        RedemptionUnknownError: the partner has no such hold.
        HoldClosedError: it was captured, voided or expired before.
        HoldExpiredError: its time is over.
        ExceedsHoldError: it holds fewer points.
        RewardWholeError: only a part of a reward's points was to be burned.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), partner_id, key and key.value,
        key and key.fingerprint, hold_id, points, reference, price, work.actor.name,
        json.dumps(explanation), new_uuid(), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return balance(currency, send(work, _CAPTURE, values))


def release(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    key: Key | None,
    hold_id: UUID,
    state: str,
    facts: dict[str, Any],
) -> Balance:
    """Let go of a whole hold: ``voided`` by its partner or ``expired`` by the clock.

    Raises:
        RedemptionUnknownError: the partner has no such hold.
        HoldClosedError: it is resolved already, or has time left when it shall expire.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), partner_id, key and key.value,
        key and key.fingerprint, hold_id, state, new_uuid(), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return balance(currency, send(work, _RELEASE, values))


def extend(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    key: Key | None,
    hold_id: UUID,
    expires_at: datetime,
) -> Balance:
    """Give a hold more time, once.

    Raises:
        RedemptionUnknownError: the partner has no such hold.
        HoldExtendedError: it was extended before.
        HoldClosedError: it was captured, voided or expired before.
        HoldExpiredError: its time is over.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), partner_id, key and key.value, key and key.fingerprint,
        hold_id, expires_at,
    )  # fmt: skip
    return balance(currency, send(work, _EXTEND, values))


def refund(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    partner_id: UUID,
    key: Key | None,
    hold_id: UUID,
    points: int,
    transaction_id: UUID,
    reference: str,
    grace_days: int,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Give captured points back to the lots they came from, with their last day.

    Args:
        grace_days: how long points live whose last day is over; with 0 they expire at once.

    Raises:
        RedemptionUnknownError: the partner has no such hold.
        HoldClosedError: it was never captured.
        ExceedsRedemptionError: less was captured, or is left of it.
        RewardWholeError: only a part of a reward's points was to come back.
        KeyUsedError: the key had its effect before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), partner_id, key and key.value,
        key and key.fingerprint, hold_id, points, transaction_id, reference, work.actor.name,
        json.dumps(explanation), grace_days, new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return balance(currency, send(work, _REFUND, values))
