"""Doors of benefits: what a member may enjoy without points; claim it, give it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import DecimalText, Instant, Text, minor_of
from stoa.api.returns import Reason, ReasonBody
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.errors import (
    BenefitUnknownError,
    ClaimClosedError,
    ClaimRefusedError,
    ClaimUnknownError,
    CodeExpiredError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PluginFailedError,
    StoreUnknownError,
)
from stoa.services import benefits, idempotency
from stoa.services.benefits import Claimed, Wish
from stoa.services.members import Token
from stoa.values.facts import Benefit
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


class ClaimBody(StrictSchema):
    """A benefit to use now."""

    member = Part(MemberToken, required=True)
    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    benefit = Text(1, 64, required=True, metadata={"examples": ["free_parking"]})
    subject = Text(0, 64, metadata={"description": "what it is used for, such as a plate"})
    at = Instant(metadata={"description": "when it is used; for a stay, its end"})
    since = Instant(metadata={"description": "for a stay, its start"})
    quantity = DecimalText(3, low=1, metadata={"description": "such as litres"})
    unit_price = DecimalText(metadata={"description": "in the store's currency"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Claiming:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        claiming = Claiming(**data)
        if claiming.since and claiming.at and claiming.since > claiming.at:
            raise ValidationError({"since": ["A stay starts before it ends."]})
        return claiming


class BenefitAnswer(AnswerSchema):
    """A privilege that comes with standing."""

    benefit = fields.String(metadata={"examples": ["free_parking"]})
    title = fields.String()
    unit = fields.String(metadata={"examples": ["min"]})
    available = fields.String(metadata={"examples": ["60"]})
    reason = fields.String(metadata={"examples": ["gold tier: 60 min"]})


class BenefitsAnswer(AnswerSchema):
    """What a member may enjoy at your partner now."""

    benefits = fields.List(fields.Nested(BenefitAnswer))


class ClaimAnswer(AnswerSchema):
    """A benefit that was used: what it was worth, what is left to pay."""

    claim_id = fields.String()
    benefit = fields.String()
    status = fields.String(metadata={"enum": ["used", "released"]})
    quantity = fields.String()
    unit = fields.String()
    worth = fields.Nested(MoneyAnswer)
    due = fields.Nested(MoneyAnswer)
    points_option = fields.Integer(allow_none=True, metadata={"description": "would pay it"})
    reason = fields.String()


_CLAIM = ClaimBody()
_REASON = ReasonBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("benefits", __name__, tag="Benefits")

    @door(
        blueprint, "/members/<member_ref>/benefits", scope="benefits:read", gives=BenefitsAnswer,
        refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def list_benefits(call: Call, member_ref: str) -> Answer:
        """List what a member may enjoy at your partner now."""
        with call.work() as work:
            found = benefits.list_benefits(work, Token("member_ref", member_ref))
            return {"benefits": [_benefit(benefit) for benefit in found]}

    @door(
        blueprint, "/benefits/claims", scope="benefits:write", takes=_CLAIM, gives=ClaimAnswer,
        status=201,
        refuses=[
            MemberUnknownError, MemberMergedError, MemberFrozenError, StoreUnknownError,
            BenefitUnknownError, ClaimRefusedError, PluginFailedError, CodeExpiredError,
        ],
        example={
            "member": {"type": "card", "value": "9900000000000002"}, "store": "garage",
            "benefit": "free_parking", "subject": "沪A12345",
            "since": "2026-05-01T10:00:00+08:00", "at": "2026-05-01T12:30:00+08:00",
        },
    )  # fmt: skip
    def claim_benefit(call: Call) -> tuple[Answer, bool]:
        """Let a member use a benefit now."""
        claiming = call.body(_CLAIM, Claiming)
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
        blueprint, "/benefits/claims/<claim_id>/release", scope="benefits:write", takes=_REASON,
        gives=ClaimAnswer, status=201, refuses=[ClaimUnknownError, ClaimClosedError], example={},
    )  # fmt: skip
    def release_claim(call: Call, claim_id: str) -> tuple[Answer, bool]:
        """Give a claimed benefit back; it no longer counts."""
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
    )  # fmt: skip


def _benefit(benefit: Benefit) -> Answer:
    return {
        "benefit": benefit.code,
        "title": benefit.title,
        "unit": benefit.unit,
        "available": decimal_text(benefit.available_milli),
        "reason": benefit.reason,
    }


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
    }
