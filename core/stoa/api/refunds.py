"""Doors of refunds: captured points that come back, and more time for a hold."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, BalanceAnswer, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Points, Text, Whole
from stoa.api.redemption import MAX_TTL_S, HeldAnswer, held_answer, known
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    ExceedsRedemptionError,
    HoldClosedError,
    HoldExpiredError,
    HoldExtendedError,
    OrderUsedError,
    RedemptionUnknownError,
    RewardWholeError,
    WalletBusyError,
)
from stoa.services import redemption, refunds
from stoa.services.redemption import MIN_TTL_S
from stoa.services.refunds import Refunded
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["ExtensionBody", "RefundBody", "create_blueprint"]


@dataclass(frozen=True, slots=True)
class Giving:
    """How many points come back; all that are left for ``None``."""

    receipt_no: str
    points: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """How much more time a hold gets."""

    ttl_s: int


class RefundBody(StrictSchema):
    """How many of the captured points come back; all that are left without a number."""

    points = Points()
    receipt_no = Text(1, 64, required=True, metadata={"examples": ["RF-1"]})
    reason = Text(0, 200)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Giving:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Giving(**data)


class ExtensionBody(StrictSchema):
    """How long the hold shall live from now."""

    ttl_s = Whole(MIN_TTL_S, MAX_TTL_S, required=True, metadata={"description": "seconds"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Extension:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Extension(**data)


class RefundedAnswer(AnswerSchema):
    """Points that came back, and what of the redemption is left."""

    refund_id = fields.String()
    redemption_id = fields.String()
    status = fields.String(metadata={"enum": ["captured", "refunded"]})
    points = fields.Integer(metadata={"description": "that came back now"})
    refunded = fields.Integer(metadata={"description": "that came back in all"})
    refundable = fields.Integer(metadata={"description": "that can still come back"})
    worth = fields.Nested(MoneyAnswer, metadata={"description": "of the points of now"})
    balance = fields.Nested(BalanceAnswer)


_REFUND = RefundBody()
_EXTENSION = ExtensionBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("refunds", __name__, tag="Redemptions")

    @door(
        blueprint, "/redemptions/<redemption_id>/refund", scope="redeem:write", takes=_REFUND,
        gives=RefundedAnswer, status=201,
        example={"points": 1000, "receipt_no": "RF-1", "reason": "cold soup"},
        refuses=[
            RedemptionUnknownError, HoldClosedError, ExceedsRedemptionError, RewardWholeError,
            OrderUsedError, WalletBusyError,
        ],
    )  # fmt: skip
    def refund_redemption(call: Call, redemption_id: str) -> tuple[Answer, bool]:
        """Give captured points back to the lots they came from, with their last day."""
        giving = call.body(_REFUND, Giving)
        with call.work() as work:
            done = refunds.refund(
                work, known(redemption_id), points=giving.points, key=call.key,
                reference=giving.receipt_no, reason=giving.reason,
            )  # fmt: skip
            return _refunded(work, done), done.replayed

    @door(
        blueprint, "/redemptions/<redemption_id>/extend", scope="redeem:write", takes=_EXTENSION,
        gives=HeldAnswer, status=201, example={"ttl_s": 300},
        refuses=[
            RedemptionUnknownError, HoldExpiredError, HoldClosedError, HoldExtendedError,
            WalletBusyError,
        ],
    )  # fmt: skip
    def extend_hold(call: Call, redemption_id: str) -> tuple[Answer, bool]:
        """Give a hold more time from now, once."""
        ttl_s = call.body(_EXTENSION, Extension).ttl_s
        with call.work() as work:
            held = redemption.extend(work, known(redemption_id), ttl_s=ttl_s, key=call.key)
            return held_answer(work, held), held.replayed

    return blueprint


def _refunded(work: Work, done: Refunded) -> Answer:
    found = done.redemption
    return {
        "refund_id": public_id("txn", done.refund_id),
        "redemption_id": public_id("hld", found.id),
        "status": found.status,
        "points": done.points,
        "refunded": found.refunded,
        "refundable": found.left,
        "worth": answers.money(done.worth),
        "balance": answers.balance(work, done.balance),
    }
