"""Orders: the rewards that members hold, have and gave back; each is the order of one hold."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["OrderRow"]


class OrderRow(Base):
    """A reward ordered with a hold, whose id and owner it has.

    `buyer_id` is the member who ordered it, also where a household's wallet pays. `provider_id`
    gives it out and is paid for it, the operator where it is ``None``; `partner_id` is the till's.
    `taken` names the stock items that have one unit less for each of its `quantity`.

    `terms` are what the reward was when it was ordered. What a partner has yet to be asked stands
    in `errand`, due at `next_at`; `answer` and `reference` are what the partner said last.
    A worker that asks now has it under the token `asking` until `asking_until`; `errand_until` is
    until when it is tried, where a person had it tried once more.
    """

    __tablename__ = "orders"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    offer: Mapped[Word]
    kind: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer)
    provider_id: Mapped[OptionalId]
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    buyer_id: Mapped[Id]
    quantity: Mapped[int] = mapped_column(Integer)
    money_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Word]
    state: Mapped[Word]
    fulfil: Mapped[Word]
    slot: Mapped[Word]
    taken: Mapped[list[str]] = mapped_column(ARRAY(Text))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    coupons: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    business_date: Mapped[date]
    placed_at: Mapped[Instant]
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    errand: Mapped[Word]
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reference: Mapped[Word]
    asking: Mapped[OptionalId]
    asking_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    errand_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(
            "state IN ('held', 'issued', 'fulfilled', 'failed', 'voided', 'expired', 'refunded')",
            name="state",
        ),
        CheckConstraint(
            "errand IN ('none', 'queued', 'done', 'failed', 'cancelling', 'cancelled')",
            name="errand",
        ),
        CheckConstraint("fulfil IN ('none', 'plugin')", name="fulfil"),
        CheckConstraint("quantity > 0 AND money_minor >= 0", name="quantity"),
        CheckConstraint(
            "(errand IN ('queued', 'cancelling')) <= (next_at IS NOT NULL)", name="next_at"
        ),
        Index(None, "id", unique=True),
        Index("ix_orders_limits", "buyer_id", "offer", "business_date"),
        Index(
            "ix_orders_due", "next_at", postgresql_where="errand IN ('queued', 'cancelling')"
        ),
        Index(
            "ix_orders_errands", "provider_id", "next_at",
            postgresql_where="errand IN ('queued', 'cancelling')",
        ),
        Index(
            "ix_orders_errand", "errand", "placed_at", "id", postgresql_where="errand <> 'none'"
        ),
        Index(
            "ix_orders_open", "offer", postgresql_where="state = 'held' OR errand = 'queued'"
        ),
        Index("ix_orders_placed", "placed_at", "id"),
        Index("ix_orders_offer", "offer", "placed_at"),
        {"postgresql_with": {"fillfactor": "80"}},
    )  # fmt: skip
