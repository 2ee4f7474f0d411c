"""The door of transfers: points go from one member to another."""

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema, BalanceAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Points, Text
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.errors import (
    BalanceLimitError,
    CodeExpiredError,
    CodeUsedError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PartnerSuspendedError,
    SameWalletError,
    StaticTokenError,
    StoreUnknownError,
    TransferLimitError,
    WalletBusyError,
)
from stoa.services import transfers
from stoa.services.transfers import Gift, Transferred
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["create_blueprint"]


class TransferBody(StrictSchema):
    """Points that one member gives to another."""

    giver = Part(MemberToken, required=True, data_key="from")
    to = Part(MemberToken, required=True)
    points = Points(required=True)
    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    reference = Text(0, 64)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Gift:  # noqa: ANN401 - marshmallow's
        """Return the gift of the deeds."""
        giver = data.pop("giver", None) or data.pop("from")
        return Gift(giver=giver, receiver=data.pop("to"), **data)


class TransferredAnswer(AnswerSchema):
    """What a transfer moved, and both wallets as far as the token may read them."""

    transfer_id = fields.String()
    points = fields.Integer()
    from_ref = fields.String(metadata={"description": "who gave"})
    to_ref = fields.String(metadata={"description": "who received"})
    balance = fields.Nested(BalanceAnswer, metadata={"description": "the giver's"})
    to_balance = fields.Nested(
        BalanceAnswer,
        allow_none=True,
        metadata={"description": "the receiver's, where the token has `balance:read`"},
    )


_TRANSFER = TransferBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("transfers", __name__, tag="Transfers")

    @door(
        blueprint, "/transfers", scope="transfer:write", takes=_TRANSFER, gives=TransferredAnswer,
        status=201,
        refuses=[
            MemberUnknownError, MemberMergedError, MemberFrozenError, PartnerSuspendedError,
            StoreUnknownError, SameWalletError, InsufficientPointsError, TransferLimitError,
            BalanceLimitError, WalletBusyError, CodeExpiredError, CodeUsedError,
            StaticTokenError,
        ],
        example={
            "from": {"type": "qr", "value": "7KQ2W9MR3XTE0A5CVB1DZ"},
            "to": {"type": "phone", "value": "+8613800138000"}, "points": 500, "store": "main",
        },
    )  # fmt: skip
    def transfer_points(call: Call) -> tuple[Answer, bool]:
        """Give points of one member to another; they keep their last day."""
        gift = call.body(_TRANSFER, Gift)
        spending.refuse(call.actor, gift.giver)
        with call.work() as work:
            done = transfers.transfer(work, gift, key=call.key)
            return _transferred(work, done), done.replayed

    return blueprint


def _transferred(work: Work, done: Transferred) -> Answer:
    reads = "balance:read" in work.actor.scopes
    return {
        "transfer_id": public_id("txn", done.id),
        "points": done.points,
        "from_ref": answers.member_ref(work, done.giver_id),
        "to_ref": answers.member_ref(work, done.receiver_id),
        "balance": answers.balance(work, done.balance),
        "to_balance": answers.balance(work, done.received) if reads else None,
    }
