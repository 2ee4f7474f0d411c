"""The money journal, its sums, periods of clearing and statements.

Nothing is booked here: the worker books the log from its first posting on.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0052"
down_revision: str | None = "0050"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ALL = "current_setting('stoa.partner', true) = '*'"
_MINE = "current_setting('stoa.partner', true)"
_SEEN = {
    "money_entries": f"{_ALL} OR debit_partner_id::text = {_MINE}"
    f" OR credit_partner_id::text = {_MINE}",
    "money_sums": f"{_ALL} OR debit_partner_id::text = {_MINE}"
    f" OR credit_partner_id::text = {_MINE}",
    "statements": f"{_ALL} OR partner_id::text = {_MINE}",
}
_FUNCTIONS = (
    "stoa_book_money(bigint)",
    "stoa_keep_money(money_entries[])",
    "stoa_money_of(bigint, bigint)",
    "stoa_agreement_at(uuid, date, timestamptz)",
    "stoa_mode_of(text, text)",
    "stoa_period_of(text, bigint, date)",
    "stoa_root_of(uuid, text, bigint)",
)
_DEEDS = (
    "stoa_book_money(bigint), stoa_money_of(bigint, bigint), stoa_mode_of(text, text),"
    " stoa_period_of(text, bigint, date)"
)


def upgrade() -> None:
    """Expand."""
    _create_journal()
    _create_periods()
    op.get_bind().exec_driver_sql(functions("journal").replace("%", "%%"))
    op.execute(sa.text("INSERT INTO money_mark VALUES ('journal', 0, 0)"))
    for each in _FUNCTIONS:
        op.execute(sa.text(f"REVOKE ALL ON FUNCTION {each} FROM PUBLIC"))
    op.execute(sa.text(f"GRANT EXECUTE ON FUNCTION {_DEEDS} TO stoa_app"))
    op.execute(
        sa.text(
            "GRANT SELECT ON money_entries, money_sums, money_mark, clearing_periods, statements"
            " TO stoa_app"
        )
    )
    for table, seen in _SEEN.items():
        for clause in ("ENABLE", "FORCE"):
            op.execute(sa.text(f"ALTER TABLE {table} {clause} ROW LEVEL SECURITY"))
        op.execute(sa.text(f"CREATE POLICY partner ON {table} TO stoa_app USING ({seen})"))
        op.execute(sa.text(f"CREATE POLICY ledger ON {table} TO CURRENT_USER USING (true)"))


def _create_journal() -> None:
    op.create_table(
        "money_entries",
        sa.Column("entry_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("debit_partner_id", sa.Uuid(), nullable=True),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("credit_partner_id", sa.Uuid(), nullable=True),
        sa.Column("issuer_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("lot_seq", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_money_entries_amount")),
        sa.CheckConstraint(
            "(source = 'posting') = (place IS NOT NULL AND member_id IS NOT NULL"
            " AND seq IS NOT NULL AND lot_seq IS NOT NULL AND subject_id IS NULL)",
            name=op.f("ck_money_entries_source"),
        ),
        sa.PrimaryKeyConstraint("entry_no", name=op.f("pk_money_entries")),
    )
    op.create_index(
        "ux_money_entries_posting", "money_entries",
        ["member_id", "points_currency", "seq", "lot_seq", "n"],
        unique=True, postgresql_where=sa.text("source = 'posting'"),
    )  # fmt: skip
    op.create_index(
        "ux_money_entries_subject", "money_entries", ["source", "subject_id", "n"],
        unique=True, postgresql_where=sa.text("source <> 'posting'"),
    )  # fmt: skip
    op.create_index(
        "ix_money_entries_line", "money_entries", ["period", "points_currency", "line", "entry_no"]
    )
    op.create_index("ix_money_entries_place", "money_entries", ["place"], postgresql_using="brin")
    op.create_table(
        "money_sums",
        *(
            sa.Column(name, kind, nullable=False)
            for name, kind in (
                ("points_currency", sa.Text()), ("money_currency", sa.Text()),
                ("period", sa.Text()), ("effective_on", sa.Date()), ("line", sa.Text()),
                ("debit", sa.Text()), ("debit_partner_id", sa.Uuid()), ("credit", sa.Text()),
                ("credit_partner_id", sa.Uuid()), ("issuer_id", sa.Uuid()), ("rate", sa.Numeric()),
                ("points", sa.BigInteger()), ("amount", sa.Numeric()),
                ("entries", sa.BigInteger()),
            )
        ),
        sa.Column("first_place", sa.BigInteger(), nullable=True),
        sa.Column("last_place", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint(
            "points_currency", "money_currency", "period", "effective_on", "line", "debit",
            "debit_partner_id", "credit", "credit_partner_id", "issuer_id", "rate",
            name=op.f("pk_money_sums"),
        ),
        postgresql_with={"fillfactor": "70"},
    )  # fmt: skip
    op.create_table(
        "money_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_money_mark")),
    )


def _create_periods() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "clearing_periods",
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("cut_place", sa.BigInteger(), nullable=True),
        sa.Column("cut_entry", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", moment, nullable=True),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "mode IN ('POOL', 'ISSUER_PAYS')", name=op.f("ck_clearing_periods_mode")
        ),
        sa.CheckConstraint(
            "period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_clearing_periods_period")
        ),
        sa.CheckConstraint(
            "state = 'open' AND cut_place IS NULL OR state = 'closed' AND cut_place IS NOT NULL"
            " AND cut_entry IS NOT NULL AND closed_at IS NOT NULL",
            name=op.f("ck_clearing_periods_state"),
        ),
        sa.PrimaryKeyConstraint("points_currency", "period", name=op.f("pk_clearing_periods")),
    )
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("no", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.Column("settlement_currency", sa.Text(), nullable=False),
        sa.Column("settlement_minor", sa.BigInteger(), nullable=False),
        sa.Column("fx_rate_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("issued_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
    )
    op.create_index(
        "ux_statements_period", "statements", ["points_currency", "period", "partner_id"],
        unique=True, postgresql_nulls_not_distinct=True,
    )  # fmt: skip
    op.create_index("ix_statements_partner_id", "statements", ["partner_id", "period"])


def downgrade() -> None:
    """Go back: the journal is derived from the log and can be booked again, statements are lost."""
    for each in _FUNCTIONS:
        op.execute(sa.text(f"DROP FUNCTION {each}"))
    for table in ("statements", "clearing_periods", "money_mark", "money_sums", "money_entries"):
        op.drop_table(table)
