"""Partners, their stores at sites, the agreement with each, and the plugin that speaks for it."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["Agreement", "Partner", "PartnerVersion", "Site", "Store"]


class Site(Base):
    """A place with its own time zone: a mall, a forecourt, a street."""

    __tablename__ = "sites"

    id: Mapped[Id] = mapped_column(primary_key=True)
    code: Mapped[Word] = mapped_column(unique=True)
    name: Mapped[Word]
    zone: Mapped[Word]


class Partner(Base):
    """A brand of the alliance.

    `version` grows with every change of the partner, its stores or its agreement, so that servers
    know when what they remember of it is old; `ref_key` makes its pairwise member references.
    Its purchases earn points of `points_currency`, the programme's where that is ``NULL``.
    `offered_version` is the one with which the catalogue was drawn; `contact_email` gets its
    letters.
    """

    __tablename__ = "partners"

    id: Mapped[Id] = mapped_column(primary_key=True)
    code: Mapped[Word] = mapped_column(unique=True)
    name: Mapped[Word]
    trade: Mapped[Word]
    status: Mapped[Word]
    plugin: Mapped[Word]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer)
    ref_key: Mapped[bytes] = mapped_column(LargeBinary)
    onboarded_at: Mapped[Instant]
    points_currency: Mapped[str | None] = mapped_column(Text)
    offered_version: Mapped[int | None] = mapped_column(Integer)
    contact_email: Mapped[str | None] = mapped_column(Text)
    contact_language: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(
            "status IN ('active', 'suspended', 'no_enrol', 'no_earn', 'no_burn', 'archived')",
            name="status",
        ),
        Index(
            "ix_partners_not_offered", "id",
            postgresql_where=text("offered_version IS DISTINCT FROM version"),
        ),
    )  # fmt: skip


class Store(Base):
    """A partner's place of sale at a site; `channel` is how it sells, a shop is a ``store``."""

    __tablename__ = "stores"

    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"))
    site_id: Mapped[Id] = mapped_column(ForeignKey("sites.id"))
    code: Mapped[Word]
    name: Mapped[Word]
    currency: Mapped[Word]
    channel: Mapped[Word] = mapped_column(server_default="store")

    __table_args__ = (
        UniqueConstraint("partner_id", "code"),
        CheckConstraint("channel IN ('store', 'online', 'app', 'kiosk')", name="channel"),
    )


class Agreement(Base):
    """What was agreed with a partner, from a day on; a later version never touches issued points.

    ``issue_price`` and ``reimbursement_rate`` are money per point (economics §3.2);
    ``backdate_days`` limits how old a reported purchase may be;
    ``return_days`` is how long a purchase may be returned;
    ``pending_days`` is how long its points are pending, 0 for none.
    What follows them are the clauses of clearing; see `stoa.values.clearing.clauses.Clauses`.
    ``agreed_at`` is when it was agreed: no earlier deed is reckoned by it; ``begun_at`` when what
    it says of funding began to hold.
    """

    __tablename__ = "agreements"

    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    effective_from: Mapped[date]
    issue_price: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    reimbursement_rate: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    backdate_days: Mapped[int] = mapped_column(Integer)
    return_days: Mapped[int] = mapped_column(Integer)
    pending_days: Mapped[int] = mapped_column(Integer, server_default="0")
    reimburse_by: Mapped[Word] = mapped_column(server_default="")
    fee_issuing: Mapped[Decimal] = mapped_column(Numeric(12, 6), server_default="0")
    fee_redeeming: Mapped[Decimal] = mapped_column(Numeric(12, 6), server_default="0")
    funding: Mapped[Word] = mapped_column(server_default="open")
    overflow: Mapped[Word] = mapped_column(server_default="refuse")
    credit_limit_minor: Mapped[int | None] = mapped_column(BigInteger)
    alert_points: Mapped[int | None] = mapped_column(BigInteger)
    alert_minor: Mapped[int | None] = mapped_column(BigInteger)
    reserve_ratio: Mapped[Decimal] = mapped_column(Numeric(5, 4), server_default="1")
    settlement_currency: Mapped[Word] = mapped_column(server_default="")
    tax_issue: Mapped[Word] = mapped_column(server_default="")
    tax_redemption: Mapped[Word] = mapped_column(server_default="")
    tax_third_party: Mapped[Word] = mapped_column(server_default="")
    dispute_days: Mapped[int] = mapped_column(Integer, server_default="30")
    payment_days: Mapped[int] = mapped_column(Integer, server_default="30")
    agreed_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    agreed_by: Mapped[Word] = mapped_column(server_default="")
    begun_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("reimburse_by IN ('', 'burn_date', 'lot')", name="reimburse_by"),
        CheckConstraint("funding IN ('open', 'prepaid', 'credit')", name="funding"),
        CheckConstraint(
            "overflow IN ('refuse', 'reserve_pack', 'credit', 'member_first')", name="overflow"
        ),
        CheckConstraint("reserve_ratio BETWEEN 0 AND 1", name="reserve_ratio"),
        CheckConstraint("fee_issuing >= 0 AND fee_redeeming >= 0", name="fees"),
        Index(
            "ix_agreements_not_begun", "effective_from", postgresql_where=text("begun_at IS NULL")
        ),
    )


class PartnerVersion(Base):
    """What plugin and settings a partner had at a version: rules of the past stay replayable.

    `plugin_version` is that of the plugin's distribution when the version was made; ``NULL`` where
    it is not known.
    """

    __tablename__ = "partner_versions"

    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    plugin: Mapped[Word]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[Instant]
    changed_by: Mapped[Word]
    plugin_version: Mapped[str | None] = mapped_column(Text)
