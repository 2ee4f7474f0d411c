"""What proves a client, and what was shown once and counts no second time."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["ClientAssertion", "ClientKey", "ClientSecret", "DpopProof", "RevokedToken"]


class ClientSecret(Base):
    """One of a client's secrets: an argon2 hash, and its first letters to tell it by."""

    __tablename__ = "client_secrets"

    client_id: Mapped[Word] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    hash: Mapped[Word]
    prefix: Mapped[Word]
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]


class ClientKey(Base):
    """A public key by which a client proves itself (RFC 7523 §2.2); JSON, the public part alone."""

    __tablename__ = "client_keys"

    client_id: Mapped[Word] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    kid: Mapped[Word] = mapped_column(primary_key=True)
    alg: Mapped[Word]
    public_jwk: Mapped[Word]
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]


class ClientAssertion(Base):
    """A client assertion that was taken; its ``jti`` counts no second time (RFC 7523 §3)."""

    __tablename__ = "client_assertions"
    __table_args__ = (Index("ix_client_assertions_ends_at", "ends_at"),)

    client_id: Mapped[Word] = mapped_column(primary_key=True)
    jti: Mapped[Word] = mapped_column(primary_key=True)
    ends_at: Mapped[Instant]


class DpopProof(Base):
    """A DPoP proof that was taken; its ``jti`` counts no second time (RFC 9449 §11.1)."""

    __tablename__ = "dpop_proofs"
    __table_args__ = (Index("ix_dpop_proofs_ends_at", "ends_at"),)

    jkt: Mapped[Word] = mapped_column(primary_key=True)
    jti: Mapped[Word] = mapped_column(primary_key=True)
    ends_at: Mapped[Instant]


class RevokedToken(Base):
    """An access token that was revoked before its end (RFC 7009), by its ``jti``."""

    __tablename__ = "revoked_tokens"
    __table_args__ = (Index("ix_revoked_tokens_ends_at", "ends_at"),)

    jti: Mapped[Word] = mapped_column(primary_key=True)
    ends_at: Mapped[Instant]
