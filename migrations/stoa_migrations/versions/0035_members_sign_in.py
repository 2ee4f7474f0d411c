"""Members sign in by a code sent to them, and let partners' clients see what they agreed to.

The columns have defaults: an older release goes on as before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0035"
down_revision: str | None = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = (
    "mails",
    "sign_in_codes",
    "member_sessions",
    "consents",
    "authorization_codes",
    "token_families",
    "refresh_tokens",
)


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _word(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=null)


def _words(name: str) -> sa.Column[object]:
    return sa.Column(name, ARRAY(sa.Text()), nullable=False)


def _hash(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _instant(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _key(table: str, column: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=op.f(f"pk_{table}"))


def _leads(
    table: str, column: str, other: str, *, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def upgrade() -> None:
    """Expand."""
    scopes = ARRAY(sa.Text())
    op.add_column(
        "clients", sa.Column("member_scopes", scopes, server_default="{}", nullable=False)
    )
    _create_mails()
    _create_sign_in()
    _create_consents()
    _create_codes()
    _create_tokens()
    for name in _TABLES:
        op.execute(sa.text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO stoa_app"))


def downgrade() -> None:
    """Go back: nobody is signed in any more."""
    for name in reversed(_TABLES):
        op.drop_table(name)
    op.drop_column("clients", "member_scopes")


def _create_mails() -> None:
    op.create_table(
        "mails",
        _id("id"),
        _word("address"),
        _word("subject"),
        _word("body"),
        _word("state"),
        _number("attempts"),
        _instant("made_at"),
        _instant("next_at"),
        _instant("ends_at", null=True),
        _word("error"),
        _key("mails", "id"),
        sa.CheckConstraint(
            "state IN ('queued', 'sent', 'failed', 'dropped')", name=op.f("ck_mails_state")
        ),
    )
    op.create_index(
        "ix_mails_queued", "mails", ["next_at"], postgresql_where=sa.text("state = 'queued'")
    )
    _index("mails", "made_at")


def _create_sign_in() -> None:
    op.create_table(
        "sign_in_codes",
        _id("id"),
        _hash("browser_hash"),
        _hash("address_hash"),
        _word("address"),
        _id("member_id", null=True),
        _hash("code_hash"),
        _number("tries"),
        _instant("made_at"),
        _instant("ends_at"),
        _instant("used_at", null=True),
        _key("sign_in_codes", "id"),
    )
    _index("sign_in_codes", "browser_hash", "made_at")
    _index("sign_in_codes", "address_hash", "made_at")
    _index("sign_in_codes", "ends_at")
    op.create_table(
        "member_sessions",
        _hash("token_hash"),
        _id("id"),
        _id("member_id"),
        _word("address"),
        _word("agent"),
        _instant("made_at"),
        _instant("seen_at"),
        _instant("ends_at"),
        _key("member_sessions", "token_hash"),
        sa.UniqueConstraint("id", name=op.f("uq_member_sessions_id")),
    )
    _index("member_sessions", "member_id")
    _index("member_sessions", "ends_at")


def _create_consents() -> None:
    op.create_table(
        "consents",
        _id("id"),
        _id("member_id"),
        _id("partner_id"),
        _word("client_id"),
        _words("scopes"),
        _word("text_version"),
        _instant("given_at"),
        _instant("withdrawn_at", null=True),
        _key("consents", "id"),
        _leads("consents", "partner_id", "partners"),
        _leads("consents", "client_id", "clients"),
    )
    op.create_index(
        "ix_consents_living",
        "consents",
        ["member_id", "client_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    _index("consents", "member_id", "given_at")


def _create_codes() -> None:
    op.create_table(
        "authorization_codes",
        _hash("hash"),
        _word("client_id"),
        _id("consent_id"),
        _word("redirect_uri"),
        _words("scopes"),
        _word("challenge"),
        _word("nonce", null=True),
        _word("address"),
        _instant("auth_time"),
        _instant("made_at"),
        _instant("ends_at"),
        _instant("used_at", null=True),
        _id("family_id", null=True),
        _key("authorization_codes", "hash"),
        _leads("authorization_codes", "client_id", "clients"),
        _leads("authorization_codes", "consent_id", "consents"),
    )
    _index("authorization_codes", "client_id", "challenge")
    _index("authorization_codes", "consent_id")
    _index("authorization_codes", "ends_at")


def _create_tokens() -> None:
    op.create_table(
        "token_families",
        _id("id"),
        _id("consent_id"),
        _word("client_id"),
        _id("member_id"),
        _words("scopes"),
        _word("address"),
        _instant("auth_time"),
        _instant("made_at"),
        _instant("ends_at"),
        _instant("revoked_at", null=True),
        _word("why"),
        _key("token_families", "id"),
        _leads("token_families", "consent_id", "consents"),
        _leads("token_families", "client_id", "clients"),
    )
    for column in ("consent_id", "member_id", "ends_at"):
        _index("token_families", column)
    op.create_table(
        "refresh_tokens",
        _hash("hash"),
        _id("family_id"),
        _instant("made_at"),
        _instant("ends_at"),
        _instant("used_at", null=True),
        _word("jkt", null=True),
        _key("refresh_tokens", "hash"),
        _leads("refresh_tokens", "family_id", "token_families", ondelete="CASCADE"),
    )
    _index("refresh_tokens", "family_id")
