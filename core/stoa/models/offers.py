"""The catalogue as a table: one row an offer, drawn from documents and plugins; and pictures."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Instant, Minor, OptionalId, Points, Word

__all__ = ["CatalogueState", "OfferRow", "PictureRow"]

_SHOWN = text("NOT hidden")
_Words = ARRAY(Text)


class CatalogueState(Base):
    """The one row that says of which rulebook the documents' offers are."""

    __tablename__ = "catalogue"

    one: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    rulebook: Mapped[int] = mapped_column(Integer)
    refreshed_at: Mapped[Instant]

    __table_args__ = (CheckConstraint("one", name="one"),)


class OfferRow(Base):
    """An offer as lists show it; never what a redemption is priced by.

    `version` is the document's, or the partner's with whose settings the plugin was asked.
    `provider` is the partner's code, empty for the operator.
    `words` is all that can be searched, and `grams` its pairs of letters.
    `partners` and `stores` say where it is good, ``NULL`` for everywhere.
    A plugin's offer is `hidden` by a document's of the same id, and `stale_since` when the plugin
    was asked in vain.
    """

    __tablename__ = "offers"

    id: Mapped[Word] = mapped_column(primary_key=True)
    source: Mapped[Word] = mapped_column(primary_key=True)
    code: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer)
    provider_id: Mapped[OptionalId]
    provider: Mapped[Word]
    provider_name: Mapped[Word]
    kind: Mapped[Word]
    points: Mapped[Points]
    money_minor: Mapped[Minor]
    worth_minor: Mapped[Minor]
    max_quantity: Mapped[int] = mapped_column(Integer)
    titles: Mapped[dict[str, Any]] = mapped_column(JSONB)
    about: Mapped[dict[str, Any]] = mapped_column(JSONB)
    words: Mapped[Word]
    grams: Mapped[list[str]] = mapped_column(_Words)
    opens: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closes: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    tiers: Mapped[list[str] | None] = mapped_column(_Words)
    partners: Mapped[list[str] | None] = mapped_column(_Words)
    stores: Mapped[list[str] | None] = mapped_column(_Words)
    picture: Mapped[Word]
    limits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    stock: Mapped[int | None] = mapped_column(BigInteger)
    hidden: Mapped[bool] = mapped_column(Boolean, server_default="false")
    stale_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("source IN ('document', 'plugin')", name="source"),
        Index("ix_offers_points", "points", "id", postgresql_where=_SHOWN),
        Index("ix_offers_kind", "kind", "points", "id", postgresql_where=_SHOWN),
        Index("ix_offers_provider", "provider", "points", "id", postgresql_where=_SHOWN),
        Index("ix_offers_grams", "grams", postgresql_using="gin"),
    )


class PictureRow(Base):
    """A picture that was uploaded: its id is the SHA-256 of its bytes, so it never changes."""

    __tablename__ = "pictures"

    id: Mapped[Word] = mapped_column(primary_key=True)
    type: Mapped[Word]
    content: Mapped[bytes] = mapped_column("bytes", LargeBinary)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[Instant]
    added_by: Mapped[Word]
