"""Who gets a partner's letters, and in which language."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0046"
down_revision: str | None = "0042"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Expand."""
    op.add_column("partners", sa.Column("contact_email", sa.Text(), nullable=True))
    op.add_column("partners", sa.Column("contact_language", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("partners", "contact_language")
    op.drop_column("partners", "contact_email")
