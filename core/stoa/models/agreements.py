"""What is agreed about clearing: proposals of a partner's agreement, and the alliance's terms."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["AgreementProposal", "ClearingTerms"]

_STATES = "state IN ('proposed', 'approved', 'declined', 'withdrawn')"


class AgreementProposal(Base):
    """A new version of a partner's agreement that waits for a second person.

    `terms` are prices, days and clauses as JSON, numbers as text; `version` is the agreement's
    once it was approved.
    """

    __tablename__ = "agreement_proposals"

    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    effective_from: Mapped[date]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[Word]
    state: Mapped[Word]
    proposed_by: Mapped[Word]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[Word] = mapped_column(server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision: Mapped[Word] = mapped_column(server_default="")
    version: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint(_STATES, name="state"),
        CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name="four_eyes"),
        Index(None, "partner_id", "proposed_at"),
        Index(
            "ix_agreement_proposals_open", "proposed_at",
            postgresql_where=text("state = 'proposed'"),
        ),
    )  # fmt: skip


class ClearingTerms(Base):
    """How the alliance clears a points currency, from a period (``YYYY-MM``) on.

    `revenue` says whether the operator is principal or agent (IFRS 15 B34-B38); `recognition`
    whether breakage is spread over redemptions or waits for expiry (B46). `party` is the operator's
    legal entity as statements name it, with its account; see
    `stoa.values.clearing.terms.Party`. A version counts once another person approved it.
    """

    __tablename__ = "clearing_terms"

    points_currency: Mapped[Word] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    effective_from: Mapped[Word]
    mode: Mapped[Word]
    revenue: Mapped[Word] = mapped_column(server_default="principal")
    recognition: Mapped[Word] = mapped_column(server_default="proportional")
    urr_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default="80")
    reserve_ratio: Mapped[Decimal] = mapped_column(Numeric(5, 4), server_default="1")
    party: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[Word]
    proposed_by: Mapped[Word]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[Word] = mapped_column(server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(_STATES, name="state"),
        CheckConstraint("mode IN ('POOL', 'ISSUER_PAYS')", name="mode"),
        CheckConstraint("revenue IN ('principal', 'agent')", name="revenue"),
        CheckConstraint("recognition IN ('proportional', 'remote')", name="recognition"),
        CheckConstraint("urr_percent > 0 AND urr_percent <= 100", name="urr_percent"),
        CheckConstraint("reserve_ratio BETWEEN 0 AND 1", name="reserve_ratio"),
        CheckConstraint("effective_from ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="effective_from"),
    )
