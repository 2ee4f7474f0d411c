"""The first tables, the ledger's functions, and the role that may only call them."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FUNCTIONS = Path(__file__).with_name("0001_ledger.sql")


_ROLE = """
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(5701);
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'stoa_app') THEN
        CREATE ROLE stoa_app LOGIN;
    END IF;
    EXECUTE format('GRANT stoa_app TO %I', current_user);
END $$
"""

_GRANTS = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO stoa_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO stoa_app;
GRANT EXECUTE ON FUNCTION
    stoa_open_wallet, stoa_earn, stoa_hold, stoa_capture, stoa_release, stoa_expire, stoa_reverse
    TO stoa_app;
GRANT INSERT ON audit_records, keys TO stoa_app;
GRANT UPDATE (subject_id, answer) ON keys TO stoa_app;
GRANT INSERT, UPDATE ON
    members, sites, partners, stores, currencies, claims, clients, signing_keys, staff, imports
    TO stoa_app;
GRANT INSERT ON agreements, partner_versions TO stoa_app;
GRANT INSERT, UPDATE, DELETE ON
    identifiers, standings, tiers, staff_sessions, outbox, import_rows TO stoa_app;
"""

_DROP_FUNCTIONS = """
DO $$ DECLARE each regprocedure; BEGIN
    FOR each IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND proname LIKE 'stoa\\_%%' LOOP
        EXECUTE 'DROP FUNCTION ' || each;
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "audit_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_records")),
    )
    op.create_index(
        op.f("ix_audit_records_subject_at"), "audit_records", ["subject", "at"], unique=False
    )
    op.create_table(
        "claims",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("benefit", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("worth_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('used', 'released')", name=op.f("ck_claims_state")),
        sa.CheckConstraint(
            "quantity_milli >= 0 AND worth_minor >= 0 AND due_minor >= 0",
            name=op.f("ck_claims_whole"),
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_id"), "claims", ["id"], unique=False)
    op.create_index(
        "ix_claims_subject",
        "claims",
        ["partner_id", "benefit", "subject", "business_date"],
        unique=False,
    )
    op.create_table(
        "currencies",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expiry_rule", sa.Text(), nullable=False),
        sa.Column("expiry_months", sa.Integer(), nullable=False),
        sa.Column("face_value", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_currencies")),
    )
    op.create_table(
        "holds",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("worth_minor", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reward", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("lots", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'captured', 'voided', 'expired')", name=op.f("ck_holds_state")
        ),
        sa.CheckConstraint(
            "points > 0 AND captured >= 0 AND captured <= points", name=op.f("ck_holds_points")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_holds")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(op.f("ix_holds_id"), "holds", ["id"], unique=False)
    op.create_index(
        "ix_holds_open", "holds", ["expires_at"], unique=False, postgresql_where="state = 'held'"
    )
    op.create_table(
        "identifiers",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('card', 'phone', 'email', 'partner_ref')", name=op.f("ck_identifiers_kind")
        ),
        sa.PrimaryKeyConstraint("kind", "partner_id", "value", name=op.f("pk_identifiers")),
    )
    op.create_index(op.f("ix_identifiers_member_id"), "identifiers", ["member_id"], unique=False)
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_import_rows")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.UniqueConstraint("digest", name=op.f("uq_imports_digest")),
    )
    op.create_table(
        "keys",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("available", sa.BigInteger(), nullable=True),
        sa.Column("pending", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.BigInteger(), nullable=True),
        sa.Column("debt", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "key", name=op.f("pk_keys")),
    )
    op.create_index(
        "ix_keys_answered",
        "keys",
        ["created_at"],
        unique=False,
        postgresql_where="answer IS NOT NULL",
    )
    op.create_table(
        "lot_uses",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("lot_seq", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_lot_uses_points")),
        sa.PrimaryKeyConstraint(
            "member_id", "currency", "seq", "lot_seq", name=op.f("pk_lot_uses")
        ),
    )
    op.create_table(
        "lots",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("available_on", sa.Date(), nullable=False),
        sa.CheckConstraint("held >= 0 AND held <= remaining", name=op.f("ck_lots_held")),
        sa.CheckConstraint("remaining > 0", name=op.f("ck_lots_remaining")),
        sa.PrimaryKeyConstraint("member_id", "currency", "expires_on", "seq", name=op.f("pk_lots")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrolled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'frozen', 'closed')", name=op.f("ck_members_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_index(op.f("ix_members_enrolled_at"), "members", ["enrolled_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('new', 'told', 'failed')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_new", "outbox", ["id"], unique=False, postgresql_where="state = 'new'"
    )
    op.create_table(
        "partners",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ref_key", sa.LargeBinary(), nullable=False),
        sa.Column("onboarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck_partners_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("code", name=op.f("uq_partners_code")),
    )
    op.create_table(
        "postings",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(precision=12, scale=6), nullable=True),
        sa.Column("available_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "account IN ('issued', 'burned', 'expired', 'debt', 'adjusted', 'exchanged')",
            name=op.f("ck_postings_account"),
        ),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_postings_balance")),
        sa.CheckConstraint(
            "points <> 0 AND abs(points) <= 1000000000000", name=op.f("ck_postings_points")
        ),
        sa.PrimaryKeyConstraint("member_id", "currency", "seq", name=op.f("pk_postings")),
    )
    op.create_table(
        "purchases",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tenders", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("returned", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'posted', 'returned', 'voided')",
            name=op.f("ck_purchases_status"),
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_purchases")),
        postgresql_with={"fillfactor": "90"},
    )
    op.create_index(op.f("ix_purchases_id"), "purchases", ["id"], unique=False)
    op.create_index(
        "ix_purchases_pending",
        "purchases",
        ["received_at"],
        unique=False,
        postgresql_where="status = 'pending'",
    )
    op.create_table(
        "receipts",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint(
            "business_date", "store_id", "terminal", "receipt_no", "kind", name=op.f("pk_receipts")
        ),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("private_jwk", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("code", name=op.f("uq_sites_code")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "standings",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_standings")),
    )
    op.create_table(
        "tiers",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("uplift_percent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tiers")),
        sa.UniqueConstraint("rank", name=op.f("uq_tiers_rank")),
    )
    op.create_table(
        "transactions",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_transactions")),
    )
    op.create_table(
        "wallets",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "available + pending + held <= 9000000000000000", name=op.f("ck_wallets_limit")
        ),
        sa.CheckConstraint("available >= 0", name=op.f("ck_wallets_available")),
        sa.CheckConstraint("debt >= 0", name=op.f("ck_wallets_debt")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_wallets_held")),
        sa.CheckConstraint("pending >= 0", name=op.f("ck_wallets_pending")),
        sa.PrimaryKeyConstraint("member_id", "currency", name=op.f("pk_wallets")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "agreements",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("issue_price", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("reimbursement_rate", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("backdate_days", sa.Integer(), nullable=False),
        sa.Column("return_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_agreements_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", "version", name=op.f("pk_agreements")),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_clients_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_table(
        "partner_versions",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_partner_versions_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", "version", name=op.f("pk_partner_versions")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_sessions")),
    )
    op.create_table(
        "stores",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_stores_partner_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_stores_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stores")),
        sa.UniqueConstraint("partner_id", "code", name=op.f("uq_stores_partner_id_code")),
    )
    op.execute(sa.text(_ROLE))
    op.get_bind().exec_driver_sql(_FUNCTIONS.read_text("utf-8").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.get_bind().exec_driver_sql(_DROP_FUNCTIONS)
    op.drop_table("stores")
    op.drop_table("staff_sessions")
    op.drop_table("partner_versions")
    op.drop_table("clients")
    op.drop_table("agreements")
    op.drop_table("wallets")
    op.drop_table("transactions")
    op.drop_table("tiers")
    op.drop_table("standings")
    op.drop_table("staff")
    op.drop_table("sites")
    op.drop_table("signing_keys")
    op.drop_table("receipts")
    op.drop_index(
        "ix_purchases_pending", table_name="purchases", postgresql_where="status = 'pending'"
    )
    op.drop_index(op.f("ix_purchases_id"), table_name="purchases")
    op.drop_table("purchases")
    op.drop_table("postings")
    op.drop_table("partners")
    op.drop_index("ix_outbox_new", table_name="outbox", postgresql_where="state = 'new'")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_members_enrolled_at"), table_name="members")
    op.drop_table("members")
    op.drop_table("lots")
    op.drop_table("lot_uses")
    op.drop_index("ix_keys_answered", table_name="keys", postgresql_where="answer IS NOT NULL")
    op.drop_table("keys")
    op.drop_table("imports")
    op.drop_table("import_rows")
    op.drop_index(op.f("ix_identifiers_member_id"), table_name="identifiers")
    op.drop_table("identifiers")
    op.drop_index("ix_holds_open", table_name="holds", postgresql_where="state = 'held'")
    op.drop_index(op.f("ix_holds_id"), table_name="holds")
    op.drop_table("holds")
    op.drop_table("currencies")
    op.drop_index("ix_claims_subject", table_name="claims")
    op.drop_index(op.f("ix_claims_id"), table_name="claims")
    op.drop_table("claims")
    op.drop_index(op.f("ix_audit_records_subject_at"), table_name="audit_records")
    op.drop_table("audit_records")
