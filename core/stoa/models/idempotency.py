"""Idempotency keys: what a caller asked once is done once."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["Key"]


class Key(Base):
    """A key a partner used, written in the same statement as its effect.

    `fingerprint` tells another body apart; `subject_id` is what came of it (a purchase, a hold …);
    the wallet's figures after the deed are kept, so that the first answer can be given again.
    `answer` is the whole answer of a deed that moves no points, and the receiver's side of a
    transfer.
    The key begins with the partner: keys that grow with time stay on one warm leaf for each.
    """

    __tablename__ = "keys"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    key: Mapped[Word] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    member_id: Mapped[OptionalId]
    subject_id: Mapped[OptionalId]
    available: Mapped[int | None] = mapped_column(BigInteger)
    pending: Mapped[int | None] = mapped_column(BigInteger)
    held: Mapped[int | None] = mapped_column(BigInteger)
    debt: Mapped[int | None] = mapped_column(BigInteger)
    answer: Mapped[str | None]
    created_at: Mapped[Instant]

    __table_args__ = (
        Index("ix_keys_answered", "created_at", postgresql_where="answer IS NOT NULL"),
    )
