"""Letters to members that wait for the mail server, and those that went lately."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["Mail"]


class Mail(Base):
    """A letter; its text is wiped when it is sent or given up, for it may carry a code.

    A letter to an address that is no member's is ``dropped`` as it is written, without the address:
    the row is there so that asking costs the same for everybody.
    """

    __tablename__ = "mails"

    id: Mapped[Id] = mapped_column(primary_key=True)
    address: Mapped[Word]
    subject: Mapped[Word]
    body: Mapped[Word]
    state: Mapped[Word]
    attempts: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[Instant]
    next_at: Mapped[Instant]
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    error: Mapped[Word]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sent', 'failed', 'dropped')", name="state"),
        Index("ix_mails_queued", "next_at", postgresql_where=text("state = 'queued'")),
        Index(None, "made_at"),
    )
