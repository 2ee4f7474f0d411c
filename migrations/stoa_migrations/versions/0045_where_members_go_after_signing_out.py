"""Clients name where members go back to once they have signed out.

The column has a default: an older release goes on as before, and signs nobody out for a partner.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0045"
down_revision: str | None = "0052b"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Expand."""
    texts = postgresql.ARRAY(sa.Text())
    op.add_column(
        "clients", sa.Column("post_logout_uris", texts, server_default="{}", nullable=False)
    )


def downgrade() -> None:
    """Go back; where members went after signing out is forgotten."""
    op.drop_column("clients", "post_logout_uris")
