"""The audit trail: who changed what, kept for ever."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["AuditRecord"]


class AuditRecord(Base):
    """One change by staff or the system, with what was before and after."""

    __tablename__ = "audit_records"

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    actor: Mapped[Word]
    deed: Mapped[Word]
    subject: Mapped[Word]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (Index(None, "subject", "at"),)
