"""What members let partners' clients do: consents, the codes and the families of tokens of each.

Of codes and refresh tokens their SHA-256 is kept alone (reliability §3.6).
"""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["AuthorizationCode", "Consent", "RefreshToken", "TokenFamily"]


class Consent(Base):
    """A member lets a partner's client see so much; `text_version` is that of the words shown."""

    __tablename__ = "consents"

    id: Mapped[Id] = mapped_column(primary_key=True)
    member_id: Mapped[Id]
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"))
    client_id: Mapped[Word] = mapped_column(ForeignKey("clients.id"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    text_version: Mapped[Word]
    given_at: Mapped[Instant]
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index(
            "ix_consents_living",
            "member_id",
            "client_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(None, "member_id", "given_at"),
    )


class AuthorizationCode(Base):
    """A code that a client redeems once; a used one stays, so that a second use is noticed."""

    __tablename__ = "authorization_codes"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    client_id: Mapped[Word] = mapped_column(ForeignKey("clients.id"))
    consent_id: Mapped[Id] = mapped_column(ForeignKey("consents.id"))
    redirect_uri: Mapped[Word]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    challenge: Mapped[Word]
    nonce: Mapped[str | None] = mapped_column(Text)
    address: Mapped[Word]
    auth_time: Mapped[Instant]
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    family_id: Mapped[OptionalId]

    __table_args__ = (
        Index(None, "client_id", "challenge"),
        Index(None, "consent_id"),
        Index(None, "ends_at"),
    )


class TokenFamily(Base):
    """All tokens that came of one code; once `revoked_at` is set none of them is good."""

    __tablename__ = "token_families"

    id: Mapped[Id] = mapped_column(primary_key=True)
    consent_id: Mapped[Id] = mapped_column(ForeignKey("consents.id"))
    client_id: Mapped[Word] = mapped_column(ForeignKey("clients.id"))
    member_id: Mapped[Id]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    address: Mapped[Word]
    auth_time: Mapped[Instant]
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    why: Mapped[Word]

    __table_args__ = (Index(None, "consent_id"), Index(None, "member_id"), Index(None, "ends_at"))


class RefreshToken(Base):
    """A refresh token of a family; each is good once, the last one alone is not used.

    One of a public client that has a key is bound to that, by its thumbprint `jkt` (RFC 9449 §5).
    """

    __tablename__ = "refresh_tokens"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    family_id: Mapped[Id] = mapped_column(ForeignKey("token_families.id", ondelete="CASCADE"))
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    jkt: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "family_id"),)
