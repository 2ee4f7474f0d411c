"""Referrals: members' own codes, who was invited by whom, and the devices of members."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["MemberDevice", "ReferralCode", "ReferralRow"]


class ReferralCode(Base):
    """A member's own code, random: it is told to friends, and tells nothing."""

    __tablename__ = "referral_codes"

    code: Mapped[Word] = mapped_column(primary_key=True)
    member_id: Mapped[Id]
    made_at: Mapped[Instant]

    __table_args__ = (Index(None, "member_id", unique=True),)


class ReferralRow(Base):
    """Who invited a member, and what became of it: one row a member who came by a code.

    ``waiting`` for a purchase, ``purchased`` once one counts, ``rewarded``; ``undone`` when a
    rewarded purchase came back; ``refused`` for a `reason`, kept so that people can look into it.
    A reward that the rule's budget or the inviter's cap lacked stays ``purchased``, with a reason.
    """

    __tablename__ = "referrals"

    invitee_id: Mapped[Id] = mapped_column(primary_key=True)
    inviter_id: Mapped[Id]
    code: Mapped[Word]
    state: Mapped[Word]
    reason: Mapped[Word] = mapped_column(server_default="")
    device: Mapped[bytes | None] = mapped_column(LargeBinary)
    invited_at: Mapped[Instant]
    first_purchase_id: Mapped[OptionalId]
    purchased_on: Mapped[date | None]
    purchased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_on: Mapped[date | None]
    rule: Mapped[Word | None]
    rule_version: Mapped[int | None] = mapped_column(Integer)
    rewarded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    inviter_bonus: Mapped[OptionalId]
    invitee_bonus: Mapped[OptionalId]

    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'purchased', 'rewarded', 'undone', 'refused')", name="state"
        ),
        CheckConstraint(
            "(state IN ('purchased', 'rewarded')) = (first_purchase_id IS NOT NULL)",
            name="purchase",
        ),
        CheckConstraint("inviter_id <> invitee_id OR state = 'refused'", name="self"),
        Index(None, "inviter_id"),
        Index(None, "device", postgresql_where=text("device IS NOT NULL")),
        Index("ix_referrals_due", "due_on", postgresql_where=text("due_on IS NOT NULL")),
        Index(
            "ix_referrals_undone", "invitee_id",
            postgresql_where=text("state IN ('undone', 'refused') AND"
                                  " (inviter_bonus IS NOT NULL OR invitee_bonus IS NOT NULL)"),
        ),
    )  # fmt: skip


class MemberDevice(Base):
    """A device that a member enrolled or was active with, as a salted hash."""

    __tablename__ = "member_devices"

    device: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    added_at: Mapped[Instant]

    __table_args__ = (Index(None, "member_id"),)
