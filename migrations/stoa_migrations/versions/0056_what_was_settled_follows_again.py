"""Payments and disputes are derived again, too, so that a lie about one is found."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0056"
down_revision: str | None = "0053"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = Path(__file__).with_name("0056_settling_before.sql")


def upgrade() -> None:
    """Expand."""
    op.get_bind().exec_driver_sql(functions("settled", "settling").replace("%", "%%"))
    op.execute(sa.text("REVOKE ALL ON FUNCTION stoa_settled_amiss() FROM PUBLIC"))
    op.execute(sa.text("GRANT EXECUTE ON FUNCTION stoa_settled_amiss() TO stoa_app"))


def downgrade() -> None:
    """Go back: what was settled is not derived again."""
    op.execute(sa.text("DROP FUNCTION stoa_settled_amiss()"))
    op.get_bind().exec_driver_sql(_BEFORE.read_text("utf-8").replace("%", "%%"))
