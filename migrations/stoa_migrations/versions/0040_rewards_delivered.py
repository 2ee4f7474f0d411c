"""Rewards bring tickets of draws, chances and points: what came with an order says so.

The columns have defaults: an older release sells tickets and chances as before.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0040"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_HERE = Path(__file__)
_DEEDS = """
stoa_lock_wallets, stoa_give_tickets, stoa_take_back_tickets, stoa_give_chances,
stoa_take_back_chances, stoa_take_back_points
"""
_INSIDE = "stoa_admit_tickets, stoa_admit_chances, stoa_ordered, stoa_public_id"
_GRANTS = f"""
REVOKE ALL ON FUNCTION {_DEEDS}, {_INSIDE} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_DEEDS} TO stoa_app;
"""
_TABLES = ("chances", "tickets")


def upgrade() -> None:
    """Expand."""
    for table in _TABLES:
        column = sa.Column("origin", sa.Text(), server_default="", nullable=False)
        op.add_column(table, column)
        op.create_index(
            f"ix_{table}_origin",
            table,
            ["origin"],
            unique=False,
            postgresql_where="origin <> ''",
        )
        op.drop_constraint(op.f(f"ck_{table}_points"), table, type_="check")
        op.create_check_constraint(
            op.f(f"ck_{table}_points"), table, "points >= 0 AND (points > 0) = (origin = '')"
        )
    op.get_bind().exec_driver_sql(functions("chances", "draws", "deliveries").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back: what came with rewards is no more, and tickets and chances are sold as before."""
    op.execute(sa.text(f"DROP FUNCTION {_DEEDS}"))
    for name in ("chances", "draws"):
        before = _HERE.with_name(f"0040_{name}_before.sql").read_text("utf-8")
        op.get_bind().exec_driver_sql(before.replace("%", "%%"))
    op.execute(sa.text(f"DROP FUNCTION {_INSIDE}"))
    for table in _TABLES:
        op.execute(sa.text(f"DELETE FROM {table} WHERE origin <> ''"))  # noqa: S608 - constants
        op.drop_constraint(op.f(f"ck_{table}_points"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_points"), table, "points > 0")
        op.drop_index(f"ix_{table}_origin", table)
        op.drop_column(table, "origin")
