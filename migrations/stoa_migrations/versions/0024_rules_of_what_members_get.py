"""Rules may be rewards, coupons, benefits and draws too.

An older release neither writes nor reads them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "'ladder', 'campaign', 'challenge', 'referral', 'chance', 'segment', 'activity'"
_NEW = "'reward', 'coupon', 'benefit', 'draw'"


def upgrade() -> None:
    """Expand."""
    op.drop_constraint(op.f("ck_rules_kind"), "rules", type_="check")
    op.create_check_constraint(op.f("ck_rules_kind"), "rules", f"kind IN ({_BEFORE}, {_NEW})")


def downgrade() -> None:
    """Go back: nothing reads rules of the new kinds any longer."""
    op.execute(sa.text(f"DELETE FROM rule_versions WHERE kind IN ({_NEW})"))  # noqa: S608 - constants
    op.execute(sa.text(f"DELETE FROM rules WHERE kind IN ({_NEW})"))  # noqa: S608 - constants
    op.drop_constraint(op.f("ck_rules_kind"), "rules", type_="check")
    op.create_check_constraint(op.f("ck_rules_kind"), "rules", f"kind IN ({_BEFORE})")
