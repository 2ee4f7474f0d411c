"""Doors for the alliance's own app: the code that a member shows, a confirmation, the PIN.

Their scope is none of a till's: whoever can make codes can spend the points of every member.
"""

from dataclasses import dataclass, field
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Points, Text
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    CurrencyUnknownError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
)
from stoa.services import currencies, member_codes, members, step_up
from stoa.services.members import Token

__all__ = ["create_blueprint"]

_MEMBER = [MemberUnknownError, MemberMergedError, MemberFrozenError]


@dataclass(frozen=True, slots=True)
class Confirming:
    """How many points the member agreed to spend, if the app asked."""

    points: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class NewPin:
    """The PIN that a member chose."""

    pin: str = field(repr=False)


class ShowCodeBody(StrictSchema):
    """Nothing for the code alone; the points that the member agreed to, for a confirmation."""

    points = Points(metadata={"description": "that the member agreed to spend"})
    currency = Text(1, 12, metadata={"description": "of the points; the alliance's by default"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Confirming:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Confirming(**data)


class PinBody(StrictSchema):
    """A PIN of four to eight digits."""

    pin = Text(1, 16, required=True, metadata={"pattern": "^[0-9]{4,8}$"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewPin:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return NewPin(**data)


class MemberCodeAnswer(AnswerSchema):
    """The code to be drawn as a QR code now."""

    code = fields.String(metadata={"examples": ["7KQ2W9MR3XTE0A5CVB1DZ"]})
    renews_at = fields.DateTime(metadata={"description": "when to ask for the next one"})
    expires_at = fields.DateTime(metadata={"description": "when this one stops being good"})
    confirmation = fields.String(
        allow_none=True, metadata={"description": "of the points, where they were told"}
    )


class PinAnswer(AnswerSchema):
    """That a PIN is set; it is told to nobody."""

    member_ref = fields.String()
    pin_set = fields.Boolean()


_CODE, _PIN = ShowCodeBody(), PinBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("member_codes", __name__, tag="Member codes")

    @door(
        blueprint, "/members/<member_ref>/code", scope="codes:write", takes=_CODE,
        gives=MemberCodeAnswer, refuses=[*_MEMBER, CurrencyUnknownError], example={"points": 3000},
    )  # fmt: skip
    def show_code(call: Call, member_ref: str) -> Answer:
        """Show a member's code as it is now; with points, also a confirmation of these."""
        asked = call.body(_CODE, Confirming)
        with call.work() as work:
            found = members.find(work, Token("member_ref", member_ref))
            shown = member_codes.show(work, found.id)
            confirmation = None
            if asked.points is not None:
                currency = currencies.find(work, asked.currency).code
                confirmation = member_codes.confirm(work, found.id, asked.points, currency)
            return {
                "code": shown.text,
                "renews_at": answers.instant(shown.renews_at),
                "expires_at": answers.instant(shown.expires_at),
                "confirmation": confirmation,
            }

    @door(
        blueprint, "/members/<member_ref>/pin", scope="codes:write", takes=_PIN, gives=PinAnswer,
        refuses=_MEMBER, example={"pin": "4719"},
    )  # fmt: skip
    def set_pin(call: Call, member_ref: str) -> Answer:
        """Give a member the PIN that the member chose, or another one."""
        chosen = call.body(_PIN, NewPin)
        with call.work() as work:
            found = members.find(work, Token("member_ref", member_ref))
            if found.status != "active":
                raise MemberFrozenError
            step_up.set_pin(work, found.id, chosen.pin)
            return {"member_ref": member_ref, "pin_set": True}

    return blueprint
