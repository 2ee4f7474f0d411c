"""The door that explains one entry: where its points came from, and what became of them.

The caller sees its own partner's lots in full. Of what other partners did it sees points and dates
alone, and of other members' wallets nothing that would lead to them.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import fields

from stoa.api import answers
from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.history import explained
from stoa.api.languages import LanguageQuery, Spoken
from stoa.api.members import wallet_of
from stoa.errors import EntryUnknownError, MemberUnknownError
from stoa.services import members, naming, provenance
from stoa.services.members import Token
from stoa.services.provenance import Explained, Fate, LotOf, Movement, Use, Versions
from stoa.values.identifiers import public_id
from stoa.values.speech import Speech
from stoa.work import Work

__all__ = ["create_blueprint"]

_MAX_DIGITS = 15
_YOURS, _OPERATOR, _OTHER = "yours", "operator", "another_partner"
_WHOSE: dict[str, Any] = {"enum": [_YOURS, _OPERATOR, _OTHER]}
_PAYER: dict[str, Any] = {
    "enum": ["partner", "operator", _OTHER, None],
    "description": "partner is you",
}


class RulesAnswer(AnswerSchema):
    """The rules a deed went by; a number is a version, ``null`` where it was not kept."""

    plugin = fields.String(allow_none=True)
    plugin_version = fields.String(allow_none=True, metadata={"examples": ["0.1.0"]})
    partner_version = fields.Integer(allow_none=True, metadata={"description": "of the settings"})
    agreement_version = fields.Integer(allow_none=True)
    currency_version = fields.Integer(allow_none=True)


class LotAnswer(AnswerSchema):
    """Points of one lot; of another partner's, the points and the dates alone."""

    entry = fields.Integer(metadata={"description": "the entry that brought the lot"})
    points = fields.Integer(metadata={"description": "of this lot"})
    whose = fields.String(metadata=_WHOSE)
    issuer = fields.String(allow_none=True, metadata={"description": "your code, or null"})
    payer = fields.String(allow_none=True, metadata=_PAYER)
    price = fields.Nested(MoneyAnswer, allow_none=True, metadata={"description": "of one point"})
    reason = fields.String(allow_none=True)
    explanation = fields.String(allow_none=True)
    store = fields.String(allow_none=True)
    reference = fields.String(allow_none=True, metadata={"description": "your receipt number"})
    business_date = fields.Date()
    available_on = fields.Date(allow_none=True, metadata={"description": "first day of use"})
    expires_on = fields.Date(allow_none=True, metadata={"description": "last day of use"})
    moved = fields.Boolean(metadata={"description": "it came from another wallet"})
    rules = fields.Nested(RulesAnswer, allow_none=True)


class UseAnswer(AnswerSchema):
    """Points that a later entry took of a lot."""

    entry = fields.Integer()
    points = fields.Integer(metadata={"minimum": 1})
    kind = fields.String()
    whose = fields.String(metadata=_WHOSE)
    store = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)
    business_date = fields.Date()


class TakenAnswer(AnswerSchema):
    """All that was taken of a lot in one way."""

    account = fields.String(metadata={"examples": ["burned", "expired", "issued", "debt"]})
    points = fields.Integer(metadata={"minimum": 1})


class FateAnswer(AnswerSchema):
    """What became of a lot; `uses` are the last hundred."""

    left = fields.Integer(metadata={"minimum": 0, "description": "held ones included"})
    held = fields.Integer(metadata={"minimum": 0})
    taken = fields.List(fields.Nested(TakenAnswer))
    uses = fields.List(fields.Nested(UseAnswer))


class ExplainedAnswer(AnswerSchema):
    """One entry, all told: `lots` and `owed` add up to the points that went."""

    entry = fields.Integer()
    transaction_id = fields.String()
    kind = fields.String()
    points = fields.Integer(metadata={"description": "above zero came, below zero went"})
    balance = fields.Integer()
    account = fields.String()
    whose = fields.String(metadata=_WHOSE)
    actor = fields.String(
        allow_none=True, metadata={"enum": ["partner", "staff", "worker", "operator", None]}
    )
    reason = fields.String(allow_none=True)
    explanation = fields.String(allow_none=True)
    store = fields.String(allow_none=True)
    reference = fields.String(allow_none=True, metadata={"description": "your receipt number"})
    business_date = fields.Date()
    recorded_at = fields.DateTime()
    price = fields.Nested(
        MoneyAnswer, allow_none=True, metadata={"description": "what a burned point is paid with"}
    )
    rules = fields.Nested(RulesAnswer, allow_none=True)
    brought = fields.Nested(
        LotAnswer, allow_none=True, metadata={"description": "the lot, for points that came"}
    )
    fate = fields.Nested(FateAnswer, allow_none=True)
    lots = fields.List(
        fields.Nested(LotAnswer), metadata={"description": "what the points were taken of"}
    )
    owed = fields.Integer(metadata={"minimum": 0, "description": "were spent, became debt"})


_LANGUAGE = LanguageQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("provenance", __name__, tag="Members")

    @door(
        blueprint, "/members/<member_ref>/entries/<entry>/explain", scope="balance:read",
        gives=ExplainedAnswer, query=_LANGUAGE,
        refuses=[MemberUnknownError, EntryUnknownError],
    )  # fmt: skip
    def explain_entry(call: Call, member_ref: str, entry: str) -> Answer:
        """Explain one entry: the lots its points came of, and what became of what it brought."""
        asked = call.query(_LANGUAGE, Spoken)
        with call.work() as work:
            return _explained(work, member_ref, entry, asked.language)

    return blueprint


def _explained(work: Work, member_ref: str, entry: str, language: str | None) -> Answer:
    member_id = wallet_of(work, member_ref)
    plain = entry.isascii() and entry.isdigit() and len(entry) <= _MAX_DIGITS
    number = int(entry) if plain else 0
    try:
        told = provenance.explain(work, member_id, work.programme.currency, number)
    except EntryUnknownError:
        members.find(work, Token("member_ref", member_ref))
        raise
    speech = naming.speech(work, language) if language else None
    return _Teller(work, member_id, speech).all(told)


class _Teller:
    """Tells what the caller may know: in full what is its own, the bare points of the rest."""

    def __init__(self, work: Work, member_id: UUID, speech: Speech | None) -> None:
        self._work = work
        self._speech = speech
        self._member_id = member_id

    def all(self, told: Explained) -> Answer:
        """Return the answer."""
        entry = told.entry
        whose = self._whose(entry.partner_id)
        yours = whose == _YOURS
        burned = yours and entry.account == "burned"
        return {
            "entry": entry.seq,
            "transaction_id": public_id("txn", entry.transaction_id),
            "kind": entry.kind,
            "points": entry.points,
            "balance": entry.balance,
            "account": entry.account,
            "whose": whose,
            "actor": None if whose == _OTHER else entry.actor,
            "reason": None if whose == _OTHER else entry.reason,
            "explanation": None if whose == _OTHER else self._told(entry),
            "store": self._store(entry.store_id) if yours else None,
            "reference": entry.reference if yours else None,
            "business_date": entry.business_date.isoformat(),
            "recorded_at": answers.instant(entry.recorded_at),
            "price": self._price(entry.price) if burned else None,
            "rules": _rules(entry.versions) if yours else None,
            "brought": self._lot(told.lot) if told.lot else None,
            "fate": self._fate(told.fate) if told.fate and yours else None,
            "lots": [self._lot(lot) for lot in told.lots],
            "owed": told.owed,
        }

    def _lot(self, lot: LotOf) -> Answer:
        birth, source = lot.birth, lot.source
        whose = self._whose(source.issuer_id) if lot.whole else _OTHER
        yours = whose == _YOURS
        here = source.member_id == self._member_id
        return {
            "entry": birth.seq,
            "points": lot.points,
            "whose": whose,
            "issuer": answers.terms_of(self._work).code if yours else None,
            "payer": self._payer(source) if yours else None,
            "price": self._price(source.price) if yours else None,
            "reason": source.reason if yours or (whose == _OPERATOR and here) else None,
            "explanation": self._told(source) if here and whose != _OTHER else None,
            "store": self._store(source.store_id) if yours and here else None,
            "reference": source.reference if yours and here else None,
            "business_date": birth.business_date.isoformat(),
            "available_on": birth.available_on.isoformat() if birth.available_on else None,
            "expires_on": birth.expires_on.isoformat() if birth.expires_on else None,
            "moved": len(lot.chain) > 1,
            "rules": _rules(source.versions) if yours else None,
        }

    def _fate(self, fate: Fate) -> Answer:
        return {
            "left": fate.left,
            "held": fate.held,
            "taken": [
                {"account": account, "points": points}
                for account, points in sorted(fate.taken.items())
            ],
            "uses": [self._use(use) for use in fate.uses],
        }

    def _use(self, use: Use) -> Answer:
        whose = self._whose(use.partner_id)
        yours = whose == _YOURS
        return {
            "entry": use.seq,
            "points": use.points,
            "kind": use.kind,
            "whose": whose,
            "store": self._store(use.store_id) if yours else None,
            "reference": use.reference if yours else None,
            "business_date": use.business_date.isoformat(),
        }

    def _whose(self, partner_id: UUID | None) -> str:
        if partner_id is None:
            return _OPERATOR
        return _YOURS if partner_id == self._work.actor.partner_id else _OTHER

    def _payer(self, source: Movement) -> str:
        whose = self._whose(source.payer_id)
        return "partner" if whose == _YOURS else whose

    def _store(self, store_id: UUID | None) -> str | None:
        return answers.store_of(self._work, store_id).name if store_id else None

    def _told(self, entry: Movement) -> str:
        yours = self._whose(entry.partner_id) == _YOURS
        return explained(entry, self._speech, place=self._store(entry.store_id) if yours else None)

    def _price(self, price: Decimal | None) -> dict[str, Any] | None:
        if price is None:
            return None
        amount = format(price.normalize(), "f")
        return {"amount": amount, "currency": self._work.programme.money_currency}


def _rules(versions: Versions) -> Answer:
    return {
        "plugin": versions.plugin,
        "plugin_version": versions.plugin_version,
        "partner_version": versions.partner,
        "agreement_version": versions.agreement,
        "currency_version": versions.currency,
    }
