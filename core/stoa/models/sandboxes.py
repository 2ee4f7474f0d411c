"""Sandboxes: which partner has one, the database that it is, how far ahead its clock is."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["Sandbox"]


class Sandbox(Base):
    """A partner's sandbox: a database of its own beside the live one.

    Every reset makes a new database, whose name ends with `generation`, and this row leads to it
    from the moment it is whole (`adr/0013`). `ahead_s` is by how much its clock is ahead of the
    real one. `clients` are its credentials, which outlive a reset: what a client may do, and the
    hash of its secret. `reset_key` is the idempotency key of the last reset.
    """

    __tablename__ = "sandboxes"

    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    database: Mapped[Word]
    generation: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[Instant]
    opened_by: Mapped[Word]
    reset_at: Mapped[Instant]
    reset_by: Mapped[Word]
    reset_key: Mapped[str | None] = mapped_column(Text)
    used_at: Mapped[Instant]
    ahead_s: Mapped[int] = mapped_column(BigInteger)
    clients: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    __table_args__ = (CheckConstraint("ahead_s >= 0", name="ahead"),)
