"""Codes by which members show themselves, what each has paid for, and members' PINs."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["CodeUse", "MemberCode", "MemberPin"]


class MemberCode(Base):
    """The name and secret from which a member's changing code follows; one lives at a time."""

    __tablename__ = "member_codes"

    name: Mapped[Word] = mapped_column(primary_key=True)
    member_id: Mapped[Id]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index(
            "ix_member_codes_living",
            "member_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class CodeUse(Base):
    """A time step of a code that has paid for something; the key lets it do so once."""

    __tablename__ = "code_uses"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[Word] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[Instant]

    __table_args__ = (Index(None, "at"),)


class MemberPin(Base):
    """A member's PIN as its argon2id hash; `tries` are those since a right one."""

    __tablename__ = "member_pins"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    hash: Mapped[Word]
    set_at: Mapped[Instant]
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
