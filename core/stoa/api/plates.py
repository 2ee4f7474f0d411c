"""Doors of plates: which cars a member comes with, as far as your partner bound them."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    CodeExpiredError,
    CodeUsedError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PlateLimitError,
    PlateTakenError,
    PlateUnknownError,
    StaticTokenError,
)
from stoa.services import idempotency, plates
from stoa.services.members import Token
from stoa.services.plates import Bound
from stoa.work import Work

__all__ = ["create_blueprint"]


@dataclass(frozen=True, slots=True)
class Plate:
    """A number plate, as it was written."""

    plate: str


@dataclass(frozen=True, slots=True)
class Binding:
    """A number plate to be bound, and what the member showed for it."""

    plate: str
    code: str | None = None


class PlateBody(StrictSchema):
    """A number plate."""

    plate = Text(2, 32, required=True, metadata={"examples": ["沪A12345"]})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Plate:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Plate(**data)


class BindingBody(StrictSchema):
    """A number plate, and the code of the member whose car it is."""

    plate = Text(2, 32, required=True, metadata={"examples": ["沪A12345"]})
    code = Text(1, 64, metadata={"description": "the member code shown; needed by a till"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Binding:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Binding(**data)


class PlateAnswer(AnswerSchema):
    """A plate that leads to a member."""

    plate = fields.String(metadata={"examples": ["沪A12345"], "description": "in its one spelling"})
    since = fields.DateTime()


class PlatesAnswer(AnswerSchema):
    """The plates of a member that your partner bound."""

    plates = fields.List(fields.Nested(PlateAnswer))


_PLATE = PlateBody()
_BINDING = BindingBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("plates", __name__, tag="Members")

    @door(
        blueprint, "/members/<member_ref>/plates", scope="members:read", gives=PlatesAnswer,
        refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def list_plates(call: Call, member_ref: str) -> Answer:
        """List the plates of a member that your partner bound."""
        with call.work() as work:
            return _plates(work, member_ref)

    @door(
        blueprint, "/members/<member_ref>/plates", scope="members:write", takes=_BINDING,
        gives=PlatesAnswer, status=201,
        refuses=[
            MemberUnknownError, MemberMergedError, MemberFrozenError, PlateLimitError,
            PlateTakenError, StaticTokenError, CodeExpiredError, CodeUsedError,
        ],
        example={"plate": "沪A12345", "code": "7KQ2W9MR3XTE0A5CVB1DZ"},
    )  # fmt: skip
    def bind_plate(call: Call, member_ref: str) -> tuple[Answer, bool]:
        """Bind a plate to a member, who is then found by it."""
        wanted, named = call.body(_BINDING, Binding), Token("member_ref", member_ref)
        by = Token("qr", wanted.code) if wanted.code else None
        spending.refuse(call.actor, by or named)

        def bound(work: Work) -> Answer:
            plates.bind(work, named, wanted.plate, by=by)
            return _plates(work, member_ref)

        with call.work() as work:
            return idempotency.once(work, call.key, lambda: bound(work))

    @door(
        blueprint, "/members/<member_ref>/plates/unbind", scope="members:write", takes=_PLATE,
        gives=PlatesAnswer, status=201,
        refuses=[MemberUnknownError, MemberMergedError, PlateUnknownError],
        example={"plate": "沪A12345"},
    )  # fmt: skip
    def unbind_plate(call: Call, member_ref: str) -> tuple[Answer, bool]:
        """Unbind a plate that your partner bound; it leads to the member no longer."""
        plate = call.body(_PLATE, Plate).plate

        def unbound(work: Work) -> Answer:
            plates.unbind(work, Token("member_ref", member_ref), plate)
            return _plates(work, member_ref)

        with call.work() as work:
            return idempotency.once(work, call.key, lambda: unbound(work))

    return blueprint


def _plates(work: Work, member_ref: str) -> Answer:
    return {"plates": [_plate(each) for each in plates.of(work, Token("member_ref", member_ref))]}


def _plate(bound: Bound) -> Answer:
    return {"plate": bound.plate, "since": answers.instant(bound.since)}
