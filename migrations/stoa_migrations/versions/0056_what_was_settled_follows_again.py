"""Payments and disputes are derived again, too; statements are numbered like all papers.

Statements that were numbered by their count keep their numbers; their series goes on after them.
"""

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
_SERIES = """
INSERT INTO document_numbers (entity, series, year, last)
SELECT 'operator', part[1], part[2]::integer, max(part[3]::bigint)
  FROM statements, regexp_match(no, '^(.+)-([0-9]{4})-([0-9]+)$') AS part
 WHERE part IS NOT NULL AND part[3]::bigint > 0 GROUP BY 1, 2, 3
    ON CONFLICT (entity, series, year) DO UPDATE
   SET last = greatest(document_numbers.last, excluded.last)
"""


def upgrade() -> None:
    """Expand."""
    op.get_bind().exec_driver_sql(_SERIES)
    op.get_bind().exec_driver_sql(functions("settled", "settling").replace("%", "%%"))
    op.execute(sa.text("REVOKE ALL ON FUNCTION stoa_settled_amiss() FROM PUBLIC"))
    op.execute(sa.text("GRANT EXECUTE ON FUNCTION stoa_settled_amiss() TO stoa_app"))


def downgrade() -> None:
    """Go back: what was settled is not derived again; numbers that were given stay given."""
    op.execute(sa.text("DROP FUNCTION stoa_settled_amiss()"))
    op.get_bind().exec_driver_sql(_BEFORE.read_text("utf-8").replace("%", "%%"))
