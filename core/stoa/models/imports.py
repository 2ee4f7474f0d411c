"""Imports of purchases: how far each file has come, and the rows that could not be taken."""

from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["ImportRow", "ImportRun"]


class ImportRun(Base):
    """One file with one mapping; `done` counts its finished parts, so that a killed import resumes."""

    __tablename__ = "imports"

    id: Mapped[Id] = mapped_column(primary_key=True)
    digest: Mapped[Word] = mapped_column(unique=True)
    filename: Mapped[Word]
    state: Mapped[Word]
    parts: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    started_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]


class ImportRow(Base):
    """A line of the file that was not taken, and why."""

    __tablename__ = "import_rows"

    import_id: Mapped[Id] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[Word]
    detail: Mapped[Word]
