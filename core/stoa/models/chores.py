"""What the worker does by the clock: when it was last done, when it comes next, how it went."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Instant, Word

__all__ = ["WorkerChore"]


class WorkerChore(Base):
    """One chore of the worker, whichever of any number of workers did it last.

    A ``beat`` is repeated every `rhythm` seconds, a ``turn`` by the cron line `rhythm`, in UTC.
    `failures` are those in a row; `fault` tells the last one without what it was given.
    """

    __tablename__ = "worker_chores"

    name: Mapped[Word] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    rhythm: Mapped[Word]
    at: Mapped[Instant]
    took_ms: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(BigInteger)
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(Integer)
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint("kind IN ('beat', 'turn')", name="kind"),
        CheckConstraint("(failed_at IS NULL) = (fault IS NULL)", name="fault"),
    )
