"""Purchases as partners reported them, returns that came before them, receipts known once."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["ParkedReturn", "PurchaseRow", "Receipt"]


class PurchaseRow(Base):
    """A sale: its lines as reported, and what has been returned since.

    `lines` and `tenders` are the facts of `stoa.values.facts`; what they earned stands in the
    transaction of the same id; `returned` maps a line number to the quantity returned so far,
    in thousandths, and `given_back` says what money went back: ``{"lines": {no: minor}}`` without
    goods, ``{"tenders": {place: minor}}`` by tender. `version` grows with each
    return, so that two at once cannot both be first.
    """

    __tablename__ = "purchases"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    terminal: Mapped[Word]
    receipt_no: Mapped[Word]
    business_date: Mapped[date]
    occurred_at: Mapped[Instant]
    received_at: Mapped[Instant]
    money_currency: Mapped[Word]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[Word]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    tenders: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    returned: Mapped[dict[str, int]] = mapped_column(JSONB)
    given_back: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("status IN ('pending', 'posted', 'returned', 'voided')", name="status"),
        Index(None, "id"),
        Index("ix_purchases_pending", "received_at", postgresql_where="status = 'pending'"),
        {"postgresql_with": {"fillfactor": "90"}},
    )


class Receipt(Base):
    """Makes a receipt unique over all members, for ever: the one key that crosses members.

    The key begins with the business date, so that today's receipts share warm leaves of the index.
    """

    __tablename__ = "receipts"

    business_date: Mapped[date] = mapped_column(primary_key=True)
    store_id: Mapped[Id] = mapped_column(primary_key=True)
    terminal: Mapped[Word] = mapped_column(primary_key=True)
    receipt_no: Mapped[Word] = mapped_column(primary_key=True)
    kind: Mapped[Word] = mapped_column(primary_key=True)
    subject_id: Mapped[Id]

    # Found by the number alone, seldom: Bloom filters of page ranges, which no insert waits for.
    __table_args__ = (
        Index(
            None, "receipt_no", postgresql_using="brin",
            postgresql_ops={"receipt_no": "text_bloom_ops"},
            postgresql_with={"autosummarize": "on"},
        ),
    )  # fmt: skip


class ParkedReturn(Base):
    """A return that came before its sale: kept as it was asked for until the sale arrives.

    The sale is named by its receipt; `ask` is what comes back, as the deed takes it. The rows are
    few and short-lived: a match is looked for from here to the receipts, never the other way.
    """

    __tablename__ = "parked_returns"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    store_id: Mapped[Id]
    terminal: Mapped[Word]
    receipt_no: Mapped[Word]
    business_date: Mapped[date]
    ask: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[Word]
    actor: Mapped[Word]
    received_at: Mapped[Instant]
    resolved_at: Mapped[Instant | None]
    refusal: Mapped[Word] = mapped_column(server_default="")

    __table_args__ = (
        CheckConstraint("state IN ('awaiting', 'matched', 'refused', 'dropped')", name="state"),
        Index("ix_parked_returns_awaiting", "received_at", postgresql_where="state = 'awaiting'"),
    )
