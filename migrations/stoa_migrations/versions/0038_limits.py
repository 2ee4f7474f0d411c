"""How much partners may ask for, what is left of it, and failed proofs of clients."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0038b"
down_revision: str | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHECKS = {
    "rate": "rate_per_s BETWEEN 1 AND 100000",
    "burst": "burst BETWEEN 1 AND 1000000",
    "most": "most_at_once BETWEEN 1 AND 10000",
}
_RIGHTS = """
REVOKE ALL ON FUNCTION stoa_lease, stoa_count_failures FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_lease, stoa_count_failures TO stoa_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON partner_limits TO stoa_app;
GRANT SELECT, DELETE ON door_failures TO stoa_app;
GRANT SELECT ON rate_buckets TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "partner_limits",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("rate_per_s", sa.Integer(), nullable=False),
        sa.Column("burst", sa.Integer(), nullable=False),
        sa.Column("most_at_once", sa.Integer(), nullable=False),
        *(
            sa.CheckConstraint(check, name=op.f(f"ck_partner_limits_{name}"))
            for name, check in _CHECKS.items()
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_partner_limits")),
    )
    op.create_table(
        "rate_buckets",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_rate_buckets")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "door_failures",
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_door_failures")),
    )
    op.get_bind().exec_driver_sql(functions("limits").replace("%", "%%"))
    op.execute(sa.text(_RIGHTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text("DROP FUNCTION stoa_lease, stoa_count_failures"))
    for table in ("door_failures", "rate_buckets", "partner_limits"):
        op.drop_table(table)
