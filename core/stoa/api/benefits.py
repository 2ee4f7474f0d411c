"""Doors of benefits: what a member may enjoy; quote it, claim or hold it, give it back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Day, DecimalText, Instant, Switch, Text, Whole, Word, minor_of
from stoa.api.returns import Reason, ReasonBody
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.api.spending import StepUpBody
from stoa.errors import (
    BenefitUnknownError,
    ClaimClosedError,
    ClaimExpiredError,
    ClaimRefusedError,
    ClaimUnknownError,
    CodeExpiredError,
    CodeUsedError,
    ExceedsClaimError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PinLockedError,
    PinWrongError,
    PluginFailedError,
    StaticTokenError,
    StepUpRequiredError,
    StoreUnknownError,
)
from stoa.services import benefits, idempotency
from stoa.services.benefits import MAX_HOLD_S, MIN_HOLD_S, Claimed, Enjoyed, Quote, Wish
from stoa.services.members import Token
from stoa.services.step_up import Proof
from stoa.values.amounts import Money
from stoa.values.facts import Considered
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.rates import decimal_text
from stoa.work import Work

__all__ = ["create_blueprint"]


@dataclass(frozen=True, slots=True)
class Claiming:
    """What a till claims; the price stays text until the store's currency is known."""

    member: Token
    store: str
    benefit: str
    subject: str = ""
    at: datetime | None = None
    since: datetime | None = None
    quantity: int | None = None
    unit_price: str | None = None
    slot: datetime | None = None
    pay: str = "money"
    hold: bool = False
    ttl_s: int = 300
    step_up: Proof | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Whose benefits are asked for; all partners' where `partner` is ``None``."""

    partner: str | None = None


class BenefitBody(StrictSchema):
    """A benefit that a member may want to use."""

    member = Part(MemberToken, required=True)
    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    benefit = Text(1, 64, required=True, metadata={"examples": ["free_parking"]})
    subject = Text(0, 64, metadata={"description": "what it is used for, such as a plate"})
    at = Instant(metadata={"description": "when it is used; for a stay, its end"})
    since = Instant(metadata={"description": "for a stay, its start"})
    quantity = DecimalText(3, low=1, metadata={"description": "such as litres"})
    unit_price = DecimalText(metadata={"description": "in the store's currency"})

    slot = Instant(metadata={"description": "when a booked place begins, of `benefits/slots`"})
    pay = Word(
        ("money", "points"),
        metadata={"description": "with what to pay what is left; points are held and burned"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Claiming:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        claiming = Claiming(**data)
        if claiming.since and claiming.at and claiming.since > claiming.at:
            raise ValidationError({"since": ["A stay starts before it ends."]})
        return claiming


class ClaimBody(BenefitBody):
    """A benefit to use now, or to hold."""

    hold = Switch(metadata={"description": "hold it, and say later what was used"})
    ttl_s = Whole(
        MIN_HOLD_S, MAX_HOLD_S,
        metadata={"description": "how long to hold it, in seconds; 300 by default"},
    )  # fmt: skip
    step_up = Part(StepUpBody, metadata={"description": "where so many points need it"})


@dataclass(frozen=True, slots=True)
class Capturing:
    """How much of a held benefit was used; all where ``None``."""

    quantity: int | None = None


class CaptureClaimBody(StrictSchema):
    """What was used of a held benefit."""

    quantity = DecimalText(3, metadata={"description": "such as litres; all where left out"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Capturing:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Capturing(**data)


class WhereQuery(StrictSchema):
    """Whose benefits to list."""

    partner = Word(("own",), metadata={"description": "only what your partner gives"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Where:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Where(**data)


class BenefitAnswer(AnswerSchema):
    """A privilege that comes with standing, and the partner where it is enjoyed."""

    partner = fields.String(metadata={"examples": ["garage"], "description": "the partner's code"})
    partner_name = fields.String(metadata={"examples": ["Parkhaus Mitte"]})
    own = fields.Boolean(metadata={"description": "whether it is enjoyed at your partner"})
    benefit = fields.String(metadata={"examples": ["free_parking"]})
    title = fields.String()
    unit = fields.String(metadata={"examples": ["min"]})
    available = fields.String(metadata={"examples": ["60"]})
    reason = fields.String(
        metadata={
            "examples": ["gold tier: 60 min"],
            "description": "empty for what another partner's plugin gives",
        }
    )


class BenefitsAnswer(AnswerSchema):
    """What a member may enjoy now, at your partner first."""

    benefits = fields.List(fields.Nested(BenefitAnswer))


class ConsideredAnswer(AnswerSchema):
    """An offer that was weighed, and whether it is part of what is granted."""

    code = fields.String()
    worth = fields.Nested(MoneyAnswer)
    chosen = fields.Boolean()


class BenefitQuoteAnswer(AnswerSchema):
    """What a claim would get now; nothing is held by it."""

    benefit = fields.String()
    quantity = fields.String()
    unit = fields.String()
    worth = fields.Nested(MoneyAnswer)
    due = fields.Nested(MoneyAnswer)
    points_option = fields.Integer(allow_none=True, metadata={"description": "would pay it"})
    reason = fields.String()
    receipts = fields.Integer(metadata={"description": "how many receipts it would use"})
    offers = fields.List(fields.Nested(ConsideredAnswer))


class ClaimAnswer(AnswerSchema):
    """A benefit that is used or held: what it is worth, what is left to pay."""

    claim_id = fields.String()
    benefit = fields.String()
    status = fields.String(metadata={"enum": ["held", "used", "released", "expired"]})
    quantity = fields.String()
    unit = fields.String()
    worth = fields.Nested(MoneyAnswer)
    due = fields.Nested(MoneyAnswer)
    points_option = fields.Integer(allow_none=True, metadata={"description": "would pay it"})
    reason = fields.String()
    held_until = fields.DateTime(allow_none=True)
    slot = fields.DateTime(allow_none=True, metadata={"description": "when a booked place begins"})
    points = fields.Integer(metadata={"description": "held or burned for what was left to pay"})
    offers = fields.List(fields.Nested(ConsideredAnswer))


class SlotAnswer(AnswerSchema):
    """A time that can be booked, and how many places are left of it."""

    starts = fields.DateTime()
    ends = fields.DateTime()
    places = fields.Integer()
    left = fields.Integer()


class SlotsAnswer(AnswerSchema):
    """What can be booked on a day."""

    slots = fields.List(fields.Nested(SlotAnswer))


@dataclass(frozen=True, slots=True)
class Booked:
    """Which slots are asked for."""

    benefit: str
    store: str
    day: date


class SlotsQuery(StrictSchema):
    """Which slots to list."""

    benefit = Text(1, 64, required=True, metadata={"examples": ["lounge"]})
    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    day = Day(required=True, metadata={"description": "a day in the store's zone"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Booked:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Booked(**data)


_SLOTS = SlotsQuery()
_WHERE = WhereQuery()
_QUOTE = BenefitBody()
_CLAIM = ClaimBody()
_CAPTURE = CaptureClaimBody()
_REASON = ReasonBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("benefits", __name__, tag="Benefits")

    @door(
        blueprint, "/members/<member_ref>/benefits", scope="benefits:read", gives=BenefitsAnswer,
        query=_WHERE, refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def list_benefits(call: Call, member_ref: str) -> Answer:
        """List what a member may enjoy now: at your partner, and at all others of the alliance."""
        everywhere = call.query(_WHERE, Where).partner is None
        with call.work() as work:
            found = benefits.enjoyed(work, Token("member_ref", member_ref), others=everywhere)
            return {"benefits": [_benefit(each) for each in found]}

    @door(
        blueprint, "/benefits/slots", scope="benefits:read", gives=SlotsAnswer, query=_SLOTS,
        refuses=[StoreUnknownError, BenefitUnknownError],
    )  # fmt: skip
    def list_slots(call: Call) -> Answer:
        """List the times of a day that can be booked, with the places that are left."""
        asked = call.query(_SLOTS, Booked)
        with call.work() as work:
            found = benefits.slots(work, asked.benefit, asked.store, asked.day)
        return {
            "slots": [
                {
                    "starts": answers.instant(place.slot.starts),
                    "ends": answers.instant(place.slot.ends),
                    "places": place.places,
                    "left": place.left,
                }
                for place in found
            ]
        }

    @door(
        blueprint, "/benefits/quotes", scope="benefits:read", takes=_QUOTE,
        gives=BenefitQuoteAnswer,
        refuses=[
            MemberUnknownError, MemberMergedError, MemberFrozenError, StoreUnknownError,
            BenefitUnknownError, ClaimRefusedError, PluginFailedError,
        ],
        example={
            "member": {"type": "card", "value": "9900000000000002"}, "store": "pumps",
            "benefit": "fuel_discount", "quantity": "40", "unit_price": "7.95",
        },
    )  # fmt: skip
    def quote_benefit(call: Call) -> Answer:
        """Say what a claim would get now; nothing is metered or held."""
        claiming = call.body(_QUOTE, Claiming)
        with call.work() as work:
            return _quoted(benefits.quote(work, _wish(work, claiming)))

    @door(
        blueprint, "/benefits/claims", scope="benefits:write", takes=_CLAIM, gives=ClaimAnswer,
        status=201,
        refuses=[
            MemberUnknownError, MemberMergedError, MemberFrozenError, StoreUnknownError,
            BenefitUnknownError, ClaimRefusedError, InsufficientPointsError, PluginFailedError,
            CodeExpiredError, CodeUsedError, StaticTokenError, StepUpRequiredError, PinWrongError,
            PinLockedError,
        ],
        example={
            "member": {"type": "card", "value": "9900000000000002"}, "store": "garage",
            "benefit": "free_parking", "subject": "沪A12345",
            "since": "2026-05-01T10:00:00+08:00", "at": "2026-05-01T12:30:00+08:00",
        },
    )  # fmt: skip
    def claim_benefit(call: Call) -> tuple[Answer, bool]:
        """Let a member use a benefit now, or hold it."""
        claiming = call.body(_CLAIM, Claiming)
        if claiming.pay == "points":
            spending.refuse(call.actor, claiming.member)
            asked = claiming
            proof = spending.proved(
                call, claiming.step_up, lambda work: benefits.owed(work, _wish(work, asked))
            )
            claiming = replace(claiming, step_up=proof)
        with call.work() as work:
            return idempotency.once(
                work, call.key, lambda: _claim(benefits.claim(work, _wish(work, claiming)))
            )

    @door(
        blueprint, "/benefits/claims/<claim_id>", scope="benefits:write", gives=ClaimAnswer,
        refuses=[ClaimUnknownError],
    )  # fmt: skip
    def read_claim(call: Call, claim_id: str) -> Answer:
        """Read a claim as it stands."""
        with call.work() as work:
            return _claim(benefits.find(work, _known(claim_id)))

    @door(
        blueprint, "/benefits/claims/<claim_id>/capture", scope="benefits:write", takes=_CAPTURE,
        gives=ClaimAnswer, status=201,
        refuses=[
            ClaimUnknownError, ClaimClosedError, ClaimExpiredError, ExceedsClaimError,
            ClaimRefusedError, PluginFailedError,
        ],
        example={"quantity": "37.8"},
    )  # fmt: skip
    def capture_claim(call: Call, claim_id: str) -> tuple[Answer, bool]:
        """Say what was used of a held benefit; the rest is free again."""
        used = call.body(_CAPTURE, Capturing).quantity
        with call.work() as work:
            return idempotency.once(
                work, call.key,
                lambda: _claim(benefits.capture(work, _known(claim_id), quantity_milli=used)),
            )  # fmt: skip

    @door(
        blueprint, "/benefits/claims/<claim_id>/release", scope="benefits:write", takes=_REASON,
        gives=ClaimAnswer, status=201, refuses=[ClaimUnknownError, ClaimClosedError], example={},
    )  # fmt: skip
    def release_claim(call: Call, claim_id: str) -> tuple[Answer, bool]:
        """Give a benefit back, used or held; it no longer counts, and its points come back."""
        call.body(_REASON, Reason)
        with call.work() as work:
            return idempotency.once(
                work, call.key, lambda: _claim(benefits.release(work, _known(claim_id)))
            )

    return blueprint


def _known(claim_id: str) -> UUID:
    known = uuid_of("clm", claim_id)
    if known is None:
        raise ClaimUnknownError
    return known


def _wish(work: Work, claiming: Claiming) -> Wish:
    price = None
    if claiming.unit_price is not None:
        store = answers.terms_of(work, fresh=True).store(claiming.store)
        if store is None:
            raise StoreUnknownError
        try:
            price = minor_of(claiming.unit_price, store.currency)
        except ValidationError as wrong:
            raise ValidationError({"unit_price": wrong.messages}) from None
    return Wish(
        claiming.member, claiming.store, claiming.benefit, claiming.subject, claiming.at,
        claiming.since, claiming.quantity, price,
        hold_s=claiming.ttl_s if claiming.hold else None, points=claiming.pay == "points",
        slot=claiming.slot, step_up=claiming.step_up,
    )  # fmt: skip


def _benefit(enjoyed: Enjoyed) -> Answer:
    benefit = enjoyed.benefit
    return {
        "partner": enjoyed.partner,
        "partner_name": enjoyed.partner_name,
        "own": enjoyed.own,
        "benefit": benefit.code,
        "title": benefit.title,
        "unit": benefit.unit,
        "available": decimal_text(benefit.available_milli),
        "reason": enjoyed.reason,
    }


def _quoted(quote: Quote) -> Answer:
    return {
        "benefit": quote.benefit,
        "quantity": decimal_text(quote.quantity_milli),
        "unit": quote.unit,
        "worth": answers.money(quote.worth),
        "due": answers.money(quote.due),
        "points_option": quote.points_option,
        "reason": quote.reason,
        "receipts": quote.receipts,
        "offers": _offers(quote.offers, quote.worth.currency),
    }


def _offers(offers: Sequence[Considered], currency: str) -> list[Answer]:
    return [
        {
            "code": each.code,
            "worth": answers.money(Money(each.worth_minor, currency)),
            "chosen": each.chosen,
        }
        for each in offers
    ]


def _claim(claimed: Claimed) -> Answer:
    return {
        "claim_id": public_id("clm", claimed.id),
        "benefit": claimed.benefit,
        "status": claimed.state,
        "quantity": decimal_text(claimed.quantity_milli),
        "unit": claimed.unit,
        "worth": answers.money(claimed.worth),
        "due": answers.money(claimed.due),
        "points_option": claimed.points_option,
        "reason": claimed.reason,
        "held_until": answers.instant(claimed.held_until) if claimed.held_until else None,
        "slot": answers.instant(claimed.slot) if claimed.slot else None,
        "points": claimed.points,
        "offers": _offers(claimed.offers, claimed.worth.currency),
    }
