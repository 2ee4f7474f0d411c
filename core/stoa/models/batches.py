"""Batches: many rows of purchases, returns and voids in one file, and what became of each."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["Batch", "BatchRow"]


class Batch(Base):
    """One file of a partner, and how far it is.

    `actor` is who sent it: its rows are posted in that name. `next_at` paces it. A worker at it
    holds the row's lock, which ends with the worker.
    """

    __tablename__ = "batches"

    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    actor: Mapped[Word]
    dry_run: Mapped[bool]
    state: Mapped[Word]
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer)
    repeated: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[Instant]
    next_at: Mapped[Instant]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'cancelled')", name="state"),
        CheckConstraint("done + repeated + failed <= total", name="counts"),
        Index(None, "partner_id", "id"),
        Index(
            "ix_batches_open", "partner_id", "id", postgresql_where="state IN ('queued', 'running')"
        ),
    )


class BatchRow(Base):
    """One row of a batch: the line as it came, and its answer once it was carried out.

    `line` is emptied where the row was done: names of members stay no longer than needed.
    """

    __tablename__ = "batch_rows"

    batch_id: Mapped[Id] = mapped_column(primary_key=True)
    row_no: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[Word]
    line: Mapped[Word]
    kind: Mapped[Word]
    key: Mapped[Word]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'repeated', 'failed')", name="state"),
        Index(None, "batch_id", "state", "row_no"),
    )
