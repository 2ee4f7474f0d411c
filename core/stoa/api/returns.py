"""Doors of returns: goods that come back, and a purchase undone on its own day."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, BalanceAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import DecimalText, Text, Whole
from stoa.api.schemas import Items, StrictSchema
from stoa.errors import (
    AlreadyReturnedError,
    ExceedsPurchaseError,
    PurchaseClosedError,
    PurchaseUnknownError,
    ReceiptClaimedError,
    WalletBusyError,
)
from stoa.services import returns
from stoa.services.returns import Returned
from stoa.values.identifiers import public_id, uuid_of

__all__ = ["Reason", "ReasonBody", "create_blueprint"]

_MAX_LINE_NO = 9999


@dataclass(frozen=True, slots=True)
class Back:
    """What comes back: quantities in thousandths by line number; all that is left for ``None``."""

    receipt_no: str
    quantities: dict[int, int] | None = None
    terminal: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is undone, in the till's words."""

    reason: str = ""


class BackLineBody(StrictSchema):
    """A line of the purchase, and how much of it comes back."""

    line_no = Whole(1, _MAX_LINE_NO, required=True)
    quantity = DecimalText(3, low=1, required=True)


class ReturnBody(StrictSchema):
    """Goods that come back; without lines, everything that is left."""

    receipt_no = Text(1, 64, required=True, metadata={"examples": ["RR-1"]})
    terminal = Text(0, 64)
    lines = Items(BackLineBody)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Back:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        lines = data.pop("lines", None)
        if lines is not None:
            data["quantities"] = {line["line_no"]: line["quantity"] for line in lines}
            if len(data["quantities"]) < len(lines):
                raise ValidationError({"lines": ["Name each line once."]})
        return Back(**data)


class ReasonBody(StrictSchema):
    """Why, for those who read the till's log."""

    reason = Text(0, 200)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Reason:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Reason(**data)


class ReturnedAnswer(AnswerSchema):
    """What a return or void took back: points from the wallet, and points that are owed."""

    return_id = fields.String()
    purchase_id = fields.String()
    status = fields.String(metadata={"enum": ["posted", "returned", "voided"]})
    clawed_back = fields.Integer()
    debt_booked = fields.Integer(metadata={"description": "of these, spent already and now owed"})
    balance = fields.Nested(BalanceAnswer)


_RETURN = ReturnBody()
_REASON = ReasonBody()
_REFUSES = [
    PurchaseUnknownError, PurchaseClosedError, AlreadyReturnedError, WalletBusyError,
]  # fmt: skip


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("returns", __name__, tag="Purchases")

    @door(
        blueprint, "/purchases/<purchase_id>/returns", scope="earn:write", takes=_RETURN,
        gives=ReturnedAnswer, status=201,
        refuses=[*_REFUSES, ExceedsPurchaseError, ReceiptClaimedError],
        example={"receipt_no": "RR-1", "lines": [{"line_no": 1, "quantity": "1"}]},
    )  # fmt: skip
    def return_goods(call: Call, purchase_id: str) -> tuple[Answer, bool]:
        """Take goods back and take back what they had earned."""
        back = call.body(_RETURN, Back)
        with call.work() as work:
            done = returns.return_lines(
                work, _known(purchase_id), back.quantities, key=call.key,
                receipt_no=back.receipt_no, terminal=back.terminal,
            )  # fmt: skip
            return _returned(done), done.replayed

    @door(
        blueprint, "/purchases/<purchase_id>/void", scope="earn:write", takes=_REASON,
        gives=ReturnedAnswer, status=201, refuses=_REFUSES, example={"reason": "wrong card"},
    )  # fmt: skip
    def void_purchase(call: Call, purchase_id: str) -> tuple[Answer, bool]:
        """Undo a purchase of the same business day of which nothing came back."""
        why = call.body(_REASON, Reason).reason
        with call.work() as work:
            done = returns.void(work, _known(purchase_id), key=call.key, reason=why)
            return _returned(done), done.replayed

    return blueprint


def _known(purchase_id: str) -> UUID:
    known = uuid_of("pur", purchase_id)
    if known is None:
        raise PurchaseUnknownError
    return known


def _returned(done: Returned) -> Answer:
    return {
        "return_id": public_id("txn", done.return_id),
        "purchase_id": public_id("pur", done.purchase_id),
        "status": done.status,
        "clawed_back": done.clawed_back,
        "debt_booked": done.debt_booked,
        "balance": answers.balance(done.balance),
    }
