"""The outbox: events written in the transaction of their deed, told by the worker afterwards."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["OutboxEvent"]


class OutboxEvent(Base):
    """An event waiting to be told; claimed by state with ``SKIP LOCKED``, never by position."""

    __tablename__ = "outbox"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    topic: Mapped[Word]
    partner_id: Mapped[OptionalId]
    at: Mapped[Instant]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[Word]
    attempts: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("state IN ('new', 'told', 'failed')", name="state"),
        Index("ix_outbox_new", "id", postgresql_where="state = 'new'"),
        Index("ix_outbox_failed", "id", postgresql_where="state = 'failed'"),
    )
