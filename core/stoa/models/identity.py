"""Who may call: OAuth clients of partners, their signing keys, and staff of the operator."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, Text, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = [
    "Client",
    "SigningKey",
    "Staff",
    "StaffFactor",
    "StaffInvitation",
    "StaffRecoveryCode",
    "StaffSession",
]


class Client(Base):
    """A partner's OAuth client.

    `member_scopes` is what members who sign in through it may be asked for.
    `secret_hash` is what a release before `ClientSecret` reads; nothing of ours does.
    """

    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint("kind IN ('confidential', 'public')", name="kind"),
        CheckConstraint("dpop IN ('off', 'required')", name="dpop"),
    )

    id: Mapped[Word] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"))
    name: Mapped[Word]
    secret_hash: Mapped[Word] = mapped_column(server_default="")
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    kind: Mapped[Word] = mapped_column(server_default="confidential")
    grants: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{client_credentials}")
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    dpop: Mapped[Word] = mapped_column(server_default="off")
    member_scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    post_logout_uris: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")


class SigningKey(Base):
    """An ES256 key that signs access tokens; published in the JWKS until it is removed."""

    __tablename__ = "signing_keys"

    kid: Mapped[Word] = mapped_column(primary_key=True)
    private_jwk: Mapped[Word]
    created_at: Mapped[Instant]
    retired_at: Mapped[Instant | None]


class Staff(Base):
    """A person who works for the operator or for one partner, and signs in at the admin web.

    `active` is what a release before the roles reads: it is never set for a partner's people, so
    that such a server, which knows no partners' people, shows them nothing.
    """

    __tablename__ = "staff"

    id: Mapped[Id] = mapped_column(primary_key=True)
    email: Mapped[Word] = mapped_column(unique=True)
    name: Mapped[Word]
    password_hash: Mapped[Word]
    role: Mapped[Word]
    active: Mapped[bool]
    created_at: Mapped[Instant]
    partner_id: Mapped[Id | None] = mapped_column(ForeignKey("partners.id"))
    dismissed_at: Mapped[Instant | None]
    language: Mapped[Word] = mapped_column(server_default="")
    zone: Mapped[Word] = mapped_column(server_default="")
    theme: Mapped[Word] = mapped_column(server_default="")
    page_rows: Mapped[int] = mapped_column(server_default="25")
    shortcuts: Mapped[bool] = mapped_column(server_default=true())

    @property
    def may_enter(self) -> bool:
        """Whether the account is open."""
        return self.dismissed_at is None and (self.active or self.partner_id is not None)


class StaffSession(Base):
    """A signed-in browser; the cookie holds a random token, the table its SHA-256.

    `confirmed_at` is when the person last proved in it who they are.
    """

    __tablename__ = "staff_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    staff_id: Mapped[Id] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    id: Mapped[Id] = mapped_column(server_default=text("gen_random_uuid()"))
    address: Mapped[Word] = mapped_column(server_default="")
    agent: Mapped[Word] = mapped_column(server_default="")
    seen_at: Mapped[Instant | None]
    confirmed_at: Mapped[Instant | None]


class StaffInvitation(Base):
    """A link by which a person chooses a password, once; kept as the SHA-256 of its token."""

    __tablename__ = "staff_invitations"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    staff_id: Mapped[Id] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]


class StaffFactor(Base):
    """The secret of a person's authenticator, sealed with the installation's key.

    It counts from `proved_at` on; no code of `last_step` (RFC 6238) or before is taken again.
    """

    __tablename__ = "staff_factors"

    staff_id: Mapped[Id] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[Instant]
    proved_at: Mapped[Instant | None]
    last_step: Mapped[int] = mapped_column(BigInteger)


class StaffRecoveryCode(Base):
    """A code in place of a lost authenticator, as its SHA-256; it goes when it is used."""

    __tablename__ = "staff_recovery_codes"

    staff_id: Mapped[Id] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
