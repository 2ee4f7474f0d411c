"""Doors of disputes: what is disputed of a statement, what became of it, and credit notes."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api.answers import AnswerSchema, instant
from stoa.api.challenges import Nothing, NothingBody
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import DecimalText, Quick, Text, Whole, Word, minor_of
from stoa.api.history import Digits
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    DisputeClosedError,
    DisputeUnknownError,
    DisputeWindowError,
    FourEyesError,
    InvalidBodyError,
    StatementUnknownError,
)
from stoa.services import disputes, idempotency
from stoa.services.disputes import Claim, CreditNote, Dispute
from stoa.values.clearing.disputing import DISPUTABLE, REASONS, STATES
from stoa.values.clearing.statements import money_text
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = ["create_blueprint"]

_WRITE, _READ = "disputes:write", "statements:read"
_LINES = tuple(str(each) for each in DISPUTABLE)
_MOST, _USUAL, _MOST_POINTS = 200, 50, 10**15


@dataclass(frozen=True, slots=True)
class Wish:
    """A dispute as it is asked for; `amount` is still text, for the statement says its money."""

    line: str
    reason: str
    text: str
    counterparty: str = ""
    points: int | None = None
    amount: str | None = None
    reference: str = ""


class DisputeBody(StrictSchema):
    """What you dispute of a line: either `points`, at its rate, or an `amount` without tax."""

    line = Word(_LINES, required=True)
    counterparty = Text(
        0, 64, metadata={"description": "the other partner's code; empty for the operator"}
    )
    points = Whole(1, _MOST_POINTS)
    amount = DecimalText(metadata={"description": "in the statement's money"})
    reason = Word(REASONS, required=True)
    text = Text(1, 2000, required=True)
    reference = Text(
        0, 200, metadata={"description": "where your evidence is; without any a dispute lapses"}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Wish:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Wish(**data)


class Cursor(Quick, fields.String):
    """The id after which a page begins, as the page before told it."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        super().__init__(metadata={"pattern": f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"})

    def read(self, value: Any) -> UUID:  # noqa: ANN401 - text
        """Return the id, or refuse it."""
        found = uuid_of(self._prefix, value) if type(value) is str else None
        if found is None:
            raise ValidationError("This is no cursor.")
        return found


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which disputes or credit notes to list."""

    state: str = ""
    period: str = ""
    cursor: UUID | None = None
    limit: int = _USUAL


class DisputesQuery(StrictSchema):
    """Which disputes to list; all by default."""

    state = Word(STATES)
    period = Text(7, 7, metadata={"examples": ["2026-05"]})
    cursor = Cursor("dsp")
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Chosen:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Chosen(**data)


class CreditNotesQuery(StrictSchema):
    """Which credit notes to list; all by default."""

    period = Text(7, 7, metadata={"examples": ["2026-05"]})
    cursor = Cursor("crn")
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Chosen:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Chosen(**data)


class ListedDisputeAnswer(AnswerSchema):
    """A dispute among others."""

    dispute_id = fields.String(metadata={"examples": ["dsp_01hq3v9w8m5k2r7t4x6z0b1c2d"]})
    statement_id = fields.String()
    statement_no = fields.String()
    period = fields.String()
    points_currency = fields.String()
    line = fields.String()
    counterparty = fields.String(metadata={"description": "empty for the operator"})
    points = fields.Integer(metadata={"description": "0 where only money is disputed"})
    amount = fields.String(metadata={"description": "disputed, without tax"})
    tax = fields.String()
    held = fields.String(metadata={"description": "held back now, with its tax"})
    money_currency = fields.String()
    reason = fields.String(metadata={"enum": list(REASONS)})
    text = fields.String()
    reference = fields.String()
    state = fields.String(metadata={"enum": list(STATES)})
    window_ends = fields.String(metadata={"format": "date"})
    opened_at = fields.DateTime()
    opened_by = fields.String(metadata={"enum": ["partner", "operator"]})
    decided_at = fields.DateTime(allow_none=True)
    decision = fields.String()


class DisputeAnswer(ListedDisputeAnswer):
    """A dispute as it stands."""


class DisputesAnswer(AnswerSchema):
    """A page of disputes, the latest first."""

    disputes = fields.List(fields.Nested(ListedDisputeAnswer))
    next_cursor = fields.String(allow_none=True)


class CreditNoteAnswer(AnswerSchema):
    """A credit note; `document` is what its SHA-256 is of, as canonical JSON."""

    credit_note_id = fields.String(metadata={"examples": ["crn_01hq3v9w8m5k2r7t4x6z0b1c2d"]})
    no = fields.String(metadata={"examples": ["CN-2026-000001"]})
    dispute_id = fields.String()
    period = fields.String()
    amount = fields.String(metadata={"description": "below zero, with its tax"})
    money_currency = fields.String()
    issued_at = fields.DateTime()
    sha256 = fields.String()
    document = fields.Dict()


class CreditNotesAnswer(AnswerSchema):
    """A page of credit notes, the latest first."""

    credit_notes = fields.List(fields.Nested(CreditNoteAnswer))
    next_cursor = fields.String(allow_none=True)


_BODY, _NOTHING = DisputeBody(), NothingBody()
_DISPUTES, _NOTES = DisputesQuery(), CreditNotesQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("disputes", __name__, tag="Clearing")
    _hang_deeds(blueprint)
    _hang_reading(blueprint)
    return blueprint


def _hang_deeds(blueprint: APIBlueprint) -> None:
    @door(
        blueprint, "/statements/<statement_id>/disputes", scope=_WRITE, takes=_BODY,
        gives=DisputeAnswer, status=201, refuses=[StatementUnknownError, DisputeWindowError],
        example={"line": "burned", "points": 500, "reason": "points", "text": "Not at our tills."},
    )  # fmt: skip
    def open_dispute(call: Call, statement_id: str) -> tuple[Answer, bool]:
        """Dispute a part of a statement's line: it is held back until it is decided."""
        wish = call.body(_BODY, Wish)
        with call.work() as work:
            return idempotency.once(work, call.key, lambda: _open(work, statement_id, wish))

    @door(
        blueprint, "/disputes/<dispute_id>/withdraw", scope=_WRITE, takes=_NOTHING,
        gives=DisputeAnswer, refuses=[DisputeUnknownError, DisputeClosedError, FourEyesError],
        example={},
    )  # fmt: skip
    def withdraw_dispute(call: Call, dispute_id: str) -> tuple[Answer, bool]:
        """Take back a dispute that you opened."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:
            return idempotency.once(
                work, call.key, lambda: _dispute(disputes.withdraw(work, _id(dispute_id)))
            )


def _hang_reading(blueprint: APIBlueprint) -> None:
    @door(blueprint, "/disputes", scope=_READ, gives=DisputesAnswer, query=_DISPUTES)
    def list_disputes(call: Call) -> Answer:
        """List the disputes that you are a party of, the latest first."""
        chosen = call.query(_DISPUTES, Chosen)
        with call.work() as work:
            found = disputes.listed(
                work, state=chosen.state, period=chosen.period,
                before=chosen.cursor, limit=chosen.limit + 1,
            )  # fmt: skip
        page = [_dispute(each) for each in found[: chosen.limit]]
        more = len(found) > chosen.limit
        return {"disputes": page, "next_cursor": page[-1]["dispute_id"] if more else None}

    @door(
        blueprint, "/disputes/<dispute_id>", scope=_READ, gives=DisputeAnswer,
        refuses=[DisputeUnknownError],
    )  # fmt: skip
    def show_dispute(call: Call, dispute_id: str) -> Answer:
        """Read a dispute."""
        with call.work() as work:
            return _dispute(disputes.find(work, _id(dispute_id)))

    @door(blueprint, "/credit-notes", scope=_READ, gives=CreditNotesAnswer, query=_NOTES)
    def list_credit_notes(call: Call) -> Answer:
        """List your credit notes, the latest first."""
        chosen = call.query(_NOTES, Chosen)
        with call.work() as work:
            found = disputes.notes(
                work, period=chosen.period, before=chosen.cursor,
                limit=chosen.limit + 1,
            )  # fmt: skip
        page = [_note(each) for each in found[: chosen.limit]]
        more = len(found) > chosen.limit
        return {"credit_notes": page, "next_cursor": page[-1]["credit_note_id"] if more else None}


def _open(work: Work, statement_id: str, wish: Wish) -> Answer:
    found = uuid_of("stm", statement_id)
    if found is None:
        raise StatementUnknownError
    claim = Claim(
        wish.line, wish.counterparty, wish.points, _minor(work, found, wish.amount), wish.reason,
        wish.text, wish.reference,
    )  # fmt: skip
    return _dispute(disputes.open_dispute(work, found, claim))


def _minor(work: Work, statement_id: UUID, amount: str | None) -> int | None:
    if amount is None:
        return None
    rows = work.rows("SELECT money_currency FROM statements WHERE id = %s", (statement_id,))
    if not rows:
        raise StatementUnknownError
    try:
        return minor_of(amount, rows[0][0])
    except ValidationError as wrong:
        raise InvalidBodyError(errors={"amount": [str(each) for each in wrong.messages]}) from None


def _id(text: str) -> UUID:
    found = uuid_of("dsp", text)
    if found is None:
        raise DisputeUnknownError
    return found


def _dispute(each: Dispute) -> Answer:
    money = each.money_currency
    return {
        "dispute_id": each.public_id,
        "statement_id": public_id("stm", each.statement_id),
        "statement_no": each.statement_no,
        "period": each.period,
        "points_currency": each.points_currency,
        "line": each.line,
        "counterparty": each.counterparty,
        "points": each.points,
        "amount": money_text(each.minor, money),
        "tax": money_text(each.tax_minor, money),
        "held": money_text(each.held_minor, money),
        "money_currency": money,
        "reason": each.reason,
        "text": each.text,
        "reference": each.reference,
        "state": each.state,
        "window_ends": each.window_ends.isoformat(),
        "opened_at": instant(each.opened_at),
        "opened_by": "operator" if each.opened_for is None else "partner",
        "decided_at": None if each.decided_at is None else instant(each.decided_at),
        "decision": each.decision,
    }


def _note(each: CreditNote) -> Answer:
    return {
        "credit_note_id": each.public_id,
        "no": each.no,
        "dispute_id": public_id("dsp", each.dispute_id),
        "period": each.period,
        "amount": money_text(each.minor, each.money_currency),
        "money_currency": each.money_currency,
        "issued_at": instant(each.issued_at),
        "sha256": each.sha256,
        "document": json.loads(each.document),
    }
