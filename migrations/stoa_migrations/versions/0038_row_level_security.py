"""Rows know their partner: the application's role sees those of the partner that it works for.

What a partner did with its members is its own (`adr/0012`); the alliance's members, wallets and
ledger are everybody's. Without `stoa.partner` the role sees nothing of these tables; the rights to
read and write them stay as they were.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ALL = "current_setting('stoa.partner', true) = '*'"
_OWN = f"{_ALL} OR partner_id::text = current_setting('stoa.partner', true)"
_OWN_OR_SOLD = f"{_OWN} OR provider_id::text = current_setting('stoa.partner', true)"
_OWN_OR_OPEN = f"{_OWN} OR (partner_id IS NULL AND current_setting('stoa.partner', true) <> '')"

_SEEN = {
    "activity_codes": _OWN_OR_OPEN,
    "activity_guesses": _OWN,
    "agreements": _OWN,
    "batches": _OWN,
    "claims": _OWN,
    "clients": _OWN,
    "consents": _OWN,
    "coupon_uses": _OWN,
    "gate_events": _OWN,
    "holds": _OWN,
    "keys": _OWN,
    "orders": _OWN_OR_SOLD,
    "outbox": _OWN,
    "parked_returns": _OWN,
    "parking_quotes": _OWN,
    "partner_versions": _OWN,
    "purchases": _OWN,
    "stays": _OWN,
    "webhook_attempts": _OWN,
    "webhook_deliveries": _OWN,
    "webhook_endpoints": _OWN,
    "webhook_events": _OWN,
    "webhook_feeds": _OWN,
    "webhook_secrets": _OWN,
    "webhook_seqs": _OWN,
    "webhook_streams": _OWN,
}


def upgrade() -> None:
    """Expand."""
    for table, seen in _SEEN.items():
        for clause in ("ENABLE", "FORCE"):
            op.execute(sa.text(f"ALTER TABLE {table} {clause} ROW LEVEL SECURITY"))
        op.execute(sa.text(f"CREATE POLICY partner ON {table} TO stoa_app USING ({seen})"))
        op.execute(sa.text(f"CREATE POLICY ledger ON {table} TO CURRENT_USER USING (true)"))
    op.execute(sa.text("CREATE POLICY told ON outbox FOR INSERT TO stoa_app WITH CHECK (true)"))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text("DROP POLICY told ON outbox"))
    for table in _SEEN:
        for policy in ("partner", "ledger"):
            op.execute(sa.text(f"DROP POLICY {policy} ON {table}"))
        for clause in ("NO FORCE", "DISABLE"):
            op.execute(sa.text(f"ALTER TABLE {table} {clause} ROW LEVEL SECURITY"))
