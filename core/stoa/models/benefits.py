"""Claims of benefits: metered privileges that a member used or holds, and who pays them."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["ClaimCost", "ClaimReceipt", "ClaimRow"]


class ClaimRow(Base):
    """A benefit claimed on a day, and what it was worth, for metering and for clearing.

    `source` says whose it is: a ``plugin``'s, or a ``document``'s of version `version`, metered
    over all partners. `asked_milli` is the quantity asked for, `quantity_milli` what was granted.
    A held claim ends by itself at `held_until`. Of what the member pays, points of the hold
    `hold_id` paid `points_minor`; `due_minor` is left. A booking holds a place of a `resource` from
    `slot` on. `benefit_group` names those of which one is enjoyed at a time.
    `booked` is 1 once the money journal has it, 2 once it has it undone.
    """

    __tablename__ = "claims"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    benefit: Mapped[Word]
    subject: Mapped[Word]
    business_date: Mapped[date]
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[Word]
    worth_minor: Mapped[int] = mapped_column(BigInteger)
    due_minor: Mapped[int] = mapped_column(BigInteger)
    money_currency: Mapped[Word]
    reason: Mapped[Word]
    state: Mapped[Word]
    claimed_at: Mapped[Instant]
    released_at: Mapped[Instant | None]
    source: Mapped[Word] = mapped_column(server_default="plugin")
    version: Mapped[int] = mapped_column(Integer, server_default="0")
    benefit_group: Mapped[Word] = mapped_column(server_default="")
    asked_milli: Mapped[int | None] = mapped_column(BigInteger)
    unit_price_minor: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[Instant | None]
    since: Mapped[Instant | None]
    held_until: Mapped[Instant | None]
    captured_at: Mapped[Instant | None]
    stay_id: Mapped[OptionalId]
    hold_id: Mapped[OptionalId]
    points: Mapped[int] = mapped_column(BigInteger, server_default="0")
    points_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    resource: Mapped[Word] = mapped_column(server_default="")
    slot: Mapped[Instant | None]
    offers: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    booked: Mapped[int] = mapped_column(SmallInteger, server_default="0")

    __table_args__ = (
        CheckConstraint("state IN ('held', 'used', 'released', 'expired')", name="state"),
        CheckConstraint("source IN ('plugin', 'document')", name="source"),
        CheckConstraint(
            "quantity_milli >= 0 AND worth_minor >= 0 AND due_minor >= 0", name="whole"
        ),
        CheckConstraint("points >= 0 AND points_minor >= 0", name="points"),
        CheckConstraint("state <> 'held' OR held_until IS NOT NULL", name="held_until"),
        Index(None, "id"),
        Index("ix_claims_subject", "partner_id", "benefit", "subject", "business_date"),
        Index(
            "ix_claims_subject_everywhere", "benefit", "subject", "business_date",
            postgresql_where="subject <> '' AND source = 'document'",
        ),
        Index("ix_claims_stay", "stay_id", postgresql_where="stay_id IS NOT NULL"),
        Index("ix_claims_open", "held_until", postgresql_where="state = 'held'"),
        Index("ix_claims_slot", "resource", "slot", postgresql_where="slot IS NOT NULL"),
        Index("ix_claims_day", "business_date", "id"),
        Index(
            "ix_claims_due", "id",
            postgresql_where=text(
                "captured_at IS NOT NULL AND (booked = 0 OR booked = 1 AND state = 'released')"
            ),
        ),
    )  # fmt: skip


class ClaimCost(Base):
    """What one payer pays of what a claim is worth; the operator where `payer_id` is ``NULL``."""

    __tablename__ = "claim_costs"

    claim_id: Mapped[Id] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    payer_id: Mapped[OptionalId]
    minor: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("minor > 0", name="minor"),
        Index("ix_claim_costs_payer_id", "payer_id"),
    )


class ClaimReceipt(Base):
    """A receipt that a claim uses: while the claim is `live`, no other of this benefit may.

    `partner_id` is ``NOBODY`` for a benefit of all partners; `seller_id` sold, and `minor` is what
    had not come back of it by then.
    """

    __tablename__ = "claim_receipts"

    claim_id: Mapped[Id] = mapped_column(primary_key=True)
    purchase_id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    benefit: Mapped[Word]
    seller_id: Mapped[Id]
    minor: Mapped[int] = mapped_column(BigInteger)
    live: Mapped[bool]

    __table_args__ = (
        CheckConstraint("minor > 0", name="minor"),
        Index(
            "ux_claim_receipts_live", "purchase_id", "partner_id", "benefit",
            unique=True, postgresql_where="live",
        ),
    )  # fmt: skip
