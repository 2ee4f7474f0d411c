"""Doors of batches: a file is taken in, and how far it is, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import current_app
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.batching import KINDS, csv_lines, ndjson_lines
from stoa.api.challenges import Nothing, NothingBody
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text, Word
from stoa.api.history import Digits
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    BatchesOpenError,
    BatchTypeRequiredError,
    BatchUnknownError,
    MalformedJsonError,
    PartnerSuspendedError,
)
from stoa.services import batches
from stoa.services.batches import STATES, Batch, Row
from stoa.values.identifiers import uuid_of

__all__ = ["MAX_BYTES", "create_blueprint"]

MAX_BYTES = 25_000_000
"""The most bytes of a file."""

_MOST = 500
_READERS = {"application/x-ndjson": ndjson_lines, "text/csv": csv_lines}
_EXAMPLE = (
    '{"kind":"purchase","member":{"type":"card","value":"9900000000000002"},"store":"main",'
    '"terminal":"t7","receipt_no":"R-1001","occurred_at":"2026-05-01T12:00:00+08:00",'
    '"currency":"CNY","lines":[{"line_no":1,"sku":"A-1","quantity":"1","net":"836.00"}]}\n'
    '{"kind":"return","original":{"store":"main","terminal":"t7","receipt_no":"R-1001",'
    '"business_date":"2026-05-01"},"receipt_no":"RR-1"}\n'
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be carried out."""

    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """Which batches to show."""

    before: UUID | None = None
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Shown:
    """Which rows of a batch to show."""

    status: str | None = None
    after: int = 0
    limit: int = 100


class BatchQuery(StrictSchema):
    """How the file is to be carried out."""

    dry_run = Word(("true", "false"), metadata={"description": "try every row without effect"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Wanted:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Wanted(dry_run=data.get("dry_run") == "true")


class BatchesQuery(StrictSchema):
    """Which batches to show."""

    cursor = Text(1, 64)
    limit = Digits(100)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Listed:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        cursor = data.pop("cursor", None)
        before = uuid_of("bat", cursor) if cursor else None
        if cursor and before is None:
            raise ValidationError({"cursor": ["Write the next_cursor of the page before."]})
        return Listed(before=before, **data)


class RowsQuery(StrictSchema):
    """Which rows to show."""

    status = Word(STATES)
    cursor = Digits(batches.MAX_ROWS * 1000)
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Shown:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Shown(after=data.pop("cursor", 0), **data)


class RowCountsAnswer(AnswerSchema):
    """How many rows came to what."""

    total = fields.Integer()
    waiting = fields.Integer()
    done = fields.Integer()
    repeated = fields.Integer(metadata={"description": "done before this file, by their keys"})
    failed = fields.Integer(metadata={"description": "refused, without effect"})


class BatchAnswer(AnswerSchema):
    """A batch, and how far it is."""

    batch_id = fields.String()
    status = fields.String(metadata={"enum": ["queued", "running", "done", "cancelled"]})
    dry_run = fields.Boolean()
    rows = fields.Nested(RowCountsAnswer)
    made_at = fields.DateTime()
    started_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)


class SentBatchAnswer(BatchAnswer):
    """A file that was taken in: its rows are carried out one after the other."""


class CancelledBatchAnswer(BatchAnswer):
    """A batch whose waiting rows stay undone."""


class ListedBatchAnswer(BatchAnswer):
    """A batch of the list, and how far it is."""


class BatchesAnswer(AnswerSchema):
    """Batches, the latest first; `next_cursor` leads to the next page."""

    batches = fields.List(fields.Nested(ListedBatchAnswer))
    next_cursor = fields.String(allow_none=True)


class BatchRowAnswer(AnswerSchema):
    """A row, and what its own door would have answered."""

    row_no = fields.Integer(metadata={"description": "its line in the file"})
    status = fields.String(metadata={"enum": list(STATES)})
    kind = fields.String(allow_none=True, metadata={"enum": [*KINDS, None]})
    key = fields.String(allow_none=True, metadata={"description": "the key that it was done with"})
    line = fields.String(allow_none=True, metadata={"description": "of what was not done: the row"})
    answer = fields.Dict(allow_none=True, metadata={"description": "of what was done"})
    problem = fields.Dict(allow_none=True, metadata={"description": "of what was refused"})


class BatchRowsAnswer(AnswerSchema):
    """Rows in their order; `next_cursor` leads to the next page."""

    rows = fields.List(fields.Nested(BatchRowAnswer))
    next_cursor = fields.String(allow_none=True)


_BATCH, _BATCHES, _ROWS, _NOTHING = BatchQuery(), BatchesQuery(), RowsQuery(), NothingBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("batches", __name__, tag="Batches")

    @door(
        blueprint, "/batches", scope="earn:write", file=dict.fromkeys(_READERS, _EXAMPLE),
        query=_BATCH, gives=SentBatchAnswer, status=202,
        refuses=[BatchTypeRequiredError, BatchesOpenError, PartnerSuspendedError],
    )  # fmt: skip
    def send_batch(call: Call) -> tuple[Answer, bool]:
        """Take a file of purchases, returns and voids in; its rows are carried out by and by."""
        wanted = call.query(_BATCH, Wanted)
        kind, raw = call.file(_READERS, MAX_BYTES, BatchTypeRequiredError)
        lines = _READERS[kind](_text_of(raw))
        with call.work() as work:
            taken = batches.take_in(work, lines, key=call.key, dry_run=wanted.dry_run)
            return _batch(taken[0]), taken[1]

    @door(blueprint, "/batches", scope="earn:write", gives=BatchesAnswer, query=_BATCHES)
    def list_batches(call: Call) -> Answer:
        """List your batches, the latest first."""
        asked = call.query(_BATCHES, Listed)
        with call.work() as work:
            partner_id = work.actor.partner_id
            if partner_id is None:
                return {"batches": [], "next_cursor": None}
            found = batches.page(work, partner_id, before=asked.before, limit=asked.limit + 1)
            shown = found[: asked.limit]
            more = shown[-1].public_id if len(found) > asked.limit else None
            return {"batches": [_batch(each) for each in shown], "next_cursor": more}

    @door(
        blueprint, "/batches/<batch_id>", scope="earn:write", gives=BatchAnswer,
        refuses=[BatchUnknownError],
    )  # fmt: skip
    def read_batch(call: Call, batch_id: str) -> Answer:
        """Read how far a batch is."""
        with call.work() as work:
            return _batch(batches.find(work, _known(batch_id)))

    @door(
        blueprint, "/batches/<batch_id>/rows", scope="earn:write", gives=BatchRowsAnswer,
        query=_ROWS, refuses=[BatchUnknownError],
    )  # fmt: skip
    def list_batch_rows(call: Call, batch_id: str) -> Answer:
        """List the rows of a batch, each with what its own door would have answered."""
        asked = call.query(_ROWS, Shown)
        with call.work() as work:
            batch = batches.find(work, _known(batch_id))
            limit = asked.limit + 1
            found = batches.rows(work, batch.id, asked.status, after=asked.after, limit=limit)
            shown = found[: asked.limit]
            more = str(shown[-1].row_no) if len(found) > asked.limit else None
            public_url = str(current_app.config["STOA_PUBLIC_URL"])
            return {"rows": [_row(each, public_url) for each in shown], "next_cursor": more}

    @door(
        blueprint, "/batches/<batch_id>/cancel", scope="earn:write", takes=_NOTHING,
        gives=CancelledBatchAnswer, refuses=[BatchUnknownError], example={},
    )  # fmt: skip
    def cancel_batch(call: Call, batch_id: str) -> tuple[Answer, bool]:
        """Leave the rows that wait undone; what was done stays."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:
            done, repeated = batches.cancel(work, _known(batch_id), key=call.key)
            return _batch(done), repeated

    return blueprint


def _text_of(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedJsonError("The file is not in UTF-8.") from None
    if "\0" in text:
        raise MalformedJsonError("The file contains NUL.")
    return text


def _known(batch_id: str) -> UUID:
    known = uuid_of("bat", batch_id)
    if known is None:
        raise BatchUnknownError
    return known


def _batch(batch: Batch) -> Answer:
    return {
        "batch_id": batch.public_id,
        "status": batch.state,
        "dry_run": batch.dry_run,
        "rows": {
            "total": batch.total,
            "waiting": batch.waiting,
            "done": batch.done,
            "repeated": batch.repeated,
            "failed": batch.failed,
        },
        "made_at": answers.instant(batch.made_at),
        "started_at": answers.instant(batch.started_at) if batch.started_at else None,
        "ended_at": answers.instant(batch.ended_at) if batch.ended_at else None,
    }


def _row(row: Row, public_url: str) -> Answer:
    failed = row.state == "failed"
    return {
        "row_no": row.row_no,
        "status": row.state,
        "kind": row.kind or None,
        "key": row.key or None,
        "line": row.line or None,
        "answer": None if failed else row.answer,
        "problem": _problem(row.answer or {}, public_url) if failed else None,
    }


def _problem(told: Mapping[str, Any], public_url: str) -> Answer:
    """Return a problem as the row's own door would have told it, with the addresses of its page."""
    return {**told, "type": f"{public_url}{told['type']}", "doc_url": f"{public_url}{told['type']}"}
