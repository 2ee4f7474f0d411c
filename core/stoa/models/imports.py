"""Imports of purchases: how far each file has come, its stage, and the rows that were not taken.

The two stages are unlogged: whatever is lost of them with a crash of the server is read again from
the file. The application's role fills them; only `functions/imports.sql` posts from
them.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["ImportEvent", "ImportLine", "ImportRow", "ImportRun"]


class ImportRun(Base):
    """One file with one mapping, posted in parts, each a transaction; a killed import resumes.

    `posted` lists the parts that are posted and `done` counts them; `staged` is how many lines wait
    in the stage until the last part is posted; `part_lines` is about how many make a part;
    `counts` are whole numbers by name.
    """

    __tablename__ = "imports"

    id: Mapped[Id] = mapped_column(primary_key=True)
    digest: Mapped[Word] = mapped_column(unique=True)
    filename: Mapped[Word]
    state: Mapped[Word]
    parts: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer)
    posted: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    staged: Mapped[int] = mapped_column(BigInteger)
    part_lines: Mapped[int] = mapped_column(Integer)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    started_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]


class ImportRow(Base):
    """A line of the file that was not taken, and why."""

    __tablename__ = "import_rows"

    import_id: Mapped[Id] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[Word]
    detail: Mapped[Word]


class ImportLine(Base):
    """The stage of lines: one of the file, read and understood, in the order of its member."""

    __tablename__ = "import_lines"

    import_id: Mapped[Id] = mapped_column(primary_key=True)
    member: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    returned: Mapped[bool]
    store_id: Mapped[Id]
    terminal: Mapped[Word]
    receipt_no: Mapped[Word]
    business_date: Mapped[date]
    occurred_at: Mapped[Instant]
    sku: Mapped[Word]
    category: Mapped[Word]
    unit: Mapped[Word]
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    net_minor: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)


class ImportEvent(Base):
    """The stage of deeds: a purchase or a return of a part, with all that the ledger writes of it.

    `place` orders a member's deeds. The arrays hold one item a posting; `lots` names for each
    posting of a return the place of the earn line that it takes back. `back` and `version` are of
    the purchase returned: what is back in all after this return, and its version before.
    """

    __tablename__ = "import_events"

    import_id: Mapped[Id] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    returned: Mapped[bool]
    id: Mapped[Id]
    purchase_id: Mapped[Id]
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    terminal: Mapped[Word]
    receipt_no: Mapped[Word]
    business_date: Mapped[date]
    occurred_at: Mapped[Instant]
    money_currency: Mapped[Word]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[Word]
    lines: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    tenders: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    back: Mapped[dict[str, int] | None] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer)
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    available_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    points: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    payers: Mapped[list[Any]] = mapped_column(ARRAY(Uuid))
    lots: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (Index(None, "purchase_id"), {"prefixes": ["UNLOGGED"]})
