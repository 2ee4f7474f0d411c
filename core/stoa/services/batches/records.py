"""A batch and its rows: found by their partner, listed page by page, forgotten after 30 days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from stoa.errors import BatchUnknownError
from stoa.models.batches import Batch as BatchTable
from stoa.models.batches import BatchRow
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["KEPT", "STATES", "Batch", "Row", "batch_of", "find", "forget", "page", "rows"]

STATES = ("waiting", "done", "repeated", "failed")
"""What may have become of a row."""

KEPT = timedelta(days=30)
"""How long a batch is kept after its end; as long as the answer of a key."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and how far it is.

    Attributes:
        actor: who sent it.
        state: ``queued``, ``running``, ``done`` or ``cancelled``.
        total: its rows; of these `done`, `repeated` before this batch, and `failed` without effect.
        attempts: how often its next row was tried in vain.
    """

    id: UUID
    partner_id: UUID
    actor: str
    dry_run: bool
    state: str
    total: int
    done: int
    repeated: int
    failed: int
    attempts: int
    made_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def public_id(self) -> str:
        """The id that the partner sees."""
        return public_id("bat", self.id)

    @property
    def waiting(self) -> int:
        """How many rows are still to be carried out."""
        return self.total - self.done - self.repeated - self.failed


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a batch.

    Attributes:
        line: as it came; empty where it was done.
        answer: what its own door would have answered; ``None`` while it waits.
    """

    row_no: int
    state: str
    line: str
    kind: str
    key: str
    answer: dict[str, Any] | None


def batch_of(row: BatchTable) -> Batch:
    """Return the record of a row of the table."""
    return Batch(
        row.id, row.partner_id, row.actor, row.dry_run, row.state, row.total, row.done,
        row.repeated, row.failed, row.attempts, row.made_at, row.started_at, row.ended_at,
    )  # fmt: skip


def find(work: Work, batch_id: UUID) -> Batch:
    """Return a batch of the caller; of anybody for the operator's people.

    Raises:
        BatchUnknownError: the caller has no such batch.
    """
    row = work.session.get(BatchTable, batch_id, populate_existing=True)
    if row is None or work.actor.partner_id not in (None, row.partner_id):
        raise BatchUnknownError
    return batch_of(row)


def page(
    work: Work, partner_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[Batch]:
    """Return batches of a partner, the latest first.

    Args:
        before: the last batch of the page before.
    """
    asked = select(BatchTable).where(BatchTable.partner_id == partner_id)
    if before is not None:
        asked = asked.where(BatchTable.id < before)
    found = work.session.scalars(asked.order_by(BatchTable.id.desc()).limit(limit))
    return [batch_of(each) for each in found]


def rows(
    work: Work, batch_id: UUID, state: str | None = None, *, after: int = 0, limit: int = 100
) -> list[Row]:
    """Return rows of a batch in their order, of one state or of all.

    Args:
        after: the number of the last row of the page before.
    """
    asked = select(
        BatchRow.row_no, BatchRow.state, BatchRow.line, BatchRow.kind, BatchRow.key, BatchRow.answer
    ).where(BatchRow.batch_id == batch_id, BatchRow.row_no > after)
    if state is not None:
        asked = asked.where(BatchRow.state == state)
    found = work.session.execute(asked.order_by(BatchRow.row_no).limit(limit))
    return [Row(*each) for each in found]


def forget(work: Work) -> int:
    """Drop batches that ended more than 30 days ago, with their rows; return how many."""
    old = select(BatchTable.id).where(BatchTable.ended_at < work.now() - KEPT)
    ids = list(work.session.scalars(old.limit(50)))
    work.session.execute(delete(BatchRow).where(BatchRow.batch_id.in_(ids)))
    work.session.execute(delete(BatchTable).where(BatchTable.id.in_(ids)))
    return len(ids)
