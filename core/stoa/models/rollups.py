"""Rollups: what the overview reads in place of the ledger; `functions/rollups.sql` writes them.

Each follows an order exactly once by a mark in `positions_at`: days of members and what expires
follow the transparency log, what crosses from partner to partner follows the money journal. None
grows with postings that add nothing new: a second purchase of a member at the same partner on the
same day is no row.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Points, Word

__all__ = [
    "ActivityDay",
    "CampaignFigures",
    "CrossDay",
    "EnrolledDay",
    "ExpiringDay",
    "MemberDay",
    "SharedMonth",
    "TierDay",
]


class MemberDay(Base):
    """A business day on which a member earned or redeemed at a partner.

    ``NOBODY`` stands for any partner. The days of a member who was merged are the survivor's.
    """

    __tablename__ = "member_days"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)


class ActivityDay(Base):
    """How many members were active on a day whose active day before it was `before`.

    Members active in ``[start, end)`` are those with a day there and `before` earlier than `start`:
    an exact count of distinct members for any period, in rows that grow with days alone. A gap of
    more than 366 days, and no day before at all, is the first day of the year 1.
    """

    __tablename__ = "activity_days"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    before: Mapped[date] = mapped_column(Date, primary_key=True)
    members: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)


class SharedMonth(Base):
    """How many members were active at two partners in one month; `partner_id` is the lesser id."""

    __tablename__ = "shared_months"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    other_id: Mapped[Id] = mapped_column(primary_key=True)
    members: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)


class CrossDay(Base):
    """Points of an issuer's lots that were redeemed at a partner on a business day, and the money.

    `points` are above zero where members spent, `amount` is exact. ``NOBODY`` stands for the
    operator as issuer and for the programme as partner.
    """

    __tablename__ = "cross_days"

    points_currency: Mapped[Word] = mapped_column(primary_key=True)
    money_currency: Mapped[Word] = mapped_column(primary_key=True)
    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    issuer_id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    points: Mapped[Points]
    amount: Mapped[Decimal] = mapped_column(Numeric)
    entries: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)


class ExpiringDay(Base):
    """How many points are left in lots whose last day it is."""

    __tablename__ = "expiring_days"

    currency: Mapped[Word] = mapped_column(primary_key=True)
    expires_on: Mapped[date] = mapped_column(Date, primary_key=True)
    points: Mapped[Points]

    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)


class TierDay(Base):
    """How many members moved from a tier to another on a day of the programme's zone."""

    __tablename__ = "tier_days"

    ladder: Mapped[Word] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    from_tier: Mapped[Word] = mapped_column(primary_key=True)
    to_tier: Mapped[Word] = mapped_column(primary_key=True)
    moves: Mapped[int] = mapped_column(BigInteger)


class EnrolledDay(Base):
    """How many members enrolled on a day, and how many of those are members still."""

    __tablename__ = "enrolled_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    enrolled: Mapped[int] = mapped_column(BigInteger)
    members: Mapped[int] = mapped_column(BigInteger)


class CampaignFigures(Base):
    """What a campaign came to when it was last reckoned (`stoa.services.campaigns.results`)."""

    __tablename__ = "campaign_figures"

    code: Mapped[Word] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    at: Mapped[Instant]
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
