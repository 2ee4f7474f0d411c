"""The doors of clearing: frozen statements, the entries behind them, the live position."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text, Word
from stoa.api.history import Digits
from stoa.api.schemas import StrictSchema
from stoa.errors import StatementUnknownError
from stoa.models import NOBODY
from stoa.services import clearing
from stoa.services.clearing import Behind, Frozen, Position
from stoa.values.clearing.lines import ON_STATEMENTS
from stoa.values.clearing.statements import StatementLine, exact_text, money_text
from stoa.values.identifiers import public_id

__all__ = ["create_blueprint"]

_MOST, _USUAL = 200, 50
_EXACT: dict[str, Any] = {
    "description": "exact; above zero you owe it, below zero you are owed it",
    "examples": ["120.0000"],
}
_LINES = tuple(line.value for line in ON_STATEMENTS)


class RatedAnswer(AnswerSchema):
    """The part of a line at one rate."""

    rate = fields.String(allow_none=True, metadata={"description": "money per point"})
    points = fields.Integer()
    amount = fields.String(metadata=_EXACT)
    entries = fields.Integer()


class StatementLineAnswer(AnswerSchema):
    """One line: what it is about, with whom, how much; rounded once."""

    line = fields.String(metadata={"enum": list(_LINES)})
    counterparty = fields.String(metadata={"description": "a partner's code; empty: the operator"})
    points = fields.Integer(metadata={"description": "issued above zero, redeemed below"})
    amount = fields.String(metadata=_EXACT)
    rounded = fields.String(metadata={"examples": ["120.00"]})
    rates = fields.List(fields.Nested(RatedAnswer))
    tax_code = fields.String()
    tax_rate = fields.String(allow_none=True)
    tax = fields.String()
    entries = fields.Integer(metadata={"description": "of the journal, behind the line"})
    first_place = fields.Integer(
        allow_none=True, metadata={"description": "of the first posting in the transparency log"}
    )
    last_place = fields.Integer(allow_none=True)
    late = fields.List(
        fields.Date(), metadata={"description": "days of what came after their month was closed"}
    )
    memo = fields.Boolean(metadata={"description": "you owe it to yourself: it moves nothing"})


class PointsAccountAnswer(AnswerSchema):
    """The points of your lots, signed as in wallets; the closing is what is left in them."""

    opening = fields.Integer()
    issued = fields.Integer()
    clawback = fields.Integer()
    burned = fields.Integer()
    expired = fields.Integer()
    adjusted = fields.Integer()
    closing = fields.Integer()


class EntityAnswer(AnswerSchema):
    """A legal entity as it stood when the period closed; the operator has no code."""

    name = fields.String()
    code = fields.String()
    address = fields.List(fields.String())
    tax_number = fields.String()
    account = fields.String()
    bic = fields.String()


class FxAnswer(AnswerSchema):
    """What one unit of `base` was worth in `quote`, with the number under which it is kept."""

    id = fields.Integer()
    base = fields.String()
    quote = fields.String()
    rate = fields.String()
    business_date = fields.Date()


class DocumentAnswer(AnswerSchema):
    """The statement as it was frozen; its canonical JSON is what the hash is over."""

    shape = fields.Integer()
    no = fields.String()
    period = fields.String()
    partner = fields.Nested(EntityAnswer)
    operator = fields.Nested(EntityAnswer)
    points_currency = fields.String()
    money_currency = fields.String()
    mode = fields.String(metadata={"enum": ["POOL", "ISSUER_PAYS"]})
    opening = fields.String(metadata={"examples": ["0.00"]})
    lines = fields.List(fields.Nested(StatementLineAnswer))
    closing = fields.String(metadata={"examples": ["84.00"]})
    points = fields.Nested(PointsAccountAnswer)
    settlement_currency = fields.String()
    settlement = fields.String(metadata={"description": "the closing in the money you settle in"})
    fx = fields.Nested(FxAnswer, allow_none=True)
    issued_on = fields.Date(allow_none=True)
    due = fields.Date(allow_none=True)
    disputes_until = fields.Date(allow_none=True)


class StatementSummaryAnswer(AnswerSchema):
    """A frozen statement; `GET /v1/statements/{statement_id}` has its lines."""

    statement_id = fields.String(metadata={"examples": ["stm_01hq3v9w8m5k2r7t4x6z0b1c2d"]})
    no = fields.String(metadata={"examples": ["STM-2026-000001"]})
    period = fields.String(metadata={"examples": ["2026-05"]})
    points_currency = fields.String()
    money_currency = fields.String()
    opening = fields.String()
    closing = fields.String(metadata={"description": "above zero you owe it"})
    sha256 = fields.String()


class StatementsAnswer(AnswerSchema):
    """Your statements, the newest period first."""

    statements = fields.List(fields.Nested(StatementSummaryAnswer))
    next_cursor = fields.String(allow_none=True)


class StatementAnswer(StatementSummaryAnswer):
    """A statement with all that was frozen."""

    document = fields.Nested(DocumentAnswer)


class MoneyEntryAnswer(AnswerSchema):
    """An entry of the money journal: what one posting, claim or document came to for you."""

    entry_no = fields.Integer()
    line = fields.String(metadata={"enum": list(_LINES)})
    business_date = fields.Date()
    counterparty = fields.String(metadata={"description": "a partner's code; empty: the operator"})
    points = fields.Integer()
    rate = fields.String(allow_none=True)
    amount = fields.String(metadata=_EXACT)
    source = fields.String(metadata={"examples": ["posting"]})
    place = fields.Integer(allow_none=True, metadata={"description": "in the transparency log"})
    subject = fields.String(
        allow_none=True,
        metadata={
            "description": "your own purchase, redemption, claim, coupon use or pack",
            "examples": ["pur_01hq3v9w8m5k2r7t4x6z0b1c2d"],
        },
    )


class MoneyEntriesAnswer(AnswerSchema):
    """Entries behind a statement, in the order of their booking."""

    entries = fields.List(fields.Nested(MoneyEntryAnswer))
    next_cursor = fields.String(allow_none=True)


class PositionAnswer(AnswerSchema):
    """What you owe (above zero) or are owed by now."""

    points_currency = fields.String()
    money_currency = fields.String()
    period = fields.String(metadata={"description": "the first that is open"})
    mode = fields.String(metadata={"enum": ["POOL", "ISSUER_PAYS"]})
    opening = fields.String(metadata={"description": "what your last statement came to"})
    lines = fields.List(fields.Nested(StatementLineAnswer))
    net = fields.String(metadata=_EXACT)
    points = fields.Nested(PointsAccountAnswer)
    place = fields.Integer(metadata={"description": "of the log, up to which it is reckoned"})
    behind = fields.Integer(metadata={"description": "postings that are not in it yet"})


@dataclass(frozen=True, slots=True)
class AskedStatements:
    """Which statements to list."""

    period: str
    cursor: str
    limit: int


class StatementsQuery(StrictSchema):
    """Which statements to list; all of yours by default."""

    period = Text(7, 7, metadata={"examples": ["2026-05"]})
    cursor = Text(7, 7)
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> AskedStatements:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return AskedStatements(
            data.get("period", ""), data.get("cursor", ""), data.get("limit", _USUAL)
        )


@dataclass(frozen=True, slots=True)
class AskedEntries:
    """Which entries to list."""

    line: str
    counterparty: str | None
    after: int
    limit: int


class EntriesQuery(StrictSchema):
    """Which entries of a statement to list."""

    line = Word(_LINES)
    counterparty = Text(0, 64, metadata={"description": "its code; empty for the operator"})
    cursor = Digits(10**15)
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> AskedEntries:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return AskedEntries(
            data.get("line", ""), data.get("counterparty"), data.get("cursor", 0),
            data.get("limit", _USUAL),
        )  # fmt: skip


_STATEMENTS, _ENTRIES = StatementsQuery(), EntriesQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("clearing", __name__, tag="Clearing")

    @door(
        blueprint, "/statements", scope="statements:read", gives=StatementsAnswer,
        query=_STATEMENTS,
    )  # fmt: skip
    def list_statements(call: Call) -> Answer:
        """List your statements, the newest period first."""
        asked = call.query(_STATEMENTS, AskedStatements)
        with call.work() as work:
            found = clearing.statements_of(
                work, period=asked.period, partner_id=work.actor.partner_id or NOBODY,
                before=asked.cursor, limit=asked.limit + 1,
            )  # fmt: skip
        shown = found[: asked.limit]
        more = shown[-1].period if len(found) > asked.limit else None
        return {"statements": [_summary(each) for each in shown], "next_cursor": more}

    @door(
        blueprint, "/statements/<statement_id>", scope="statements:read", gives=StatementAnswer,
        refuses=[StatementUnknownError],
    )  # fmt: skip
    def show_statement(call: Call, statement_id: str) -> Answer:
        """Show a statement as it was frozen."""
        with call.work() as work:
            found = clearing.statement(work, statement_id)
        return _summary(found) | {"document": found.statement.document()}

    @door(
        blueprint, "/statements/<statement_id>/entries", scope="statements:read",
        gives=MoneyEntriesAnswer, query=_ENTRIES, refuses=[StatementUnknownError],
    )  # fmt: skip
    def list_statement_entries(call: Call, statement_id: str) -> Answer:
        """List the entries behind a statement, or behind one of its lines."""
        asked = call.query(_ENTRIES, AskedEntries)
        with call.work() as work:
            found = clearing.entries_behind(
                work, clearing.statement(work, statement_id), line=asked.line,
                counterparty=asked.counterparty, after=asked.after, limit=asked.limit + 1,
            )  # fmt: skip
        shown = found[: asked.limit]
        more = str(shown[-1].entry.entry_no) if len(found) > asked.limit else None
        return {"entries": [_entry(each) for each in shown], "next_cursor": more}

    @door(blueprint, "/positions", scope="statements:read", gives=PositionAnswer, refuses=[])
    def show_position(call: Call) -> Answer:
        """Tell what you owe or are owed by now."""
        with call.work() as work:
            return _position(clearing.position_of(work, answers.terms_of(work).partner_id))

    return blueprint


def _summary(each: Frozen) -> Answer:
    return {
        "statement_id": public_id("stm", each.id),
        "no": each.no,
        "period": each.period,
        "points_currency": each.points_currency,
        "money_currency": each.money_currency,
        "opening": money_text(each.opening_minor, each.money_currency),
        "closing": money_text(each.closing_minor, each.money_currency),
        "sha256": each.sha256,
    }


def _entry(each: Behind) -> Answer:
    entry = each.entry
    return {
        "entry_no": entry.entry_no,
        "line": entry.line,
        "business_date": entry.business_date.isoformat(),
        "counterparty": each.counterparty,
        "points": entry.points,
        "rate": _plain(entry.rate),
        "amount": exact_text(each.amount),
        "source": entry.source,
        "place": entry.place,
        "subject": each.subject,
    }


def _position(found: Position) -> Answer:
    return {
        "points_currency": found.points_currency,
        "money_currency": found.money_currency,
        "period": found.period,
        "mode": found.mode.value,
        "opening": exact_text(found.opening),
        "lines": _lines(found.lines, found.money_currency),
        "net": exact_text(found.net),
        "points": {
            "opening": found.points.opening,
            "issued": found.points.issued,
            "clawback": found.points.clawback,
            "burned": found.points.burned,
            "expired": found.points.expired,
            "adjusted": found.points.adjusted,
            "closing": found.points.closing,
        },
        "place": found.place,
        "behind": found.behind,
    }


def _lines(lines: Sequence[StatementLine], money: str) -> list[Answer]:
    return [each.document(money) for each in lines]


def _plain(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate.normalize():f}"
