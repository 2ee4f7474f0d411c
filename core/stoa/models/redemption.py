"""Holds: points set aside for a redemption until it is captured, voided or expires."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Points, Word

__all__ = ["Hold"]


class Hold(Base):
    """Points of one wallet reserved at one store; `lots` lists ``[expires_on, seq, points]``."""

    __tablename__ = "holds"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word]
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    state: Mapped[Word]
    points: Mapped[Points]
    captured: Mapped[Points]
    worth_minor: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[Word]
    reward: Mapped[Word]
    reference: Mapped[Word]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    resolved_at: Mapped[Instant | None]
    business_date: Mapped[date]
    lots: Mapped[list[Any]] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint("state IN ('held', 'captured', 'voided', 'expired')", name="state"),
        CheckConstraint("points > 0 AND captured >= 0 AND captured <= points", name="points"),
        Index(None, "id"),
        Index("ix_holds_open", "expires_at", postgresql_where="state = 'held'"),
        {"postgresql_with": {"fillfactor": "80"}},
    )
