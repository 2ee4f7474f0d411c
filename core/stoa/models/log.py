"""The transparency log's tables: an order of its own over the postings, tiles, signed checkpoints.

The log follows the ledger and never touches it: one appender at a time gives each posting a place
and keeps the hashes of an RFC 6962 Merkle tree over all places (`adr/0008-…`).
"""

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = [
    "LogCheckpoint",
    "LogCosignature",
    "LogEntry",
    "LogHead",
    "LogKey",
    "LogTile",
    "LogWitness",
]


class LogEntry(Base):
    """The place of a posting in the log; `sealed` commits to what the leaf does not show."""

    __tablename__ = "log_entries"

    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    member_id: Mapped[Id]
    currency: Mapped[Word]
    seq: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (UniqueConstraint("member_id", "currency", "seq"),)


class LogHead(Base):
    """How far a wallet is logged, and what blinds its seals; without `blind` none can be opened."""

    __tablename__ = "log_heads"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    blind: Mapped[bytes | None] = mapped_column(LargeBinary)


class LogTile(Base):
    """Up to 256 hashes of one level of the tree (C2SP tlog-tiles); the last one grows."""

    __tablename__ = "log_tiles"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint(
            "length(hashes) % 32 = 0 AND length(hashes) BETWEEN 32 AND 8192", name="whole"
        ),
    )


class LogCheckpoint(Base):
    """A signed root: `note` is the text as it was published, with the log's own signature."""

    __tablename__ = "log_checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[Instant]
    note: Mapped[Word]


class LogKey(Base):
    """An Ed25519 key of the log; a retired one has lost its private part and stays published.

    `succession` is the note by which the key before it and this one name each other.
    """

    __tablename__ = "log_keys"

    vkey: Mapped[Word] = mapped_column(primary_key=True)
    private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    succession: Mapped[Word | None]
    created_at: Mapped[Instant]
    retired_at: Mapped[Instant | None]


class LogWitness(Base):
    """Somebody else who checks that the log only grows, and cosigns what it saw."""

    __tablename__ = "log_witnesses"

    name: Mapped[Word] = mapped_column(primary_key=True)
    vkey: Mapped[Word]
    added_at: Mapped[Instant]


class LogCosignature(Base):
    """A witness's signature line under the checkpoint of a size."""

    __tablename__ = "log_cosignatures"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    witness: Mapped[Word] = mapped_column(primary_key=True)
    line: Mapped[Word]
    at: Mapped[Instant]
