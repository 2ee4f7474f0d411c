"""What campaigns may still pay out: budgets in stripes, uses of caps, what came back."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Points, Word

__all__ = ["STRIPES", "CampaignBudget", "CampaignFund", "CampaignReturn", "CampaignUse"]

STRIPES = 16
"""How many rows hold a campaign's budget, so that as many purchases may take from it at once.

One row more, the last, takes what comes back, so that the worker holds up no purchase.
"""


class CampaignFund(Base):
    """What a campaign was granted in all; `exhausted_at` when its budget was first found empty."""

    __tablename__ = "campaign_funds"

    campaign: Mapped[Word] = mapped_column(primary_key=True)
    granted: Mapped[Points]
    exhausted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (CheckConstraint("granted >= 0", name="granted"),)


class CampaignBudget(Base):
    """A stripe of a campaign's budget: the sum of all of them is what is left to pay out."""

    __tablename__ = "campaign_budgets"

    campaign: Mapped[Word] = mapped_column(primary_key=True)
    stripe: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    remaining: Mapped[Points]

    __table_args__ = (
        CheckConstraint("remaining >= 0", name="remaining"),
        {"postgresql_with": {"fillfactor": "50"}},
    )


class CampaignUse(Base):
    """What a member got of a campaign in a period that a cap counts; `since` is its first day.

    Of the cap over the whole campaign that is the first day of all, 1 January of the year 1.
    """

    __tablename__ = "campaign_uses"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    campaign: Mapped[Word] = mapped_column(primary_key=True)
    every: Mapped[Word] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    points: Mapped[Points]
    uses: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("every IN ('day', 'week', 'month', 'campaign')", name="every"),
        CheckConstraint("points >= 0 AND uses >= 0", name="used"),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class CampaignReturn(Base):
    """Points of a campaign that a return took back and its budget has again, once.

    `uses` is 1 of the return after which nothing of the campaign was left of the purchase.
    """

    __tablename__ = "campaign_returns"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    transaction_id: Mapped[Id] = mapped_column(primary_key=True)
    campaign: Mapped[Word] = mapped_column(primary_key=True)
    purchase_id: Mapped[Id]
    points: Mapped[Points]
    uses: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("points > 0 AND uses IN (0, 1)", name="points"),)
