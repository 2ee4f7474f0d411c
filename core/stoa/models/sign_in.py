"""Members who sign in: the codes they were sent, and the browsers they are signed in with."""

from datetime import datetime

from sqlalchemy import DateTime, Index, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["MemberSession", "SignInCode"]


class SignInCode(Base):
    """A code that was sent to an address; one of an address that is nobody's has no member.

    `code_hash` is salted with the browser's token, of which `browser_hash` is all that is kept: who
    reads the table can't try the million codes, and another browser can't use this one's.
    """

    __tablename__ = "sign_in_codes"

    id: Mapped[Id] = mapped_column(primary_key=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[Word]
    member_id: Mapped[OptionalId]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index(None, "browser_hash", "made_at"),
        Index(None, "address_hash", "made_at"),
        Index(None, "ends_at"),
    )


class MemberSession(Base):
    """A browser in which a member is signed in; the cookie holds the token, this its SHA-256.

    `address` is the e-mail address that the member proved to own at `made_at`.
    """

    __tablename__ = "member_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    id: Mapped[Id] = mapped_column(unique=True)
    member_id: Mapped[Id]
    address: Mapped[Word]
    agent: Mapped[Word]
    made_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    ends_at: Mapped[Instant]

    __table_args__ = (Index(None, "member_id"), Index(None, "ends_at"))
