"""Estimates tell whether those who pay for points have funded them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0057"
down_revision: str | None = "0060"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FORESEES = "stoa_unfunded_payer(text, uuid[], bigint[], numeric)"


def upgrade() -> None:
    """Expand."""
    op.get_bind().exec_driver_sql(functions("foreseeing"))
    op.execute(sa.text(f"REVOKE ALL ON FUNCTION {_FORESEES} FROM PUBLIC"))
    op.execute(sa.text(f"GRANT EXECUTE ON FUNCTION {_FORESEES} TO stoa_app"))


def downgrade() -> None:
    """Go back: an estimate says nothing about funding."""
    op.execute(sa.text(f"DROP FUNCTION {_FORESEES}"))
