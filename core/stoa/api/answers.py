"""Shapes that several doors answer with: balances, money, earned lines; and the schemas of them.

Doors build plain dicts, for a schema's dump costs as much as the rest of a door; the schemas stand
in `/v1/openapi.json`, and the tests hold every answer against them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from stoa.services import identity, ledger, partners
from stoa.services.ledger import Balance
from stoa.services.partners import StoreTerms, Terms
from stoa.values.amounts import Money
from stoa.values.facts import EarnedLine
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = [
    "AnswerSchema",
    "BalanceAnswer",
    "EarnedLineAnswer",
    "MoneyAnswer",
    "balance",
    "earned_line",
    "instant",
    "member_ref",
    "money",
    "store_of",
    "terms_of",
]


class AnswerSchema(Schema):
    """The schema of an answer: every field is always there, ``null`` where it says nothing."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002 - marshmallow's
        """Document the field as one that is always there."""
        field_obj.required = True


class MoneyAnswer(AnswerSchema):
    """An amount of money."""

    amount = fields.String(metadata={"examples": ["836.00"]})
    currency = fields.String(metadata={"examples": ["CNY"], "description": "ISO 4217"})


class BalanceAnswer(AnswerSchema):
    """The figures of a wallet, in whole points."""

    currency = fields.String(metadata={"examples": ["STAR"]})
    available = fields.Integer(metadata={"description": "can be spent now; below 0 when owed"})
    pending = fields.Integer(metadata={"minimum": 0, "description": "not yet mature"})
    held = fields.Integer(metadata={"minimum": 0, "description": "set aside for redemptions"})
    debt = fields.Integer(metadata={"minimum": 0, "description": "owed; earnings repay it first"})


_OURS = ("partner", "operator")


class EarnedLineAnswer(AnswerSchema):
    """Points of one reason, paid by one payer, with their arithmetic."""

    reason = fields.String(metadata={"examples": ["base", "tier_uplift:gold"]})
    points = fields.Integer(metadata={"minimum": 0})
    payer = fields.String(metadata={"enum": ["partner", "operator", "another_partner"]})
    arithmetic = fields.String(metadata={"examples": ["836.00 at 1 point per 1.00"]})
    expires_on = fields.Date(allow_none=True, metadata={"description": "the last day of use"})
    line_nos = fields.List(fields.Integer(), metadata={"description": "earned on these lines"})
    rule = fields.String(
        allow_none=True,
        metadata={
            "examples": ["partner:grocer", "ladder:main", "campaign:double11"],
            "description": "what it was earned by; null of old purchases",
        },
    )
    rule_version = fields.Integer(allow_none=True, metadata={"minimum": 1})


def balance(work: Work, figures: Balance) -> dict[str, Any]:
    """Return a wallet's figures, net of what is owed where the currency's policy says so."""
    figures = ledger.served(work, figures)
    return {
        "currency": figures.currency,
        "available": figures.available,
        "pending": figures.pending,
        "held": figures.held,
        "debt": figures.debt,
    }


def money(amount: Money) -> dict[str, str]:
    """Return an amount of money."""
    return {"amount": amount.amount, "currency": amount.currency}


def earned_line(line: EarnedLine) -> dict[str, Any]:
    """Return points of one reason."""
    return {
        "reason": line.reason,
        "points": line.points,
        "payer": line.payer if line.payer in _OURS else "another_partner",
        "arithmetic": line.arithmetic,
        "expires_on": line.expires_on.isoformat() if line.expires_on else None,
        "line_nos": sorted(int(line_no) for line_no in line.on),
        "rule": line.rule or None,
        "rule_version": line.rule_version or None,
    }


def instant(at: datetime) -> str:
    """Return an RFC 3339 time."""
    return at.isoformat()


def terms_of(work: Work, *, fresh: bool = False) -> Terms:
    """Return the terms of the caller's partner, as remembered or read now."""
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise RuntimeError("a door was opened for nobody's partner")
    return partners.terms(work, partner_id, version=-1 if fresh else None)


def store_of(work: Work, store_id: UUID) -> StoreTerms:
    """Return a store of the caller's partner, though it were new since its terms were read."""
    known = terms_of(work)
    name = public_id("sto", store_id)
    return known.store(name) or terms_of(work, fresh=True).store_of(store_id)


def member_ref(work: Work, member_id: UUID) -> str:
    """Return the member's name at the caller's partner."""
    return identity.member_ref(terms_of(work).ref_key, member_id)
