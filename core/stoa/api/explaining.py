"""The door that explains a purchase to its member: line by line, in their language.

A caller sees its own purchases. Of what rules knew of the member it sees the tier and what the
receipt itself says; what the member did elsewhere is told to the member alone.
"""

from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import fields

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.languages import LanguageQuery, Spoken
from stoa.errors import PurchaseUnknownError
from stoa.services import explaining
from stoa.services.explaining import Deed, Line
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.languages import LANGUAGES
from stoa.work import Work

__all__ = ["create_blueprint"]

_OF_THE_RECEIPT = frozenset(
    ("tier", "weekday", "hour", "day_of_month", "holidays", "partner", "store", "channel",
     "purchase_total", "categories", "skus")
)  # fmt: skip
_PAYERS = ["partner", "operator", "another_partner", None]


class FactAnswer(AnswerSchema):
    """A fact that rules went by, as it was then."""

    key = fields.String(metadata={"examples": ["tier"]})
    text = fields.String(metadata={"examples": ["tier: Gold"]})


class LineAnswer(AnswerSchema):
    """A movement of points, told; `rule` and what belongs to it are ``null`` where not kept."""

    entry = fields.Integer(metadata={"description": "its place in the member's history"})
    points = fields.Integer(metadata={"description": "above zero came, below zero went"})
    account = fields.String(metadata={"examples": ["issued"]})
    reason = fields.String(metadata={"examples": ["base", "tier_uplift:gold", "campaign:may"]})
    headline = fields.String(metadata={"examples": ["Purchase at Star Grocer"]})
    arithmetic = fields.String(metadata={"examples": ["¥836.00 at 1 point per ¥1.00"]})
    rule = fields.String(allow_none=True, metadata={"examples": ["partner:grocer"]})
    rule_version = fields.Integer(allow_none=True)
    rule_name = fields.String(allow_none=True, metadata={"description": "as members know it"})
    wants = fields.String(
        allow_none=True, metadata={"description": "what the rule's condition wanted"}
    )
    payer = fields.String(allow_none=True, metadata={"enum": _PAYERS})
    available_on = fields.Date(allow_none=True, metadata={"description": "first day of use"})
    expires_on = fields.Date(allow_none=True, metadata={"description": "last day of use"})


class DeedAnswer(AnswerSchema):
    """The earning of a purchase, or a return of it."""

    transaction_id = fields.String()
    kind = fields.String(metadata={"examples": ["earn", "return", "void"]})
    currency = fields.String(metadata={"examples": ["STAR"]})
    points = fields.Integer(metadata={"description": "all of it, before debts"})
    business_date = fields.Date()
    recorded_at = fields.DateTime()
    lines = fields.List(fields.Nested(LineAnswer))


class StoryAnswer(AnswerSchema):
    """A purchase, explained; `deeds` is empty while its points are pending."""

    purchase_id = fields.String()
    member_ref = fields.String()
    language = fields.String(metadata={"enum": list(LANGUAGES)})
    status = fields.String(metadata={"enum": ["pending", "posted", "returned", "voided"]})
    store = fields.String()
    receipt_no = fields.String()
    business_date = fields.Date()
    tier = fields.String(allow_none=True, metadata={"description": "the member's, by name"})
    facts = fields.List(fields.Nested(FactAnswer))
    deeds = fields.List(fields.Nested(DeedAnswer))


_LANGUAGE = LanguageQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("explaining", __name__, tag="Purchases")

    @door(
        blueprint, "/purchases/<purchase_id>/explanation", scope="earn:write", gives=StoryAnswer,
        query=_LANGUAGE, refuses=[PurchaseUnknownError],
    )  # fmt: skip
    def explain_purchase(call: Call, purchase_id: str) -> Answer:
        """Explain what a purchase earned, line by line, in the member's language by default."""
        asked, known = call.query(_LANGUAGE, Spoken), uuid_of("pur", purchase_id)
        if known is None:
            raise PurchaseUnknownError
        with call.work() as work:
            return _story(work, known, asked.language)

    return blueprint


def _story(work: Work, purchase_id: UUID, language: str | None) -> Answer:
    mine = answers.terms_of(work).partner_id
    story = explaining.explain_purchase(work, purchase_id, partner_id=mine, language=language)
    return {
        "purchase_id": public_id("pur", story.purchase_id),
        "member_ref": answers.member_ref(work, story.member_id),
        "language": story.language,
        "status": story.status,
        "store": answers.store_of(work, story.store_id).name,
        "receipt_no": story.receipt_no,
        "business_date": story.business_date.isoformat(),
        "tier": story.tier or None,
        "facts": [
            {"key": fact.key, "text": fact.text}
            for fact in story.facts
            if fact.key in _OF_THE_RECEIPT
        ],
        "deeds": [_deed(deed, mine) for deed in story.deeds],
    }


def _deed(deed: Deed, mine: UUID) -> Answer:
    return {
        "transaction_id": public_id("txn", deed.transaction_id),
        "kind": deed.kind,
        "currency": deed.currency,
        "points": deed.points,
        "business_date": deed.business_date.isoformat(),
        "recorded_at": answers.instant(deed.recorded_at),
        "lines": [_line(line, mine) for line in deed.lines],
    }


def _line(line: Line, mine: UUID) -> Answer:
    payer = "operator"
    if line.payer_id is not None:
        payer = "partner" if line.payer_id == mine else "another_partner"
    return {
        "entry": line.entry,
        "points": line.points,
        "account": line.account,
        "reason": line.reason,
        "headline": line.headline,
        "arithmetic": line.arithmetic,
        "rule": line.rule or None,
        "rule_version": line.rule_version or None,
        "rule_name": line.rule_name or None,
        "wants": line.wants or None,
        "payer": payer if line.account == "issued" else None,
        "available_on": line.available_on.isoformat() if line.available_on else None,
        "expires_on": line.expires_on.isoformat() if line.expires_on else None,
    }
