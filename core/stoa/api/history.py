"""The door of a member's history: each line explains itself and keeps other partners' secrets."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Quick, Text, Word
from stoa.api.members import wallet_of
from stoa.api.schemas import StrictSchema
from stoa.errors import CurrencyUnknownError, MemberMergedError, MemberUnknownError
from stoa.services import currencies, explaining, ledger, members, naming
from stoa.services.ledger import Entry
from stoa.services.members import Token
from stoa.services.provenance import Movement
from stoa.values.identifiers import public_id
from stoa.values.languages import LANGUAGES
from stoa.values.speech import Speech
from stoa.work import Work

__all__ = ["Digits", "create_blueprint", "explained"]

_MOST = 100
_MAX_DIGITS = 16
_ENTRY_KINDS = [
    "earn", "redeem", "refund", "return", "void", "expire", "exchange", "transfer_out",
    "transfer_in", "merge", "adjust", "open", "bonus", "chance", "ticket",
]  # fmt: skip
_ACCOUNTS = [
    "issued", "burned", "expired", "debt", "adjusted", "exchanged", "transferred", "merged",
]  # fmt: skip
_OURS = {
    "debt_booked": "points spent before are owed",
    "debt_repaid": "owed points are repaid first",
    "expiry": "the last day of these points is over",
    "transfer": "points go from one member to another",
    "contribution": "points go into the pool of a household",
    "household_left": "points come back from the pool of a household",
    "merge": "two memberships of one person became one",
    "merge_debt": "what one membership owed is owed by the other now",
    "opening_balance": "points brought over from before",
    "refund": "points that were redeemed come back",
    "refund_grace": "points that were redeemed come back after their last day",
}


@dataclass(frozen=True, slots=True)
class Page:
    """Which entries to show: so many, older than a cursor, of one currency."""

    cursor: int | None = None
    limit: int = 25
    currency: str | None = None
    language: str | None = None


class Digits(Quick, fields.Integer):
    """A whole number in a query: ASCII digits alone."""

    def __init__(self, high: int, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        self._high = high
        super().__init__(metadata={"minimum": 1, "maximum": high}, **options)

    def read(self, value: Any) -> int:  # noqa: ANN401 - text
        """Return the number, or refuse it."""
        plain = type(value) is str and value.isascii() and value.isdigit()
        if not plain or len(value) > _MAX_DIGITS or not 1 <= int(value) <= self._high:
            raise ValidationError(f"Write a whole number from 1 to {self._high}.")
        return int(value)


class PageQuery(StrictSchema):
    """Which entries to show."""

    cursor = Digits(10**15)
    limit = Digits(_MOST)
    currency = Text(1, 12, metadata={"description": "the alliance's points by default, or yours"})
    language = Word(LANGUAGES, metadata={"description": "of the explanations"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Page:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Page(**data)


class EntryAnswer(AnswerSchema):
    """One movement of points; of what another partner did, the points alone."""

    entry = fields.Integer(metadata={"description": "its place in this member's history"})
    transaction_id = fields.String()
    kind = fields.String(metadata={"enum": _ENTRY_KINDS})
    points = fields.Integer(metadata={"description": "above zero came, below zero went"})
    balance = fields.Integer(metadata={"description": "held after it, reserved points included"})
    reason = fields.String()
    account = fields.String(metadata={"enum": _ACCOUNTS})
    payer = fields.String(allow_none=True, metadata={"enum": ["partner", "operator", None]})
    partner = fields.String(allow_none=True, metadata={"description": "your code, or null"})
    store = fields.String(allow_none=True)
    reference = fields.String(allow_none=True, metadata={"description": "your receipt number"})
    business_date = fields.Date()
    recorded_at = fields.DateTime()
    explanation = fields.String(allow_none=True)


class HistoryAnswer(AnswerSchema):
    """A page of a history, newest first; `next_cursor` leads to the next one."""

    entries = fields.List(fields.Nested(EntryAnswer))
    next_cursor = fields.String(allow_none=True)


_PAGE = PageQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("history", __name__, tag="Members")

    @door(
        blueprint, "/members/<member_ref>/entries", scope="balance:read",
        own="wallet:read", gives=HistoryAnswer,
        query=_PAGE, refuses=[MemberUnknownError, MemberMergedError, CurrencyUnknownError],
    )  # fmt: skip
    def read_history(call: Call, member_ref: str) -> Answer:
        """Read a member's history, newest first, with the arithmetic of each line."""
        page = call.query(_PAGE, Page)
        with call.work() as work:
            return _history(work, member_ref, page)

    return blueprint


def explained(
    entry: Entry | Movement, speech: Speech | None = None, *, place: str | None = None
) -> str:
    """Return the sentence that explains a posting, in plain English where there is no speech."""
    reason, points = entry.reason, entry.points
    if speech is not None:
        return explaining.sentence(explaining.posted_of(entry), speech, place=place or "")
    told = _OURS.get(reason) or entry.arithmetic or f"{points} points"
    return f"{told} ({reason})"


def _history(work: Work, member_ref: str, page: Page) -> Answer:
    member_id = wallet_of(work, member_ref)
    currency = work.programme.currency
    if page.currency is not None:
        currency = currencies.find(work, page.currency).code
    found = ledger.history(work, member_id, currency, before=page.cursor, limit=page.limit + 1)
    if not found or page.cursor is not None or found[0].kind == "merge":
        members.find(work, Token("member_ref", member_ref))
    shown = found[: page.limit]
    speech = naming.speech(work, page.language) if page.language else None
    return {
        "entries": [_entry(work, entry, speech) for entry in shown],
        "next_cursor": str(shown[-1].seq) if len(found) > page.limit else None,
    }


def _entry(work: Work, entry: Entry, speech: Speech | None) -> Answer:
    ours = entry.partner_id == work.actor.partner_id
    store = answers.store_of(work, entry.store_id).name if ours and entry.store_id else None
    earned = entry.account == "issued"
    told = explained(entry, speech, place=store)
    return {
        "entry": entry.seq,
        "transaction_id": public_id("txn", entry.transaction_id),
        "kind": entry.kind,
        "points": entry.points,
        "balance": entry.balance,
        "reason": entry.reason if ours or entry.reason in _OURS else entry.kind,
        "account": entry.account,
        "payer": ("partner" if entry.payer_id else "operator") if earned else None,
        "partner": answers.terms_of(work).code if ours else None,
        "store": store,
        "reference": entry.reference if ours else None,
        "business_date": entry.business_date.isoformat(),
        "recorded_at": answers.instant(entry.recorded_at),
        "explanation": told if ours or entry.partner_id is None else None,
    }
