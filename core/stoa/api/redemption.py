"""Doors of redemption: hold points, capture or void them, see how a redemption stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema, BalanceAnswer, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import (
    Currency,
    DecimalText,
    Instant,
    Pairs,
    Points,
    Text,
    Whole,
    Word,
    minor_of,
)
from stoa.api.orders import (
    OrderAnswer,
    StandingOrderAnswer,
    held_order,
    ordered,
    standing_order,
)
from stoa.api.returns import Reason, ReasonBody
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.api.spending import StepUpBody
from stoa.errors import (
    ChanceLimitError,
    ChanceTopTierError,
    ChanceUnknownError,
    CodeExpiredError,
    CodeUsedError,
    CouponPoolUnknownError,
    CouponSoldOutError,
    CurrencyUnknownError,
    DrawClosedError,
    DrawTierError,
    DrawUnknownError,
    ExceedsHoldError,
    HoldClosedError,
    HoldExpiredError,
    HouseholdRoleError,
    HouseholdUnknownError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    OutOfStockError,
    PartnerFundingExhaustedError,
    PinLockedError,
    PinWrongError,
    PluginFailedError,
    RedemptionUnknownError,
    RewardLimitError,
    RewardRefusedError,
    RewardUnknownError,
    RewardWholeError,
    SlotTakenError,
    StaticTokenError,
    StepUpRequiredError,
    StoreUnknownError,
    TenderRefusedError,
    TicketLimitError,
    WalletBusyError,
)
from stoa.services import redemption
from stoa.services.redemption import MIN_TTL_S, Ask, Held, Redemption
from stoa.values.amounts import Money
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = [
    "MAX_TTL_S",
    "HeldAnswer",
    "RedemptionAnswer",
    "create_blueprint",
    "held_answer",
    "known",
    "standing",
]

MAX_TTL_S = 900
"""The most seconds that a body may ask for; the programme may allow fewer."""

_MAX_QUANTITY = 999
_MAX_PAIRS = 8
_WALLETS = ("member", "household")
_STATES = ["held", "captured", "refunded", "voided", "expired"]


@dataclass(frozen=True, slots=True)
class Taking:
    """How many points to take; all of them for ``None``."""

    points: int | None = None
    receipt_no: str = ""


class TicketBody(StrictSchema):
    """The total of the sale that points pay a part of."""

    amount = DecimalText(required=True, metadata={"examples": ["300.00"]})
    currency = Currency(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Money:  # noqa: ANN401 - marshmallow's
        """Return the money."""
        return Money(minor_of(data["amount"], data["currency"]), data["currency"])


class HoldBody(StrictSchema):
    """Points to set aside: a number of them, or a reward and how many of it."""

    member = Part(MemberToken, required=True)
    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    points = Points()
    reward_id = Text(1, 129, metadata={"examples": ["grocery:mug"]})
    quantity = Whole(1, _MAX_QUANTITY, metadata={"description": "of the reward"})
    ttl_s = Whole(MIN_TTL_S, MAX_TTL_S, metadata={"description": "seconds; 300 by default"})
    reference = Text(0, 64)
    deliver_to = Pairs(
        _MAX_PAIRS,
        metadata={
            "description": "where the reward goes, in the words of the partner who hands it out",
            "examples": [{"card": "3104 7788"}],
        },
    )
    currency = Text(1, 12, metadata={"description": "of the points: the alliance's, or yours"})
    slot = Instant(metadata={"description": "when the reward is booked for"})
    quote = Text(1, 1000, metadata={"description": "of the reward, as it was given"})
    whose = Word(
        _WALLETS,
        data_key="from",
        metadata={"description": "whose points; the member's own by default"},
    )
    ticket = Part(TicketBody, metadata={"description": "the total of the sale"})
    step_up = Part(StepUpBody, metadata={"description": "where so many points need it"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Ask:  # noqa: ANN401 - marshmallow's
        """Return the ask of the deeds."""
        if ("points" in data) == ("reward_id" in data):
            raise ValidationError({"points": ["Give either points or a reward_id."]})
        if "quantity" in data and "points" in data:
            raise ValidationError({"quantity": ["Points have no quantity."]})
        if ("slot" in data or "quote" in data) and "points" in data:
            raise ValidationError({"reward_id": ["Points have no slot and no quote."]})
        if "currency" in data and "reward_id" in data:
            raise ValidationError({"currency": ["A reward costs the alliance's points."]})
        if "deliver_to" in data and "points" in data:
            raise ValidationError({"deliver_to": ["Points go nowhere; a reward does."]})
        if "ticket" in data and "reward_id" in data:
            raise ValidationError({"ticket": ["A reward is no part of a ticket."]})
        whose = data.pop("whose", None) or data.pop("from", None)
        if whose == "household" and "currency" in data:
            raise ValidationError({"currency": ["A household pools the alliance's points."]})
        slot: datetime | None = data.pop("slot", None)
        return Ask(**data, household=whose == "household", slot=slot.isoformat() if slot else "")


class CaptureBody(StrictSchema):
    """How many of the held points to take; the rest goes back to the member."""

    points = Points()
    receipt_no = Text(0, 64)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Taking:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Taking(**data)


class HeldAnswer(AnswerSchema):
    """Points set aside until `expires_at`."""

    redemption_id = fields.String()
    status = fields.String(metadata={"enum": ["held"]})
    member_ref = fields.String()
    points = fields.Integer()
    worth = fields.Nested(MoneyAnswer)
    reward_id = fields.String(allow_none=True)
    order = fields.Nested(OrderAnswer, allow_none=True)
    expires_at = fields.DateTime()
    balance = fields.Nested(BalanceAnswer)


class OutcomeAnswer(AnswerSchema):
    """How a hold ended: the points taken and those released."""

    redemption_id = fields.String()
    status = fields.String(metadata={"enum": ["captured", "voided"]})
    points = fields.Integer()
    released = fields.Integer()
    worth = fields.Nested(MoneyAnswer)
    transaction_id = fields.String(allow_none=True)
    order = fields.Nested(OrderAnswer, allow_none=True)
    balance = fields.Nested(BalanceAnswer)


class RedemptionAnswer(AnswerSchema):
    """A redemption as it stands."""

    redemption_id = fields.String()
    status = fields.String(metadata={"enum": _STATES})
    points = fields.Integer()
    captured = fields.Integer()
    refunded = fields.Integer(metadata={"description": "of those captured, come back"})
    refundable = fields.Integer(metadata={"description": "of those captured, not yet back"})
    extended = fields.Boolean(metadata={"description": "it was given more time"})
    worth = fields.Nested(MoneyAnswer)
    purpose = fields.String(metadata={"enum": ["tender", "reward"]})
    reward_id = fields.String(allow_none=True)
    order = fields.Nested(StandingOrderAnswer, allow_none=True)
    store = fields.String(metadata={"description": "the store's code"})
    receipt_no = fields.String(allow_none=True)
    created_at = fields.DateTime()
    expires_at = fields.DateTime()
    resolved_at = fields.DateTime(allow_none=True)


_HOLD = HoldBody()
_CAPTURE = CaptureBody()
_REASON = ReasonBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("redemption", __name__, tag="Redemptions")

    @door(
        blueprint, "/redemptions", scope="redeem:write", own="redeem:self", takes=_HOLD,
        gives=HeldAnswer, status=201,
        refuses=[
            MemberUnknownError, MemberMergedError, MemberFrozenError, StoreUnknownError,
            RewardUnknownError, CurrencyUnknownError, InsufficientPointsError, PluginFailedError,
            WalletBusyError, HouseholdUnknownError, HouseholdRoleError, OutOfStockError,
            RewardLimitError, SlotTakenError, StaticTokenError, CodeExpiredError, CodeUsedError,
            TenderRefusedError, StepUpRequiredError, PinWrongError, PinLockedError,
            RewardRefusedError, DrawUnknownError, DrawClosedError, DrawTierError, TicketLimitError,
            ChanceUnknownError, ChanceTopTierError, ChanceLimitError,
        ],
        example={
            "member": {"type": "qr", "value": "7KQ2W9MR3XTE0A5CVB1DZ"}, "store": "main",
            "points": 3000, "ttl_s": 300,
        },
    )  # fmt: skip
    def hold_points(call: Call) -> tuple[Answer, bool]:
        """Set a member's points aside for a payment or a reward."""
        ask = call.body(_HOLD, Ask)
        spending.refuse(call.actor, ask.member)
        with call.work() as work:
            held = redemption.hold(work, ask, key=call.key)
            return held_answer(work, held), held.replayed

    @door(
        blueprint, "/redemptions/<redemption_id>/capture", scope="redeem:write", takes=_CAPTURE,
        gives=OutcomeAnswer, status=201, example={"points": 2400, "receipt_no": "R-1002"},
        refuses=[
            RedemptionUnknownError, HoldExpiredError, HoldClosedError, ExceedsHoldError,
            RewardWholeError, CouponPoolUnknownError, CouponSoldOutError, WalletBusyError,
            DrawClosedError, DrawTierError, TicketLimitError, ChanceUnknownError,
            ChanceTopTierError, ChanceLimitError, PartnerFundingExhaustedError,
        ],
    )  # fmt: skip
    def capture_hold(call: Call, redemption_id: str) -> tuple[Answer, bool]:
        """Take held points, release the rest; final."""
        taking = call.body(_CAPTURE, Taking)
        with call.work() as work:
            held = redemption.capture(
                work, known(redemption_id), points=taking.points, key=call.key,
                reference=taking.receipt_no,
            )  # fmt: skip
            return _outcome(work, held), held.replayed

    @door(
        blueprint, "/redemptions/<redemption_id>/void", scope="redeem:write", takes=_REASON,
        gives=OutcomeAnswer, status=201, example={"reason": "customer left"},
        refuses=[RedemptionUnknownError, HoldClosedError, WalletBusyError],
    )  # fmt: skip
    def void_hold(call: Call, redemption_id: str) -> tuple[Answer, bool]:
        """Let go of held points; all of them are the member's again."""
        why = call.body(_REASON, Reason).reason
        with call.work() as work:
            held = redemption.void(work, known(redemption_id), key=call.key, reason=why)
            return _outcome(work, held), held.replayed

    @door(
        blueprint, "/redemptions/<redemption_id>", scope="redeem:write", gives=RedemptionAnswer,
        refuses=[RedemptionUnknownError],
    )  # fmt: skip
    def read_redemption(call: Call, redemption_id: str) -> Answer:
        """Read a redemption as it stands, for one after a lost answer."""
        with call.work() as work:
            return standing(work, redemption.find(work, known(redemption_id)))

    return blueprint


def known(redemption_id: str) -> UUID:
    """Return the id of a redemption's public id.

    Raises:
        RedemptionUnknownError: it is none.
    """
    found = uuid_of("hld", redemption_id)
    if found is None:
        raise RedemptionUnknownError
    return found


def held_answer(work: Work, held: Held) -> Answer:
    """Return points that are set aside."""
    done = held.redemption
    return {
        "redemption_id": public_id("hld", done.id),
        "status": done.state,
        "member_ref": answers.member_ref(work, done.spender_id or done.member_id),
        "points": done.points,
        "worth": answers.money(done.worth),
        "reward_id": done.reward_id,
        "order": held_order(work, done),
        "expires_at": answers.instant(done.expires_at),
        "balance": answers.balance(work, held.balance),
    }


def _outcome(work: Work, held: Held) -> Answer:
    done = held.redemption
    taken = done.state == "captured"
    return {
        "redemption_id": public_id("hld", done.id),
        "status": done.state,
        "points": done.captured,
        "released": done.released,
        "worth": answers.money(done.taken_worth),
        "transaction_id": public_id("txn", done.id) if taken else None,
        "order": ordered(work, done) if taken else held_order(work, done),
        "balance": answers.balance(work, held.balance),
    }


def standing(work: Work, done: Redemption) -> Answer:
    """Return a redemption as it stands."""
    return {
        "redemption_id": public_id("hld", done.id),
        "status": done.status,
        "points": done.points,
        "captured": done.captured,
        "refunded": done.refunded,
        "refundable": done.left,
        "extended": done.extended,
        "worth": answers.money(done.taken_worth),
        "purpose": done.purpose,
        "reward_id": done.reward_id,
        "order": standing_order(work, done),
        "store": answers.store_of(work, done.store_id).code,
        "receipt_no": done.reference or None,
        "created_at": answers.instant(done.created_at),
        "expires_at": answers.instant(done.expires_at),
        "resolved_at": answers.instant(done.resolved_at) if done.resolved_at else None,
    }
