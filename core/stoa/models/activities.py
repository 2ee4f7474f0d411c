"""Activities that earned, what they were once for, the codes that prove them, failed guesses.

`functions/activities.sql` writes what earned; the application makes codes and counts guesses.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["ActivityClaim", "ActivityCode", "ActivityGuess", "ActivityRow", "Salt"]


class ActivityRow(Base):
    """Something a member did that earned: its bonus is the transaction of the same id.

    `subject` is what it was once for: a thing it is about, or a period.
    """

    __tablename__ = "activities"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    activity: Mapped[Word]
    kind: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer)
    subject: Mapped[Word]
    day: Mapped[date]
    at: Mapped[Instant]
    partner_id: Mapped[OptionalId]
    store_id: Mapped[OptionalId]
    code_id: Mapped[OptionalId]

    __table_args__ = (
        Index(None, "member_id", "activity", "subject", unique=True),
        Index(None, "member_id", "activity", "at"),
    )


class ActivityClaim(Base):
    """What may be used once over all members: a device for an activity, a purchase's review.

    A narrow table that crosses members, as receipts do.
    """

    __tablename__ = "activity_claims"

    activity: Mapped[Word] = mapped_column(primary_key=True)
    claim: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    activity_id: Mapped[Id]


class ActivityCode(Base):
    """A code that proves an activity, under its digest; the code itself is kept nowhere.

    A link or an invitation belongs to a member; a link knows the device it was made on. A changing
    code has a `secret` and is shown for `step_s` seconds. `uses` are counted where `most_uses` is.
    """

    __tablename__ = "activity_codes"

    id: Mapped[Id] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    activity: Mapped[Word]
    kind: Mapped[Word]
    member_id: Mapped[OptionalId]
    partner_id: Mapped[OptionalId]
    store_id: Mapped[OptionalId]
    device: Mapped[bytes | None] = mapped_column(LargeBinary)
    name: Mapped[Word] = mapped_column(server_default="")
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    step_s: Mapped[int | None] = mapped_column(Integer)
    valid_from: Mapped[Instant]
    valid_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    most_uses: Mapped[int | None] = mapped_column(Integer)
    uses: Mapped[int] = mapped_column(Integer, server_default="0")
    made_at: Mapped[Instant]
    made_by: Mapped[Word]

    __table_args__ = (
        CheckConstraint("kind IN ('code', 'link', 'invitation')", name="kind"),
        CheckConstraint("most_uses IS NULL OR uses <= most_uses", name="uses"),
        CheckConstraint("(secret IS NULL) = (step_s IS NULL)", name="changing"),
        CheckConstraint("(kind = 'code') = (member_id IS NULL)", name="member"),
        Index(None, "digest", unique=True),
        Index(None, "member_id", postgresql_where=text("member_id IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class ActivityGuess(Base):
    """Wrong codes by member and partner since an instant; of all members under the nil UUID."""

    __tablename__ = "activity_guesses"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    since: Mapped[Instant]
    wrong: Mapped[int] = mapped_column(Integer)


class Salt(Base):
    """Random bytes under which names of devices are hashed; made once."""

    __tablename__ = "salts"

    name: Mapped[Word] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
