"""Clients have several secrets, keys, and say how they sign members in; what counts once is kept.

The columns have defaults: an older release goes on as before. It reads the secret of a client from
``clients.secret_hash``, which stays as it was; a secret that is made or ended meanwhile it learns
nothing of.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0034"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ONCE = {
    "client_assertions": ("client_id", "jti"),
    "dpop_proofs": ("jkt", "jti"),
    "revoked_tokens": ("jti",),
}
_SECRETS = """
INSERT INTO client_secrets (client_id, id, hash, prefix, made_at)
SELECT id, gen_random_uuid(), secret_hash, '', created_at FROM clients WHERE secret_hash <> ''
"""
_BACK = """
UPDATE clients SET secret_hash = newest.hash FROM (
    SELECT DISTINCT ON (client_id) client_id, hash FROM client_secrets
    ORDER BY client_id, ends_at DESC NULLS FIRST, made_at DESC
) newest WHERE newest.client_id = clients.id
"""
_GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON client_secrets, client_keys TO stoa_app;
GRANT SELECT, INSERT, DELETE ON client_assertions, dpop_proofs, revoked_tokens TO stoa_app;
GRANT DELETE ON signing_keys TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    texts = postgresql.ARRAY(sa.Text())
    for name, kind, default in (
        ("kind", sa.Text(), "confidential"),
        ("grants", texts, "{client_credentials}"),
        ("redirect_uris", texts, "{}"),
        ("dpop", sa.Text(), "off"),
    ):
        op.add_column("clients", sa.Column(name, kind, server_default=default, nullable=False))
    op.create_check_constraint(
        op.f("ck_clients_kind"), "clients", "kind IN ('confidential', 'public')"
    )
    op.create_check_constraint(op.f("ck_clients_dpop"), "clients", "dpop IN ('off', 'required')")
    op.alter_column("clients", "secret_hash", server_default="")
    _proofs_of_clients()
    for table, key in _ONCE.items():
        op.create_table(
            table,
            *(sa.Column(name, sa.Text(), nullable=False) for name in key),
            sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_ends_at"), table, ["ends_at"], unique=False)
    op.execute(sa.text(_SECRETS))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back; of several secrets a client keeps the newest."""
    op.execute(sa.text("REVOKE DELETE ON signing_keys FROM stoa_app"))
    op.execute(sa.text(_BACK))
    for table in (*_ONCE, "client_keys", "client_secrets"):
        op.drop_table(table)
    op.alter_column("clients", "secret_hash", server_default=None)
    for name in ("dpop", "kind"):
        op.drop_constraint(op.f(f"ck_clients_{name}"), "clients", type_="check")
    for name in ("dpop", "redirect_uris", "grants", "kind"):
        op.drop_column("clients", name)


def _proofs_of_clients() -> None:
    op.create_table(
        "client_secrets",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_secrets_client_id_clients")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_client_secrets")),
    )
    op.create_table(
        "client_keys",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("alg", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_keys_client_id_clients")
        ),
        sa.PrimaryKeyConstraint("client_id", "kid", name=op.f("pk_client_keys")),
    )
