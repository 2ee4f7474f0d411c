"""The transparency log: places of postings, tiles, checkpoints, keys, witnesses."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = """
GRANT SELECT ON log_entries, log_heads, log_tiles, log_checkpoints, log_keys, log_witnesses,
    log_cosignatures TO stoa_app;
GRANT INSERT ON log_entries, log_checkpoints, log_witnesses TO stoa_app;
GRANT INSERT, UPDATE ON log_heads, log_tiles, log_keys, log_cosignatures TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "log_entries",
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_log_entries")),
        sa.UniqueConstraint(
            "member_id", "currency", "seq", name=op.f("uq_log_entries_member_id_currency_seq")
        ),
    )
    op.create_table(
        "log_heads",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("blind", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", "currency", name=op.f("pk_log_heads")),
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "length(hashes) % 32 = 0 AND length(hashes) BETWEEN 32 AND 8192",
            name=op.f("ck_log_tiles_whole"),
        ),
        sa.PrimaryKeyConstraint("level", "index", name=op.f("pk_log_tiles")),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoints")),
    )
    op.create_table(
        "log_keys",
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=True),
        sa.Column("succession", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("vkey", name=op.f("pk_log_keys")),
    )
    op.create_table(
        "log_witnesses",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_log_witnesses")),
    )
    op.create_table(
        "log_cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_log_cosignatures")),
    )
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back; a log that starts again is another log, and its witnesses will say so."""
    op.drop_table("log_cosignatures")
    op.drop_table("log_witnesses")
    op.drop_table("log_keys")
    op.drop_table("log_checkpoints")
    op.drop_table("log_tiles")
    op.drop_table("log_heads")
    op.drop_table("log_entries")
