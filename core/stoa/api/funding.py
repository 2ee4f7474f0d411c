"""The door of funding: what the caller may still issue, its packs, and what it owes on credit."""

from datetime import datetime
from decimal import Decimal

from apiflask import APIBlueprint
from marshmallow import fields

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.services import funding
from stoa.services.funding import KINDS, OVERFLOWS, Bought, Standing
from stoa.values.identifiers import public_id

__all__ = ["create_blueprint"]


class PackAnswer(AnswerSchema):
    """A pack of points that was bought before they are issued."""

    pack_id = fields.String(metadata={"examples": ["pck_01hq3v9w8m5k2r7t4x6z0b1c2d"]})
    points_currency = fields.String()
    points = fields.Integer(metadata={"description": "that were bought"})
    price = fields.String(metadata={"description": "of a point", "examples": ["0.011"]})
    reserve = fields.Boolean(metadata={"description": "used only where the others are empty"})
    used = fields.Integer(metadata={"description": "issued of it, returns taken off"})
    left = fields.Integer()
    refunded = fields.Integer(metadata={"description": "unused and paid back"})
    bought_at = fields.DateTime()


class FundingAnswer(AnswerSchema):
    """Where your funding stands."""

    funding = fields.String(metadata={"enum": list(KINDS)})
    overflow = fields.String(
        metadata={"enum": list(OVERFLOWS), "description": "what pays where it is used up"}
    )
    points_currency = fields.String()
    money_currency = fields.String()
    left_points = fields.Integer(metadata={"description": "of packs, without reserves"})
    reserve_points = fields.Integer()
    alert_points = fields.Integer(allow_none=True)
    credit_limit = fields.String(allow_none=True)
    exposure = fields.String(
        allow_none=True, metadata={"description": "what is unbilled or unpaid on credit"}
    )
    left_amount = fields.String(
        allow_none=True, metadata={"description": "of the credit; below zero where more is owed"}
    )
    alert_amount = fields.String(allow_none=True)
    carried_points = fields.Integer(
        metadata={"description": "issued beyond your funding, which the operator carries"}
    )
    used_points = fields.Integer(metadata={"description": "in the last 14 days, less returns"})
    lasts_days = fields.Integer(
        allow_none=True, metadata={"description": "for how long what is left lasts at that rate"}
    )
    low_since = fields.DateTime(allow_none=True)
    exhausted_since = fields.DateTime(allow_none=True)
    packs = fields.List(fields.Nested(PackAnswer))


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("funding", __name__, tag="Clearing")

    @door(blueprint, "/funding", scope="statements:read", gives=FundingAnswer, refuses=[])
    def show_funding(call: Call) -> Answer:
        """Tell what you may still issue: packs and credit, and how long they last."""
        with call.work() as work:
            return _standing(funding.standing(work, answers.terms_of(work).partner_id))

    return blueprint


def _standing(found: Standing) -> Answer:
    terms = found.terms
    return {
        "funding": terms.kind,
        "overflow": terms.overflow,
        "points_currency": found.currency,
        "money_currency": found.money_currency,
        "left_points": found.left_points,
        "reserve_points": found.reserve_points,
        "alert_points": terms.alert_points,
        "credit_limit": _amount(terms.credit_limit),
        "exposure": _amount(found.exposure),
        "left_amount": _amount(found.left_amount),
        "alert_amount": _amount(terms.alert_amount),
        "carried_points": found.carried_points,
        "used_points": found.used_points,
        "lasts_days": found.lasts_days,
        "low_since": _instant(found.low_at),
        "exhausted_since": _instant(found.exhausted_at),
        "packs": [_pack(each) for each in found.packs],
    }


def _pack(pack: Bought) -> Answer:
    return {
        "pack_id": public_id("pck", pack.id),
        "points_currency": pack.currency,
        "points": pack.points,
        "price": f"{pack.price.normalize():f}",
        "reserve": pack.reserve,
        "used": pack.used,
        "left": pack.left,
        "refunded": pack.refunded,
        "bought_at": answers.instant(pack.bought_at),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else answers.instant(at)


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.4f}"
