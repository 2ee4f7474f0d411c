"""Budgets near their end make nobody wait in a circle, and have back what bonuses took.

The functions keep their shape: those of before are put back by nothing, and need not be.
"""

from collections.abc import Sequence

from alembic import op

from stoa.models import functions

revision: str = "0021"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Expand."""
    named = functions("campaigns", "grants")
    op.get_bind().exec_driver_sql(named.replace("%", "%%"))


def downgrade() -> None:
    """Go back: an older release calls the same functions."""
