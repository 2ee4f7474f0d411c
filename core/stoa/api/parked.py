"""Doors of returns by the receipt of their sale, and of those that wait for it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Day, Text, Word
from stoa.api.history import Digits
from stoa.api.returns import (
    OF_A_RETURN,
    Reason,
    ReasonBody,
    ReturnBody,
    ReturnedAnswer,
    returned_answer,
)
from stoa.api.schemas import Part, StrictSchema
from stoa.errors import ReturnResolvedError, ReturnUnknownError, StoreUnknownError
from stoa.services import parked
from stoa.services.backs import Back
from stoa.services.parked import STATES, Original, Parked
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = [
    "Asked",
    "OriginalBody",
    "OriginalReturnBody",
    "QueueQuery",
    "create_blueprint",
    "parked_answer",
]

_MOST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A return, and the receipt of its sale."""

    original: Original
    back: Back = field(default_factory=Back)


@dataclass(frozen=True, slots=True)
class Queued:
    """Which waiting returns to show."""

    status: str = "awaiting"
    after: UUID | None = None
    limit: int = 25


class OriginalBody(StrictSchema):
    """The receipt of the sale, as it was or will be reported."""

    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    terminal = Text(0, 64)
    receipt_no = Text(1, 64, required=True, metadata={"examples": ["R-1001"]})
    business_date = Day(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Original:  # noqa: ANN401 - marshmallow's
        """Return the record of the deeds."""
        return Original(**data)


class OriginalReturnBody(ReturnBody):
    """What comes back of the sale of a receipt; without lines or amount, all that is left."""

    original = Part(OriginalBody, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        original = data.pop("original")
        return Asked(original, super().make(data))


class QueueQuery(StrictSchema):
    """Which waiting returns to show: a status, and where to go on."""

    status = Word(STATES)
    cursor = Text(1, 64)
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Queued:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        cursor = data.pop("cursor", None)
        after = uuid_of("ret", cursor) if cursor else None
        if cursor and after is None:
            raise ValidationError({"cursor": ["Write the next_cursor of the page before."]})
        return Queued(after=after, **data)


class OriginalAnswer(AnswerSchema):
    """The receipt of a sale."""

    store = fields.String(metadata={"description": "the store's code"})
    terminal = fields.String()
    receipt_no = fields.String()
    business_date = fields.Date()


class ParkedAnswer(AnswerSchema):
    """A return that came before its sale, and what became of it."""

    return_id = fields.String()
    status = fields.String(metadata={"enum": ["awaiting_original", *STATES[1:]]})
    original = fields.Nested(OriginalAnswer)
    receipt_no = fields.String(metadata={"description": "of the return"})
    received_at = fields.DateTime()
    resolved_at = fields.DateTime(allow_none=True)
    refusal = fields.String(allow_none=True, metadata={"description": "why its sale refused it"})
    transaction_id = fields.String(allow_none=True)


class QueuedAnswer(ParkedAnswer):
    """A return of the queue, and what became of it."""


class QueueAnswer(AnswerSchema):
    """Returns that came before their sale, oldest first; `next_cursor` leads to the next page."""

    returns = fields.List(fields.Nested(QueuedAnswer))
    next_cursor = fields.String(allow_none=True)


class FromOriginalAnswer(ReturnedAnswer):
    """What a return of a known sale took back, and what goes back to the member."""


class DroppedAnswer(ParkedAnswer):
    """A return that was taken out of the queue."""


_ASKED = OriginalReturnBody()
_QUEUE = QueueQuery()
_REASON = ReasonBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("parked", __name__, tag="Purchases")

    @door(
        blueprint, "/returns", scope="earn:write", takes=_ASKED, gives=FromOriginalAnswer,
        status=201, also={202: ParkedAnswer}, refuses=[*OF_A_RETURN, StoreUnknownError],
        example={
            "original": {
                "store": "main", "terminal": "t7", "receipt_no": "R-1001",
                "business_date": "2026-05-01",
            },
            "receipt_no": "RR-1", "lines": [{"line_no": 1, "quantity": "1"}],
        },
    )  # fmt: skip
    def return_by_receipt(call: Call) -> tuple[Answer, bool, int]:
        """Take goods or money back of the sale of a receipt, though that were still to come."""
        asked = call.body(_ASKED, Asked)
        with call.work() as work:
            done, repeated = parked.take_back(work, asked.original, asked.back, key=call.key)
            if isinstance(done, Parked):
                return parked_answer(work, done), repeated, 202
            return returned_answer(work, done), repeated, 201

    @door(blueprint, "/returns", scope="earn:write", gives=QueueAnswer, query=_QUEUE)
    def list_returns(call: Call) -> Answer:
        """List the returns that came before their sale, oldest first."""
        asked = call.query(_QUEUE, Queued)
        with call.work() as work:
            found = parked.queue(work, asked.status, after=asked.after, limit=asked.limit + 1)
            shown = found[: asked.limit]
            more = public_id("ret", shown[-1].id) if len(found) > asked.limit else None
            return {"returns": [parked_answer(work, each) for each in shown], "next_cursor": more}

    @door(
        blueprint, "/returns/<return_id>", scope="earn:write", gives=ParkedAnswer,
        refuses=[ReturnUnknownError],
    )  # fmt: skip
    def read_return(call: Call, return_id: str) -> Answer:
        """Read what became of a return that came before its sale."""
        with call.work() as work:
            return parked_answer(work, parked.find(work, _known(return_id)))

    @door(
        blueprint, "/returns/<return_id>/drop", scope="earn:write", takes=_REASON,
        gives=DroppedAnswer, status=201, refuses=[ReturnUnknownError, ReturnResolvedError],
        example={"reason": "the sale was never made"},
    )  # fmt: skip
    def drop_return(call: Call, return_id: str) -> tuple[Answer, bool]:
        """Take a return out of the queue, for its sale will not come."""
        why = call.body(_REASON, Reason).reason
        with call.work() as work:
            done, repeated = parked.drop(work, _known(return_id), key=call.key, reason=why)
            return parked_answer(work, done), repeated

    return blueprint


def _known(return_id: str) -> UUID:
    known = uuid_of("ret", return_id)
    if known is None:
        raise ReturnUnknownError
    return known


def parked_answer(work: Work, each: Parked) -> Answer:
    """Return a return that came before its sale, and what became of it."""
    return {
        "return_id": public_id("ret", each.id),
        "status": "awaiting_original" if each.state == "awaiting" else each.state,
        "original": {
            "store": answers.store_of(work, each.store_id).code,
            "terminal": each.terminal,
            "receipt_no": each.receipt_no,
            "business_date": each.business_date.isoformat(),
        },
        "receipt_no": each.back.receipt_no,
        "received_at": answers.instant(each.received_at),
        "resolved_at": answers.instant(each.resolved_at) if each.resolved_at else None,
        "refusal": each.refusal or None,
        "transaction_id": public_id("txn", each.transaction_id) if each.transaction_id else None,
    }
