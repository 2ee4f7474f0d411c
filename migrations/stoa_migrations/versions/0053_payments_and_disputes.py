"""Payments, disputes, credit notes, numbers of papers, and whom banks know partners as."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stoa.models import functions

revision: str = "0053"
down_revision: str | None = "0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ALL = "current_setting('stoa.partner', true) = '*'"
_MINE = "current_setting('stoa.partner', true)"
_SEEN = {
    "partner_entities": f"{_ALL} OR partner_id::text = {_MINE}",
    "payments": f"{_ALL} OR partner_id::text = {_MINE}",
    "payment_files": _ALL,
    "disputes": f"{_ALL} OR partner_id::text = {_MINE} OR other_id::text = {_MINE}",
    "dispute_evidence": f"{_ALL} OR partner_id::text = {_MINE}",
    "credit_notes": f"{_ALL} OR partner_id::text = {_MINE}",
}
_FUNCTIONS = (
    "stoa_book_dispute(uuid, text, date)",
    "stoa_book_payment(uuid)",
    "stoa_money_of_dispute(uuid, text, date)",
    "stoa_money_of_payment(uuid)",
    (
        "stoa_entry_of(text, text, date, text, text, uuid, text, uuid, bigint, numeric, text,"
        " uuid, integer)"
    ),
    "stoa_next_number(text, text, integer)",
)
_DEEDS = (
    "stoa_book_dispute(uuid, text, date), stoa_book_payment(uuid),"
    " stoa_next_number(text, text, integer)"
)
_GRANTS = (
    (
        "SELECT, INSERT ON partner_entities, payment_files, payments, disputes, dispute_evidence,"
        " credit_notes"
    ),
    "SELECT ON document_numbers",
    (
        "UPDATE (minor, owed_minor, held_minor, state, file_id, bank_date, bank_minor, bank_rate,"
        " bank_rate_id, cleared_minor, cash_minor, recorded_at, recorded_by, note) ON payments"
    ),
    "UPDATE (state, decided_at, decided_by, decision) ON disputes",
)


def upgrade() -> None:
    """Expand."""
    _create_payments()
    _create_disputes()
    op.get_bind().exec_driver_sql(functions("settling").replace("%", "%%"))
    for each in _FUNCTIONS:
        op.execute(sa.text(f"REVOKE ALL ON FUNCTION {each} FROM PUBLIC"))
    op.execute(sa.text(f"GRANT EXECUTE ON FUNCTION {_DEEDS} TO stoa_app"))
    for each in _GRANTS:
        op.execute(sa.text(f"GRANT {each} TO stoa_app"))
    for table, seen in _SEEN.items():
        for clause in ("ENABLE", "FORCE"):
            op.execute(sa.text(f"ALTER TABLE {table} {clause} ROW LEVEL SECURITY"))
        op.execute(sa.text(f"CREATE POLICY partner ON {table} TO stoa_app USING ({seen})"))
        op.execute(sa.text(f"CREATE POLICY ledger ON {table} TO CURRENT_USER USING (true)"))


def _create_payments() -> None:
    op.create_table(
        "partner_entities",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("account_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "version", name=op.f("pk_partner_entities")),
    )
    op.create_table(
        "document_numbers",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last > 0", name=op.f("ck_document_numbers_last")),
        sa.PrimaryKeyConstraint("entity", "series", "year", name=op.f("pk_document_numbers")),
    )
    op.create_table(
        "payment_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_files")),
    )
    op.create_index("ux_payment_files_message_id", "payment_files", ["message_id"], unique=True)
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("bank_date", sa.Date(), nullable=True),
        sa.Column("bank_minor", sa.BigInteger(), nullable=True),
        sa.Column("bank_rate", sa.Numeric(precision=20, scale=10), nullable=True),
        sa.Column("bank_rate_id", sa.BigInteger(), nullable=True),
        sa.Column("cleared_minor", sa.BigInteger(), nullable=True),
        sa.Column("cash_minor", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'settled') = (bank_date IS NOT NULL AND bank_minor > 0"
            " AND cleared_minor > 0 AND cash_minor > 0)",
            name=op.f("ck_payments_settled"),
        ),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_payments_direction")),
        sa.CheckConstraint(
            "state IN ('proposed', 'sent', 'settled', 'failed', 'cancelled')",
            name=op.f("ck_payments_state"),
        ),
        sa.CheckConstraint("minor > 0 AND owed_minor > 0", name=op.f("ck_payments_minor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index("ix_payments_partner_id", "payments", ["partner_id", "id"], unique=False)
    op.create_index("ix_payments_period", "payments", ["period", "points_currency"], unique=False)
    op.create_index("ux_payments_reference", "payments", ["reference"], unique=True)
    op.create_index(
        "ux_payments_statement_id",
        "payments",
        ["statement_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'sent', 'settled')"),
    )


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("owes", sa.Boolean(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("other_side", sa.Text(), nullable=False),
        sa.Column("against", sa.Text(), nullable=False),
        sa.Column("tax_against", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("window_ends", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_for", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_disputes_decided")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'upheld', 'credited', 'withdrawn', 'lapsed')",
            name=op.f("ck_disputes_state"),
        ),
        sa.CheckConstraint(
            "minor > 0 AND tax_minor >= 0 AND points >= 0", name=op.f("ck_disputes_minor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_other_id", "disputes", ["other_id", "id"], unique=False)
    op.create_index("ix_disputes_partner_id", "disputes", ["partner_id", "id"], unique=False)
    op.create_index("ix_disputes_state", "disputes", ["state", "window_ends"], unique=False)
    op.create_index("ix_disputes_statement_id", "disputes", ["statement_id", "place"], unique=False)
    op.create_table(
        "dispute_evidence",
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dispute_id", "n", name=op.f("pk_dispute_evidence")),
    )
    op.create_table(
        "credit_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Text(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_notes")),
    )
    op.create_index(
        "ix_credit_notes_partner_id", "credit_notes", ["partner_id", "id"], unique=False
    )
    op.create_index(
        "ux_credit_notes_dispute_id", "credit_notes", ["dispute_id", "partner_id"], unique=True
    )
    op.create_index("ux_credit_notes_no", "credit_notes", ["no"], unique=True)


def downgrade() -> None:
    """Go back: what was paid and disputed is lost, but for what the journal booked of it."""
    for each in _FUNCTIONS:
        op.execute(sa.text(f"DROP FUNCTION {each}"))
    for table in (
        "credit_notes", "dispute_evidence", "disputes", "payments", "payment_files",
        "document_numbers", "partner_entities",
    ):  # fmt: skip
        op.drop_table(table)
