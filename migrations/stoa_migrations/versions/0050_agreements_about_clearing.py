"""Agreements say how their points are cleared; the alliance's terms, taxes and rates of exchange.

All columns have defaults, so that an older release goes on agreeing as before. Agreements of before
count as agreed when they began, so that nothing they cover lacks one.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0050"
down_revision: str | None = "0043b"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATES = "state IN ('proposed', 'approved', 'declined', 'withdrawn')"
_CHECKS = {
    "reimburse_by": "reimburse_by IN ('', 'burn_date', 'lot')",
    "funding": "funding IN ('open', 'prepaid', 'credit')",
    "overflow": "overflow IN ('refuse', 'reserve_pack', 'credit', 'member_first')",
    "reserve_ratio": "reserve_ratio BETWEEN 0 AND 1",
    "fees": "fee_issuing >= 0 AND fee_redeeming >= 0",
}
_SEEN = (
    "current_setting('stoa.partner', true) = '*'"
    " OR partner_id::text = current_setting('stoa.partner', true)"
)


def _columns() -> list[sa.Column[object]]:
    price = sa.Numeric(12, 6)
    return [
        sa.Column("reimburse_by", sa.Text(), server_default="", nullable=False),
        sa.Column("fee_issuing", price, server_default="0", nullable=False),
        sa.Column("fee_redeeming", price, server_default="0", nullable=False),
        sa.Column("funding", sa.Text(), server_default="open", nullable=False),
        sa.Column("overflow", sa.Text(), server_default="refuse", nullable=False),
        sa.Column("credit_limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("alert_points", sa.BigInteger(), nullable=True),
        sa.Column("alert_minor", sa.BigInteger(), nullable=True),
        sa.Column("reserve_ratio", sa.Numeric(5, 4), server_default="1", nullable=False),
        sa.Column("settlement_currency", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_issue", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_redemption", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_third_party", sa.Text(), server_default="", nullable=False),
        sa.Column("dispute_days", sa.Integer(), server_default="30", nullable=False),
        sa.Column("payment_days", sa.Integer(), server_default="30", nullable=False),
        sa.Column(
            "agreed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("agreed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
    ]


def upgrade() -> None:
    """Expand."""
    for column in _columns():
        op.add_column("agreements", column)
    for name, check in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_agreements_{name}"), "agreements", check)
    op.execute(
        sa.text(
            "UPDATE agreements a SET agreed_at = least(a.effective_from, p.onboarded_at),"
            " begun_at = now() FROM partners p WHERE p.id = a.partner_id"
        )
    )
    op.create_index(
        "ix_agreements_not_begun", "agreements", ["effective_from"],
        postgresql_where=sa.text("begun_at IS NULL"),
    )  # fmt: skip
    op.execute(sa.text("GRANT UPDATE (begun_at) ON agreements TO stoa_app"))
    _create_terms()
    _create_rates()
    op.execute(sa.text("GRANT SELECT, INSERT, UPDATE ON agreement_proposals TO stoa_app"))
    op.execute(sa.text("GRANT SELECT, INSERT, UPDATE ON clearing_terms TO stoa_app"))
    op.execute(sa.text("GRANT SELECT, INSERT ON fx_rates, tax_codes TO stoa_app"))
    for clause in ("ENABLE", "FORCE"):
        op.execute(sa.text(f"ALTER TABLE agreement_proposals {clause} ROW LEVEL SECURITY"))
    op.execute(sa.text(f"CREATE POLICY partner ON agreement_proposals TO stoa_app USING ({_SEEN})"))
    op.execute(sa.text("CREATE POLICY ledger ON agreement_proposals TO CURRENT_USER USING (true)"))


def _create_terms() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "agreement_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", moment, nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", moment, nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.CheckConstraint(_STATES, name=op.f("ck_agreement_proposals_state")),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by <> proposed_by",
            name=op.f("ck_agreement_proposals_four_eyes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_proposals")),
    )
    op.create_index(
        op.f("ix_agreement_proposals_partner_id_proposed_at"),
        "agreement_proposals",
        ["partner_id", "proposed_at"],
    )
    op.create_index(
        "ix_agreement_proposals_open", "agreement_proposals", ["proposed_at"],
        postgresql_where=sa.text("state = 'proposed'"),
    )  # fmt: skip
    op.create_table(
        "clearing_terms",
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("revenue", sa.Text(), server_default="principal", nullable=False),
        sa.Column("recognition", sa.Text(), server_default="proportional", nullable=False),
        sa.Column("urr_percent", sa.Numeric(5, 2), server_default="80", nullable=False),
        sa.Column("reserve_ratio", sa.Numeric(5, 4), server_default="1", nullable=False),
        sa.Column("party", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", moment, nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", moment, nullable=True),
        sa.CheckConstraint(_STATES, name=op.f("ck_clearing_terms_state")),
        sa.CheckConstraint("mode IN ('POOL', 'ISSUER_PAYS')", name=op.f("ck_clearing_terms_mode")),
        sa.CheckConstraint(
            "revenue IN ('principal', 'agent')", name=op.f("ck_clearing_terms_revenue")
        ),
        sa.CheckConstraint(
            "recognition IN ('proportional', 'remote')",
            name=op.f("ck_clearing_terms_recognition"),
        ),
        sa.CheckConstraint(
            "urr_percent > 0 AND urr_percent <= 100", name=op.f("ck_clearing_terms_urr_percent")
        ),
        sa.CheckConstraint(
            "reserve_ratio BETWEEN 0 AND 1", name=op.f("ck_clearing_terms_reserve_ratio")
        ),
        sa.CheckConstraint(
            "effective_from ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'",
            name=op.f("ck_clearing_terms_effective_from"),
        ),
        sa.PrimaryKeyConstraint("points_currency", "version", name=op.f("pk_clearing_terms")),
    )


def _create_rates() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "fx_rates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(20, 10), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_at", moment, nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.CheckConstraint("rate > 0", name=op.f("ck_fx_rates_rate")),
        sa.CheckConstraint("base <> quote", name=op.f("ck_fx_rates_pair")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fx_rates")),
    )
    op.create_index(
        op.f("ix_fx_rates_base_quote_business_date_id"),
        "fx_rates",
        ["base", "quote", "business_date", "id"],
    )
    op.create_table(
        "tax_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(7, 6), nullable=False),
        sa.Column("entered_at", moment, nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.CheckConstraint("rate BETWEEN 0 AND 1", name=op.f("ck_tax_codes_rate")),
        sa.PrimaryKeyConstraint("code", "effective_from", name=op.f("pk_tax_codes")),
    )


def downgrade() -> None:
    """Go back."""
    for table in ("tax_codes", "fx_rates", "clearing_terms", "agreement_proposals"):
        op.drop_table(table)
    op.execute(sa.text("REVOKE UPDATE (begun_at) ON agreements FROM stoa_app"))
    op.drop_index("ix_agreements_not_begun", "agreements")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_agreements_{name}"), "agreements", type_="check")
    for column in _columns():
        op.drop_column("agreements", column.name)
