"""Rewards that are points of another currency, issued and paid by whoever provides the reward."""

from typing import Any
from uuid import UUID, uuid5

from stoa.errors import RewardRefusedError
from stoa.models.ledger import Currency
from stoa.services import ledger, partners, rewards
from stoa.services.ledger import Leg
from stoa.services.orders import Order
from stoa.values.identifiers import public_id
from stoa.values.periods import Expiry, ExpiryRule
from stoa.values.rewards import Reward
from stoa.work import Work

__all__ = ["REASON", "TERM", "admit", "currency_of", "give", "points_of", "take_back"]

TERM = "currency"
"""What an order's terms call the currency and the points of one reward."""

REASON = "order"
"""Why such points came, in a stable word."""


def admit(work: Work, reward: Reward) -> None:
    """Refuse a reward whose points would by now be made of nothing, or are not its provider's.

    Raises:
        RewardRefusedError: `reason` is ``currency``.
    """
    says = rewards.swap_wrong(work, reward)
    if says:
        raise RewardRefusedError(says, reason="currency")


def currency_of(order: Order) -> str:
    """Return the currency of an order's points."""
    return str(order.terms[TERM]["code"])


def points_of(order: Order) -> int:
    """Return how many points an order brings in all."""
    return int(order.terms[TERM]["points"]) * order.quantity


def give(work: Work, order: Order, member_id: UUID) -> None:
    """Issue an order's points, once: its provider issues and pays them.

    Raises:
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        PartnerFundingExhaustedError: the provider has not funded them.
    """
    code, points, reason = currency_of(order), points_of(order), f"reward:{order.offer}"
    currency = work.session.get_one(Currency, code)
    rule = Expiry(ExpiryRule(currency.expiry_rule), currency.expiry_months)
    price = None
    if order.provider_id is not None:
        terms = partners.terms_now(work, order.provider_id)
        price = terms.agreement_on(work.today()).issue_price
    line = {
        "reason": reason, "points": points,
        "arithmetic": f"{points} points of the reward {order.offer}",
    }  # fmt: skip
    ledger.grant(
        work, member_id, code, transaction_id=_transaction(order), partner_id=order.provider_id,
        subject_id=order.id, reference=order.offer, reason_code=REASON,
        legs=[Leg(points, reason, order.provider_id)], price=price,
        expires_on=rule.last_day(work.today()), explanation={"lines": [line]},
        facts=_facts(order, member_id) | {"points": points, "reason": reason},
    )  # fmt: skip


_WHOSE = """
SELECT t.member_id FROM transactions t
 WHERE t.id = %(id)s AND t.kind = 'bonus'
   AND (t.member_id = %(member)s OR t.member_id IN (
        SELECT m.id FROM members m WHERE m.merged_into = %(member)s))
"""


def take_back(work: Work, order: Order, member_id: UUID) -> bool:
    """Take an order's points back; tell whether all of them were unspent where they were issued."""
    transaction_id = _transaction(order)
    rows = work.rows(_WHOSE, {"id": transaction_id, "member": member_id})
    text = f"{points_of(order)} points of the reward {order.offer} taken back"
    line = {"reason": f"reward:{order.offer}", "arithmetic": text}
    return ledger.take_back_points(
        work, rows[0][0] if rows else member_id, currency_of(order),
        transaction_id=transaction_id, reason_code="order_refunded",
        explanation={"lines": [line]}, facts=_facts(order, member_id),
    )  # fmt: skip


def _transaction(order: Order) -> UUID:
    return uuid5(order.id, "points")


def _facts(order: Order, member_id: UUID) -> dict[str, Any]:
    return {
        "member": public_id("mem", member_id), "currency": currency_of(order),
        "redemption": public_id("hld", order.id),
    }  # fmt: skip
