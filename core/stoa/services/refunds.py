"""Refunds: captured points come back to the lots they came from, in part or whole, never more."""

from dataclasses import dataclass, replace
from uuid import UUID

from stoa.errors import ExceedsRedemptionError, IdempotencyMismatchError, RedemptionUnknownError
from stoa.services import currencies, deliveries, holds, idempotency, ledger, mergers, orders
from stoa.services.holds import Redemption
from stoa.services.ledger import Balance, KeyUsedError
from stoa.values.amounts import Money, Rounding, divide
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Key, Work

__all__ = ["Refunded", "refund"]


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a refund gave back, and the redemption after it.

    Attributes:
        worth: what these points were worth when they paid; in proportion for a reward.
    """

    refund_id: UUID
    redemption: Redemption
    points: int
    worth: Money
    balance: Balance
    replayed: bool = False


def refund(
    work: Work,
    redemption_id: UUID,
    *,
    points: int | None,
    key: Key,
    reference: str = "",
    reason: str = "",
) -> Refunded:
    """Give captured points back to their lots with their last day.

    Points past their last day live on for the days of grace of their currency; without grace
    they end at once, as an entry that the member sees.

    Args:
        points: how many; all that are left where ``None``.
        reference: the till's receipt number of the refund.
        reason: in the till's words.

    Raises:
        RedemptionUnknownError: the caller has no such redemption.
        HoldClosedError: it was never captured.
        ExceedsRedemptionError: less was captured, or is left of it.
        RewardWholeError: only a part of a reward's points was to come back.
        OrderUsedError: some of what the reward brought was used.
        IdempotencyMismatchError: the key belongs to another request.
    """
    terms, found, used = holds.read(work, redemption_id, key)
    if used is not None:
        return _again(work, found, used)
    wanted = found.left if points is None else points
    if found.state == "captured" and not 0 < wanted <= found.left:
        raise ExceedsRedemptionError(left_points=found.left)
    currency = currencies.known(work, terms, found.currency)
    refund_id = new_uuid()
    arithmetic = f"{wanted} points of receipt {found.reference or 'none'} come back"
    explanation = {"lines": [{"reason": "refund", "arithmetic": arithmetic}]}
    order = orders.find(work, found.id) if found.purpose == "reward" else None

    def post() -> Balance:
        return ledger.refund(
            work, found.member_id, found.currency, partner_id=terms.partner_id, key=key,
            hold_id=found.id, points=max(wanted, 1), transaction_id=refund_id,
            reference=reference, grace_days=currency.grace_days,
            explanation=explanation | ({"note": reason} if reason else {}),
            facts={
                "redemption": public_id("hld", found.id),
                "member": public_id("mem", found.spender_id or found.member_id),
                "points": wanted,
                "reward": found.reward_id,
            },
        )  # fmt: skip

    try:
        with deliveries.together(work, order):
            balance = mergers.passed_on(work, found.member_id, post, key=key)
            deliveries.take_back(work, order)
    except KeyUsedError:
        return _again(work, found, idempotency.find(work, terms.partner_id, key))
    return _told(work, found, refund_id, balance)


_REFUND = """
SELECT (explanation ->> 'points')::bigint, (explanation ->> 'refunded')::bigint FROM transactions
 WHERE member_id = %s AND id = %s AND kind = 'refund'
"""


def _again(work: Work, found: Redemption, used: idempotency.Used | None) -> Refunded:
    if used is None:
        raise RedemptionUnknownError
    return _told(work, found, used.subject_id, used.balance, replayed=True)


def _told(
    work: Work, found: Redemption, refund_id: UUID, balance: Balance, *, replayed: bool = False
) -> Refunded:
    rows = work.rows(_REFUND, (found.member_id, refund_id))
    if not rows:
        raise IdempotencyMismatchError
    points, after = rows[0]
    done = replace(found, refunded=after)
    worth = _worth(done, after) - _worth(done, after - points)
    money = Money(worth, found.worth.currency)
    return Refunded(refund_id, done, points, money, balance, replayed)


def _worth(done: Redemption, points: int) -> int:
    """What the first so many of the captured points were worth: cumulative, so that all add up."""
    return divide(done.taken_worth.minor * points, done.captured, Rounding.DOWN)
