"""What partners asked: the requests of the last days, with everything secret or personal masked."""

from sqlalchemy import Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["LoggedRequest"]


class LoggedRequest(Base):
    """A request of a partner, as the people who write its software may see it.

    `route` is the door, `path` what was asked there; `code` is of the problem, empty without one.
    `body` and `answer` are the beginnings of JSON texts with masks in them, empty where there were
    none.
    """

    __tablename__ = "request_log"
    __table_args__ = (Index("ix_request_log_at", "at", postgresql_using="brin"),)

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[Instant] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    method: Mapped[Word]
    route: Mapped[Word]
    path: Mapped[Word]
    status: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[Word]
    duration_us: Mapped[int] = mapped_column(Integer)
    request_id: Mapped[Word]
    idempotency_key: Mapped[Word]
    client: Mapped[Word]
    body: Mapped[Word]
    answer: Mapped[Word]
