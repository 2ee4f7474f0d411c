"""Chances to be promoted that members bought with points; `functions/chances.sql` write them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Points, Word

__all__ = ["ChanceRow"]


class ChanceRow(Base):
    """A chance; the transaction that burned its points has its id.

    One that came with a reward cost nothing of its own: the burn of the order in `origin`, such as
    ``order:<id>``, paid for it.

    `version` is that of the rule by which it was bought. `seed` decides a draw together with what
    whoever draws names; only its hash is told before. `drawn` holds the draw as it came out, `used`
    what an open chance was good for.
    """

    __tablename__ = "chances"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    chance: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer)
    ladder: Mapped[Word]
    mode: Mapped[Word]
    state: Mapped[Word]
    currency: Mapped[Word]
    points: Mapped[Points]
    odds: Mapped[int] = mapped_column(Integer)
    seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    commitment: Mapped[bytes | None] = mapped_column(LargeBinary)
    drawn: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    used: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    bought_at: Mapped[Instant]
    bought_on: Mapped[date]
    undo_until: Mapped[Instant]
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    origin: Mapped[Word] = mapped_column(server_default="")

    __table_args__ = (
        CheckConstraint("mode IN ('direct', 'attempt', 'draw')", name="mode"),
        CheckConstraint("state IN ('open', 'used', 'won', 'lost', 'refunded')", name="state"),
        Index("ix_chances_origin", "origin", postgresql_where="origin <> ''"),
        CheckConstraint("points >= 0 AND (points > 0) = (origin = '')", name="points"),
        CheckConstraint("(mode = 'draw') = (seed IS NOT NULL)", name="seed"),
        CheckConstraint("(seed IS NULL) = (commitment IS NULL)", name="commitment"),
        CheckConstraint("(state IN ('won', 'lost')) = (drawn IS NOT NULL)", name="drawn"),
        CheckConstraint("(state = 'open') = (resolved_at IS NULL)", name="resolved"),
    )
