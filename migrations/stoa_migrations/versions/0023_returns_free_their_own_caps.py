"""Returns give back to the caps that had seen the purchase, and to no later one.

The function keeps its shape: an older release calls it as before.
"""

from collections.abc import Sequence

from alembic import op

from stoa.models import functions

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Expand."""
    op.get_bind().exec_driver_sql(functions("campaigns").replace("%", "%%"))


def downgrade() -> None:
    """Go back: nothing has to be."""
