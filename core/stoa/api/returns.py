"""Doors of returns: goods that come back, and a purchase undone on its own day."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, BalanceAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import DecimalText, Text, Whole, Word
from stoa.api.schemas import Items, StrictSchema
from stoa.errors import (
    AlreadyReturnedError,
    ExceedsPurchaseError,
    LinesDoNotSumError,
    PurchaseClosedError,
    PurchaseUnknownError,
    ReceiptClaimedError,
    WalletBusyError,
)
from stoa.services import returns
from stoa.services.backs import Back, BackLine, BackTender
from stoa.services.returns import Returned
from stoa.values.amounts import Money
from stoa.values.facts import TenderKind
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = [
    "OF_A_RETURN",
    "Reason",
    "ReasonBody",
    "ReturnBody",
    "ReturnedAnswer",
    "create_blueprint",
    "returned_answer",
]

_MAX_LINE_NO = 9999


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is undone, in the till's words."""

    reason: str = ""


class BackLineBody(StrictSchema):
    """A line of the purchase: how much of it comes back, or what money goes back without goods."""

    line_no = Whole(1, _MAX_LINE_NO, required=True)
    quantity = DecimalText(3, low=1, metadata={"description": "goods that come back"})
    amount = DecimalText(metadata={"description": "money back without goods", "examples": ["5.00"]})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> BackLine:  # noqa: ANN401 - marshmallow's
        """Return the record of the deeds."""
        if ("quantity" in data) == ("amount" in data):
            raise ValidationError({"quantity": ["Give either a quantity or an amount."]})
        return BackLine(data["line_no"], data.get("quantity"), data.get("amount"))


class BackTenderBody(StrictSchema):
    """How a part of the money goes back."""

    kind = Word(tuple(TenderKind), required=True)
    amount = DecimalText(required=True, metadata={"examples": ["50.00"]})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> BackTender:  # noqa: ANN401 - marshmallow's
        """Return the record of the deeds."""
        return BackTender(TenderKind(data["kind"]), data["amount"])


class ReturnBody(StrictSchema):
    """What comes back: lines, or an amount; without either, everything that is left."""

    receipt_no = Text(1, 64, required=True, metadata={"examples": ["RR-1"]})
    terminal = Text(0, 64)
    lines = Items(BackLineBody)
    amount = DecimalText(metadata={"description": "shared over all lines", "examples": ["60.00"]})
    tenders = Items(BackTenderBody, metadata={"description": "add up to what comes back"})
    reason = Text(0, 200)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Back:  # noqa: ANN401 - marshmallow's
        """Return the record of the deeds."""
        lines = tuple(data.pop("lines", ()))
        if lines and "amount" in data:
            raise ValidationError({"amount": ["Give either lines or an amount."]})
        if len({line.line_no for line in lines}) < len(lines):
            raise ValidationError({"lines": ["Name each line once."]})
        return Back(lines=lines, tenders=tuple(data.pop("tenders", ())), **data)


class ReasonBody(StrictSchema):
    """Why, for those who read the till's log."""

    reason = Text(0, 200)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Reason:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Reason(**data)


class PaidOutAnswer(AnswerSchema):
    """What goes back by a means of payment."""

    kind = fields.String(metadata={"enum": list(TenderKind)})
    amount = fields.String(metadata={"examples": ["50.00"]})


class ReturnedAnswer(AnswerSchema):
    """What a return or void took back, and what goes back to the member."""

    return_id = fields.String()
    purchase_id = fields.String()
    status = fields.String(metadata={"enum": ["posted", "returned", "voided"]})
    clawed_back = fields.Integer()
    debt_booked = fields.Integer(metadata={"description": "of these, spent already and now owed"})
    uncollected = fields.Integer(metadata={"description": "spent already, and let go"})
    restored = fields.Integer(metadata={"description": "points that had paid, back in their lots"})
    unmatched = fields.String(
        metadata={
            "description": "of `tenders`, paid with points whose redemption is not known",
            "examples": ["0.00"],
        }
    )
    tenders = fields.List(fields.Nested(PaidOutAnswer))
    balance = fields.Nested(BalanceAnswer)


_RETURN = ReturnBody()
_REASON = ReasonBody()
_REFUSES = [
    PurchaseUnknownError, PurchaseClosedError, AlreadyReturnedError, WalletBusyError,
]  # fmt: skip
OF_A_RETURN = [*_REFUSES, ExceedsPurchaseError, LinesDoNotSumError, ReceiptClaimedError]
"""What a return of a known purchase may be refused with."""


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("returns", __name__, tag="Purchases")

    @door(
        blueprint, "/purchases/<purchase_id>/returns", scope="earn:write", takes=_RETURN,
        gives=ReturnedAnswer, status=201,
        refuses=OF_A_RETURN,
        example={
            "receipt_no": "RR-1", "lines": [{"line_no": 1, "quantity": "1"}],
            "tenders": [{"kind": "card", "amount": "836.00"}],
        },
    )  # fmt: skip
    def return_goods(call: Call, purchase_id: str) -> tuple[Answer, bool]:
        """Take goods or money back with what they had earned; restore the points that paid."""
        back = call.body(_RETURN, Back)
        with call.work() as work:
            done = returns.take_back(work, _known(purchase_id), back, key=call.key)
            return returned_answer(work, done), done.replayed

    @door(
        blueprint, "/purchases/<purchase_id>/void", scope="earn:write", takes=_REASON,
        gives=ReturnedAnswer, status=201, refuses=_REFUSES, example={"reason": "wrong card"},
    )  # fmt: skip
    def void_purchase(call: Call, purchase_id: str) -> tuple[Answer, bool]:
        """Undo a purchase of the same business day of which nothing came back."""
        why = call.body(_REASON, Reason).reason
        with call.work() as work:
            done = returns.void(work, _known(purchase_id), key=call.key, reason=why)
            return returned_answer(work, done), done.replayed

    return blueprint


def _known(purchase_id: str) -> UUID:
    known = uuid_of("pur", purchase_id)
    if known is None:
        raise PurchaseUnknownError
    return known


def returned_answer(work: Work, done: Returned) -> Answer:
    """Return what a return or void did."""

    def amount(minor: int) -> str:
        return Money(minor, done.currency).amount

    return {
        "return_id": public_id("txn", done.return_id),
        "purchase_id": public_id("pur", done.purchase_id),
        "status": done.status,
        "clawed_back": done.clawed_back,
        "debt_booked": done.debt_booked,
        "uncollected": done.uncollected,
        "restored": done.restored,
        "unmatched": amount(done.unmatched_minor),
        "tenders": [{"kind": kind, "amount": amount(minor)} for kind, minor in done.tenders],
        "balance": answers.balance(work, done.balance),
    }
