"""Give or take points by hand, and open lots with balances brought over."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from stoa.errors import BalanceLimitError, WalletBusyError
from stoa.services.ledger.calls import array, balance, send
from stoa.services.ledger.figures import Balance
from stoa.services.ledger.funding import unfunded
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["OpenedLine", "adjust", "decline", "open_lots", "propose"]

_PROPOSE = (
    "SELECT stoa_propose(%s::uuid, %s, %s, %s::uuid, %s, %s, %s, %s, %s::uuid, %s, %s::date,"
    " %s::uuid)"
)
_ADJUST = (
    "SELECT * FROM stoa_adjust(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s, %s::date, %s,"
    " %s::jsonb, %s::uuid, %s::jsonb)"
)
_DECLINE = "SELECT stoa_decline(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s)"
_OPEN = (
    "SELECT line, points FROM stoa_open_lots(%s, %s, %s::date, %s, %s, %s::bigint[], %s::uuid[],"
    " %s::uuid[], %s::bigint[], %s::date[], %s::date[], %s::uuid[], %s::text[])"
)
_LIMIT = "ck_wallets_limit"
_BUSY = ("40P01", "55P03")
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """A line of a file that shall open a lot; with a partner it is issued and paid by it."""

    line: int
    member_id: UUID
    points: int
    earned_on: date
    expires_on: date | None
    partner_id: UUID | None
    reference: str


def propose(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    adjustment_id: UUID,
    points: int,
    reason_code: str,
    note: str,
    payer_id: UUID | None,
    price: Decimal | None,
    expires_on: date | None,
    reverses: UUID | None,
) -> bool:
    """Keep a proposal; return whether it is new.

    Raises:
        AdjustmentUnknownError: there is no such wallet, or nothing of this id to reverse.
        AdjustmentClosedError: what it reverses is not posted, or reversed already.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), adjustment_id, points, reason_code, note,
        work.actor.name, payer_id, price, expires_on, reverses,
    )  # fmt: skip
    fresh: bool = send(work, _PROPOSE, values)[0]
    return fresh


def adjust(
    work: Work,
    member_id: UUID,
    currency: str,
    *,
    adjustment_id: UUID,
    points: int,
    limit: int,
    expires_on: date | None,
    decision: str,
    explanation: dict[str, Any],
    facts: dict[str, Any],
) -> Balance:
    """Post a proposal, once.

    Args:
        points: the proposal's, to tell how many are missing.
        limit: points that its proposer may post alone for a member on a day; 0 for none.
        expires_on: the last day of its lot, unless the proposal names one.
        decision: why it was approved.

    Raises:
        FourEyesError: the actor proposed it, and may not post it alone.
        AdjustmentUnknownError: there is no such proposal.
        AdjustmentClosedError: it was decided before.
        InsufficientPointsError: fewer are free than it takes.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        PartnerFundingExhaustedError: the payer has not funded so many points.
        InvalidBodyError: the last day of its points is over.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), adjustment_id, work.actor.name, limit,
        expires_on, decision, json.dumps(explanation), new_uuid(), json.dumps(facts),
    )  # fmt: skip
    return balance(currency, send(work, _ADJUST, values, points=-points))


def decline(
    work: Work, member_id: UUID, currency: str, *, adjustment_id: UUID, decision: str
) -> str:
    """Close a proposal without a posting; return its state, ``withdrawn`` or ``rejected``.

    Raises:
        AdjustmentUnknownError: there is no such proposal.
        AdjustmentClosedError: it was decided before.
        WalletBusyError: the wallet stayed locked for too long.
    """
    values = (
        member_id, currency, work.now(), work.today(), adjustment_id, work.actor.name, decision,
    )  # fmt: skip
    state: str = send(work, _DECLINE, values)[0]
    return state


def open_lots(
    work: Work, currency: str, *, digest: bytes, lines: Sequence[OpenedLine]
) -> dict[int, int]:
    """Open a lot for each line that has not opened one before: one statement for all of them.

    Args:
        digest: of the file; a line of it opens one lot, whenever and by whomever it is imported.

    Returns:
        The points of the lines that have opened a lot now, by the line's number.

    Raises:
        BalanceLimitError: a wallet would pass 9 × 10^15 points; nothing was done.
        PartnerFundingExhaustedError: a partner has not funded its lots; nothing was done.
        WalletBusyError: wallets stayed locked for too long, five times.
    """
    values = (
        currency, work.now(), work.today(), work.actor.name, digest,
        array(each.line for each in lines), array(each.member_id for each in lines),
        array(new_uuid() for _ in lines), array(each.points for each in lines),
        array(each.earned_on for each in lines), array(each.expires_on for each in lines),
        array(each.partner_id for each in lines), array(each.reference for each in lines),
    )  # fmt: skip
    for _ in range(_ATTEMPTS):
        try:
            return {row[0]: row[1] for row in work.rows(_OPEN, values)}
        except DBAPIError as wrong:
            state = getattr(wrong.orig, "sqlstate", None)
            if getattr(getattr(wrong.orig, "diag", None), "constraint_name", "") == _LIMIT:
                raise BalanceLimitError from None
            if state not in _BUSY:
                raise unfunded(work, wrong) or wrong from None
    raise WalletBusyError
