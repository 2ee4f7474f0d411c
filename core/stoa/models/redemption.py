"""Holds: points set aside for a redemption until it is captured, voided or expires."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Points, Word

__all__ = ["Hold"]


class Hold(Base):
    """Points of one wallet reserved at one store; `lots` lists ``[expires_on, seq, points]``.

    `member_id` owns the wallet, a member or a household; `spender_id` is the member who spends a
    household's points. Of the `captured` points, `refunded` came back later.
    """

    __tablename__ = "holds"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word]
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    state: Mapped[Word]
    points: Mapped[Points]
    captured: Mapped[Points]
    refunded: Mapped[Points] = mapped_column(server_default="0")
    worth_minor: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[Word]
    reward: Mapped[Word]
    reference: Mapped[Word]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    resolved_at: Mapped[Instant | None]
    business_date: Mapped[date]
    lots: Mapped[list[Any]] = mapped_column(JSONB)
    extended: Mapped[bool] = mapped_column(server_default="false")
    spender_id: Mapped[OptionalId]

    __table_args__ = (
        CheckConstraint("state IN ('held', 'captured', 'voided', 'expired')", name="state"),
        CheckConstraint("points > 0 AND captured >= 0 AND captured <= points", name="points"),
        CheckConstraint("refunded >= 0 AND refunded <= captured", name="refunded"),
        Index(None, "id"),
        Index("ix_holds_reference", "partner_id", "reference", postgresql_where="reference <> ''"),
        Index("ix_holds_open", "expires_at", postgresql_where="state = 'held'"),
        {"postgresql_with": {"fillfactor": "80"}},
    )
