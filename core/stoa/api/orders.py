"""Doors of orders: what a reward costs a member now, and the rewards a member has."""

import base64
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Instant, Text, Whole
from stoa.api.history import Digits
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.errors import (
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PluginFailedError,
    RewardUnknownError,
    SlotUnknownError,
    StoreUnknownError,
)
from stoa.services import deliveries, holds, members, orders, redemption
from stoa.services.deliveries import Delivered
from stoa.services.holds import Redemption
from stoa.services.members import Token
from stoa.services.ordering import Quoted
from stoa.services.orders import Order
from stoa.services.redemption import Ask
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = [
    "OrderAnswer",
    "StandingOrderAnswer",
    "create_blueprint",
    "held_order",
    "ordered",
    "standing_order",
]

_AGAINST = ["not_yet", "over", "tier", "condition", "store", "draw", "chance", "currency"]
_MAX_QUANTITY = 999
_MOST = 100
_STATES = ["held", "issued", "fulfilled", "failed", "voided", "expired", "refunded"]
_ERRANDS = ["none", "queued", "done", "failed", "cancelling", "cancelled"]


class OrderCouponAnswer(AnswerSchema):
    """A coupon that came with a reward; whoever shows its code may use it."""

    coupon_id = fields.String()
    code = fields.String(metadata={"examples": ["7KQ2W9MR3XTE0"]})
    valid_until = fields.Date()


class OrderTicketAnswer(AnswerSchema):
    """A ticket that came with a reward."""

    ticket_id = fields.String(metadata={"examples": ["tkt_00nvk8f0q7mhyd8nfmj7kv0c3f"]})
    number = fields.Integer(metadata={"description": "among the tickets of its draw"})
    state = fields.String(metadata={"enum": ["open", "won", "lost", "refunded"]})


class OrderChanceAnswer(AnswerSchema):
    """A chance to be promoted that came with a reward."""

    chance_id = fields.String(metadata={"examples": ["chn_00nvk8f0q7mhyd8nfmj7kv0c3f"]})
    state = fields.String(metadata={"enum": ["open", "used", "won", "lost", "refunded"]})


class OrderPointsAnswer(AnswerSchema):
    """Points of another currency that came with a reward."""

    currency = fields.String(metadata={"examples": ["CINE"]})
    points = fields.Integer()


class OrderAnswer(AnswerSchema):
    """The reward of a redemption, as it was ordered."""

    reward_id = fields.String(metadata={"examples": ["grocery:mug"]})
    kind = fields.String(metadata={"examples": ["voucher"]})
    quantity = fields.Integer()
    money = fields.Nested(MoneyAnswer, metadata={"description": "to be paid besides the points"})
    slot = fields.DateTime(allow_none=True, metadata={"description": "when it is booked for"})
    coupons = fields.List(fields.Nested(OrderCouponAnswer))
    draw = fields.String(allow_none=True, metadata={"description": "of its tickets"})
    tickets = fields.List(fields.Nested(OrderTicketAnswer))
    chance = fields.String(allow_none=True, metadata={"description": "of its chances"})
    chances = fields.List(fields.Nested(OrderChanceAnswer))
    credited = fields.Nested(
        OrderPointsAnswer,
        allow_none=True,
        metadata={"description": "points of another currency that it brought"},
    )


class StandingOrderAnswer(OrderAnswer):
    """The reward of a redemption, as it stands."""

    status = fields.String(metadata={"enum": _STATES})
    fulfilment = fields.String(
        metadata={"enum": _ERRANDS, "description": "whether its provider was asked for it"}
    )
    reference = fields.String(allow_none=True, metadata={"description": "of its provider"})


class RewardQuoteBody(StrictSchema):
    """A reward that a member may want."""

    member = Part(MemberToken, required=True)
    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    reward_id = Text(1, 129, required=True, metadata={"examples": ["grocery:mug"]})
    quantity = Whole(1, _MAX_QUANTITY)
    slot = Instant(metadata={"description": "when it shall be booked for"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Ask:  # noqa: ANN401 - marshmallow's
        """Return the ask of the deeds."""
        slot: datetime | None = data.pop("slot", None)
        return Ask(**data, slot=slot.isoformat() if slot else "")


class AgainstAnswer(AnswerSchema):
    """One reason why the member may not have it now."""

    reason = fields.String(metadata={"enum": _AGAINST})


class RewardQuoteAnswer(AnswerSchema):
    """A price that holds until `expires_at` where the hold names the quote; nothing is reserved."""

    quote = fields.String(metadata={"description": "send it with the hold, as it is"})
    reward_id = fields.String()
    quantity = fields.Integer()
    points = fields.Integer(metadata={"description": "of all of it"})
    money = fields.Nested(MoneyAnswer, metadata={"description": "to be paid besides the points"})
    worth = fields.Nested(MoneyAnswer)
    left_units = fields.Integer(
        allow_none=True, metadata={"description": "in stock; null where nobody counts"}
    )
    against = fields.List(
        fields.Nested(AgainstAnswer),
        metadata={"description": "why the member may not have it now; empty where nothing is"},
    )
    expires_at = fields.DateTime()


class HadRewardAnswer(StandingOrderAnswer):
    """A reward that a member held or has, at your stores or given out by you."""

    redemption_id = fields.String()
    points = fields.Integer()
    placed_at = fields.DateTime()
    resolved_at = fields.DateTime(allow_none=True)


class HadRewardsAnswer(AnswerSchema):
    """A page of a member's rewards, the latest first; `next_cursor` leads to the next one."""

    redemptions = fields.List(fields.Nested(HadRewardAnswer))
    next_cursor = fields.String(allow_none=True)


@dataclass(frozen=True, slots=True)
class Page:
    """So many, older than a cursor."""

    limit: int = 25
    before: tuple[datetime, UUID] | None = None


class OrdersQuery(StrictSchema):
    """Which of them to show."""

    limit = Digits(_MOST)
    cursor = Text(1, 100, metadata={"description": "the next_cursor of the page before"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Page:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        cursor = data.pop("cursor", None)
        return Page(**data, before=None if cursor is None else _before(cursor))


_QUOTE = RewardQuoteBody()
_PAGE = OrdersQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("orders", __name__, tag="Redemptions")

    @door(
        blueprint, "/redemptions/quotes", scope="redeem:write", takes=_QUOTE,
        gives=RewardQuoteAnswer, refuses=[
            MemberUnknownError, MemberMergedError, MemberFrozenError, StoreUnknownError,
            RewardUnknownError, SlotUnknownError, PluginFailedError,
        ],
        example={
            "member": {"type": "card", "value": "9900000000000002"}, "store": "main",
            "reward_id": "grocery:mug",
        },
    )  # fmt: skip
    def quote_reward(call: Call) -> Answer:
        """Tell what a reward costs a member; the price holds for minutes, nothing is written."""
        ask = call.body(_QUOTE, Ask)
        with call.work() as work:
            return _quoted(redemption.quote(work, ask))

    @door(
        blueprint, "/members/<member_ref>/redemptions", scope="redeem:write",
        gives=HadRewardsAnswer, query=_PAGE, refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def list_rewards_of_member(call: Call, member_ref: str) -> Answer:
        """List the rewards a member had at your stores or of you, the latest first."""
        page = call.query(_PAGE, Page)
        with call.work() as work:
            member = members.find(work, Token("member_ref", member_ref))
            found = orders.of_member(
                work, member.id, partner_id=holds.partner_of(work), before=page.before,
                limit=page.limit + 1,
            )  # fmt: skip
            return _listed(work, found, page.limit)

    return blueprint


def held_order(work: Work, done: Redemption) -> Answer | None:
    """Return the reward of a hold, without what came with its capture."""
    order = ordered(work, done)
    return None if order is None else order | {"coupons": []} | _brought(Delivered())


def ordered(work: Work, done: Redemption) -> Answer | None:
    """Return the reward of a redemption as it was issued; ``None`` where points were paid."""
    order = orders.find(work, done.id) if done.purpose == "reward" else None
    return _order(work, order) if order else None


def standing_order(work: Work, done: Redemption) -> Answer | None:
    """Return the reward of a redemption as it stands; ``None`` where points were paid."""
    order = orders.find(work, done.id) if done.purpose == "reward" else None
    return _standing(work, order) if order else None


def _order(work: Work, order: Order) -> Answer:
    return {
        "reward_id": order.offer,
        "kind": order.kind,
        "quantity": order.quantity,
        "money": answers.money(order.money),
        "slot": answers.instant(datetime.fromisoformat(order.slot)) if order.slot else None,
        "coupons": [
            {
                "coupon_id": public_id("cpn", each.id),
                "code": each.code,
                "valid_until": each.valid_until.isoformat(),
            }
            for each in (orders.codes(work, order) if order.coupons else ())
        ],
    } | _brought(deliveries.delivered(work, order))


def _brought(came: Delivered) -> Answer:
    return {
        "draw": came.draw or None,
        "tickets": [
            {"ticket_id": public_id("tkt", each), "number": number, "state": state}
            for each, number, state in came.tickets
        ],
        "chance": came.chance or None,
        "chances": [
            {"chance_id": public_id("chn", each), "state": state} for each, state in came.chances
        ],
        "credited": {"currency": came.points[0], "points": came.points[1]} if came.points else None,
    }


def _standing(work: Work, order: Order) -> Answer:
    return _order(work, order) | {
        "status": order.state,
        "fulfilment": order.errand,
        "reference": order.reference or None,
    }


def _quoted(told: Quoted) -> Answer:
    priced = told.priced
    return {
        "quote": told.text,
        "reward_id": priced.offer.id,
        "quantity": priced.placing.quantity,
        "points": priced.points,
        "money": answers.money(priced.placing.money),
        "worth": answers.money(priced.worth),
        "left_units": told.left_units,
        "against": [{"reason": each.reason} for each in told.against],
        "expires_at": answers.instant(told.expires_at),
    }


def _listed(work: Work, found: Sequence[Order], limit: int) -> Answer:
    shown = found[:limit]
    return {
        "redemptions": [
            _standing(work, each)
            | {
                "redemption_id": each.public_id,
                "points": each.points,
                "placed_at": answers.instant(each.placed_at),
                "resolved_at": answers.instant(each.resolved_at) if each.resolved_at else None,
            }
            for each in shown
        ],
        "next_cursor": _cursor(shown[-1]) if len(found) > limit else None,
    }


def _cursor(last: Order) -> str:
    text = f"{last.placed_at.isoformat()} {last.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _before(cursor: str) -> tuple[datetime, UUID]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        at, _, last = text.decode().partition(" ")
        before = datetime.fromisoformat(at), UUID(last)
    except (NotBase64, ValueError):
        raise ValidationError({"cursor": ["Write the next_cursor of the page before."]}) from None
    if before[0].tzinfo is None:
        raise ValidationError({"cursor": ["Write the next_cursor of the page before."]})
    return before
