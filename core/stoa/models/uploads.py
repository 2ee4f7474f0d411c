"""Files that people of the staff hand in for an import, and the mappings they keep."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["Upload", "UploadMapping", "UploadRow"]


class Upload(Base):
    """One file and what becomes of it; its content is wiped after a week.

    `given` is what the wizard was told, `rehearsal` and `report` are whole numbers by name of the
    last dry run and of the import; `beat_at` is when its worker was last heard of.
    """

    __tablename__ = "uploads"

    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    filename: Mapped[Word]
    sha256: Mapped[Word]
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    given: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[Word]
    dry_run: Mapped[bool] = mapped_column(Boolean)
    stopping: Mapped[bool] = mapped_column(Boolean)
    step: Mapped[Word]
    percent: Mapped[int] = mapped_column(Integer)
    lines: Mapped[int] = mapped_column(BigInteger)
    rehearsal: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    errors: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_by: Mapped[Word]
    made_at: Mapped[Instant]
    queued_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    beat_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("kind IN ('purchases', 'openings')", name="kind"),
        CheckConstraint(
            "state IN ('draft', 'queued', 'running', 'rehearsed', 'done', 'failed', 'cancelled')",
            name="state",
        ),
    )


class UploadRow(Base):
    """A line that was not taken, or not wholly: where, and why."""

    __tablename__ = "upload_rows"

    upload_id: Mapped[Id] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[Word]
    detail: Mapped[Word]


class UploadMapping(Base):
    """What the wizard was told, kept under a name for the next file."""

    __tablename__ = "upload_mappings"

    kind: Mapped[Word] = mapped_column(primary_key=True)
    name: Mapped[Word] = mapped_column(primary_key=True)
    given: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_by: Mapped[Word]
    changed_at: Mapped[Instant]
