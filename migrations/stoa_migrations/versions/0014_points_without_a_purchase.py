"""Points without a purchase: bonuses, and their way back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = """
REVOKE ALL ON FUNCTION stoa_grant, stoa_ungrant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_grant, stoa_ungrant TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.get_bind().exec_driver_sql(functions("grants").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text("DROP FUNCTION IF EXISTS stoa_grant, stoa_ungrant"))
