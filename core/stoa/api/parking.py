"""Doors of what a stay costs: quote it, hold what is free, take it, give it back; offline gates."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text, Word
from stoa.api.returns import Reason, ReasonBody
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.api.spending import StepUpBody
from stoa.api.stays import StayAnswer, stay_answer, stay_id_of
from stoa.errors import (
    BenefitUnknownError,
    ClaimRefusedError,
    CodeExpiredError,
    CodeUsedError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    ParkingQuoteChangedError,
    ParkingQuoteClosedError,
    ParkingQuoteExpiredError,
    ParkingQuoteUnknownError,
    PinLockedError,
    PinWrongError,
    PluginFailedError,
    StaticTokenError,
    StayHeldError,
    StayOddError,
    StayUnknownError,
    StepUpRequiredError,
    StoreUnknownError,
)
from stoa.services import idempotency, parking
from stoa.services.members import Token
from stoa.services.parking import Ask, Inside, Quote
from stoa.services.step_up import Proof
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = ["create_blueprint"]

_STATES = ["quoted", "held", "paid", "released", "expired"]


@dataclass(frozen=True, slots=True)
class Asking:
    """Which stay, and for whom."""

    stay: str | None = None
    plate: str | None = None
    member: Token | None = None


@dataclass(frozen=True, slots=True)
class Applying:
    """What the rest is paid with, and by whom."""

    pay: str
    member: Token | None = None
    step_up: Proof | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """Which car park's gate has no line."""

    carpark: str


class StayQuoteBody(StrictSchema):
    """A stay to be quoted: by its id, or by the plate of a car that is inside."""

    stay = Text(1, 64, metadata={"description": "the id of a stay"})
    plate = Text(2, 32, metadata={"examples": ["沪A12345"]})
    member = Part(MemberToken, metadata={"description": "else who has had the plate longest"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Asking:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        if ("stay" in data) == ("plate" in data):
            raise ValidationError({"stay": ["Send a stay or a plate, one of them."]})
        return Asking(**data)


class ApplyBody(StrictSchema):
    """What the rest is paid with."""

    pay = Word(parking.PAYS, required=True)
    member = Part(MemberToken, metadata={"description": "who pays with points, by what may spend"})
    step_up = Part(StepUpBody, metadata={"description": "where so many points need it"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Applying:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Applying(**data)


class GateQuery(StrictSchema):
    """Which car park's gate has no line."""

    carpark = Text(1, 64, required=True, metadata={"description": "code or id of your store"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Gate:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Gate(**data)


class EntitlementAnswer(AnswerSchema):
    """Free minutes, why they are free, and who pays them."""

    source = fields.String(metadata={"examples": ["hours_by_spend"]})
    minutes = fields.Integer()
    payer = fields.String(metadata={"enum": ["operator", "partner", "merchants", "shared"]})


class StayQuoteAnswer(AnswerSchema):
    """What a stay costs until `leave_by`, what is free of it, and what is left to pay."""

    quote_id = fields.String(metadata={"examples": ["pkq_01m8155c9qf4r9yj3v0w4q1ztb"]})
    status = fields.String(metadata={"enum": _STATES})
    stay_id = fields.String()
    member_ref = fields.String(allow_none=True)
    stay_minutes = fields.Integer()
    fee = fields.Nested(MoneyAnswer)
    entitlements = fields.List(fields.Nested(EntitlementAnswer))
    worth = fields.Nested(MoneyAnswer, metadata={"description": "of the free minutes"})
    paid = fields.Nested(MoneyAnswer, metadata={"description": "of this stay before"})
    due = fields.Nested(MoneyAnswer)
    points_option = fields.Integer(allow_none=True, metadata={"description": "would pay it"})
    pay = fields.String(allow_none=True, metadata={"enum": [*parking.PAYS, None]})
    at = fields.DateTime()
    leave_by = fields.DateTime()


class GateCarAnswer(AnswerSchema):
    """A car inside that a gate without a line may let go for so many minutes free."""

    stay = fields.Nested(StayAnswer)
    free_minutes = fields.Integer()
    paid = fields.Boolean(metadata={"description": "the rest is held or paid: let it go"})


class GateListAnswer(AnswerSchema):
    """What a gate without a line may go by until `valid_until`."""

    valid_until = fields.DateTime()
    cars = fields.List(fields.Nested(GateCarAnswer))


_QUOTE = StayQuoteBody()
_APPLY = ApplyBody()
_REASON = ReasonBody()
_GATE = GateQuery()
_CLOSED = [ParkingQuoteUnknownError, ParkingQuoteClosedError]


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("parking_quotes", __name__, tag="Parking")

    @door(
        blueprint, "/parking/quotes", scope="parking:write", takes=_QUOTE, gives=StayQuoteAnswer,
        status=201,
        refuses=[
            StayUnknownError, StayOddError, MemberUnknownError, MemberMergedError,
            MemberFrozenError, BenefitUnknownError, ClaimRefusedError, PluginFailedError,
        ],
        example={"plate": "沪A12345"},
    )  # fmt: skip
    def quote_stay(call: Call) -> tuple[Answer, bool]:
        """Say what a stay costs now, what is free of it, and what is left; nothing is held."""
        asking = call.body(_QUOTE, Asking)

        def quoted(work: Work) -> Answer:
            stay_id = stay_id_of(asking.stay) if asking.stay else None
            return _quote(work, parking.quote(work, Ask(stay_id, asking.plate, asking.member)))

        with call.work() as work:
            return idempotency.once(work, call.key, lambda: quoted(work))

    @door(
        blueprint, "/parking/quotes/<quote_id>", scope="parking:write", gives=StayQuoteAnswer,
        refuses=[ParkingQuoteUnknownError],
    )  # fmt: skip
    def read_stay_quote(call: Call, quote_id: str) -> Answer:
        """Read a quote as it stands."""
        with call.work() as work:
            return _quote(work, parking.find(work, _known(quote_id)))

    @door(
        blueprint, "/parking/quotes/<quote_id>/apply", scope="parking:write", takes=_APPLY,
        gives=StayQuoteAnswer, status=201,
        refuses=[
            *_CLOSED, ParkingQuoteExpiredError, ParkingQuoteChangedError, StayUnknownError,
            StayHeldError, StayOddError, MemberUnknownError, MemberMergedError, MemberFrozenError,
            InsufficientPointsError, BenefitUnknownError, ClaimRefusedError, PluginFailedError,
            StaticTokenError, CodeExpiredError, CodeUsedError, StepUpRequiredError, PinWrongError,
            PinLockedError,
        ],
        example={"pay": "money"},
    )  # fmt: skip
    def apply_stay_quote(call: Call, quote_id: str) -> tuple[Answer, bool]:
        """Hold what a quote says is free, and the points that pay the rest."""
        how = call.body(_APPLY, Applying)
        member, proof = how.member, how.step_up
        if how.pay == "points" and member is not None:
            spending.refuse(call.actor, member)
            known = _known(quote_id)
            proof = spending.proved(call, proof, lambda work: parking.owed(work, known, member))

        def applied(work: Work) -> Answer:
            done = parking.apply(work, _known(quote_id), pay=how.pay, member=member, step_up=proof)
            return _quote(work, done)

        with call.work() as work:
            return idempotency.once(work, call.key, lambda: applied(work))

    @door(
        blueprint, "/parking/quotes/<quote_id>/capture", scope="parking:write", takes=_REASON,
        gives=StayQuoteAnswer, status=201, refuses=[*_CLOSED, ParkingQuoteExpiredError],
        example={},
    )  # fmt: skip
    def capture_stay_quote(call: Call, quote_id: str) -> tuple[Answer, bool]:
        """Take what is held: the rest is paid. The car's OUT does the same."""
        call.body(_REASON, Reason)
        with call.work() as work:
            return idempotency.once(
                work, call.key, lambda: _quote(work, parking.capture(work, _known(quote_id)))
            )

    @door(
        blueprint, "/parking/quotes/<quote_id>/release", scope="parking:write", takes=_REASON,
        gives=StayQuoteAnswer, status=201, refuses=_CLOSED, example={},
    )  # fmt: skip
    def release_stay_quote(call: Call, quote_id: str) -> tuple[Answer, bool]:
        """Give back what is held or was taken: hours, receipts and points."""
        call.body(_REASON, Reason)
        with call.work() as work:
            return idempotency.once(
                work, call.key, lambda: _quote(work, parking.release(work, _known(quote_id)))
            )

    @door(
        blueprint, "/parking/offline", scope="parking:read", gives=GateListAnswer, query=_GATE,
        refuses=[StoreUnknownError, BenefitUnknownError, PluginFailedError],
    )  # fmt: skip
    def list_for_gate(call: Call) -> Answer:
        """List the cars inside that a gate may let go free while it has no line."""
        gate = call.query(_GATE, Gate)
        with call.work() as work:
            until, cars = parking.offline(work, gate.carpark)
            return {
                "valid_until": answers.instant(until),
                "cars": [_car(work, each) for each in cars],
            }

    return blueprint


def _known(quote_id: str) -> UUID:
    known = uuid_of("pkq", quote_id)
    if known is None:
        raise ParkingQuoteUnknownError
    return known


def _quote(work: Work, quote: Quote) -> Answer:
    member_id = quote.member_id
    return {
        "quote_id": public_id("pkq", quote.id),
        "status": quote.state,
        "stay_id": public_id("sty", quote.stay_id),
        "member_ref": answers.member_ref(work, member_id) if member_id else None,
        "stay_minutes": quote.stay_min,
        "fee": answers.money(quote.fee),
        "entitlements": [
            {"source": each.source, "minutes": each.minutes, "payer": each.payer}
            for each in quote.entitlements
        ],
        "worth": answers.money(quote.worth),
        "paid": answers.money(quote.paid),
        "due": answers.money(quote.due),
        "points_option": quote.points_option,
        "pay": quote.pay or None,
        "at": answers.instant(quote.at),
        "leave_by": answers.instant(quote.leave_by),
    }


def _car(work: Work, inside: Inside) -> Answer:
    return {
        "stay": stay_answer(work, inside.stay),
        "free_minutes": inside.free_min,
        "paid": inside.paid,
    }
