"""Sheets: a document as facts and tables of typed cells, before it is CSV, a workbook or a PDF.

What a statement says is decided here, once; how a cell looks is left to whoever writes it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

__all__ = ["Amount", "Cell", "Column", "Fact", "Row", "Sheet", "Table"]


@dataclass(frozen=True, slots=True)
class Amount:
    """An exact amount with its number of decimals: money, a rate, or a part of something."""

    value: Decimal
    decimals: int = 2

    def __str__(self) -> str:
        """Plain: a point, a leading minus, no grouping."""
        return f"{self.value:.{self.decimals}f}"


Cell = str | int | Amount | date | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing said of the whole document: its label and what it is."""

    label: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `number` ones stand right, and are summed by nobody but us."""

    label: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `total` rows close what stands above them."""

    cells: tuple[Cell, ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document.

    Attributes:
        language: BCP 47, one of `stoa.values.languages.LANGUAGES`.
        at: when it was issued; written into files, so that their bytes never change.
        sides: the parties, each with the lines of its address.
        notes: what is said at the end, a paragraph each.
    """

    title: str
    number: str
    language: str
    at: datetime
    sides: tuple[tuple[str, tuple[str, ...]], ...]
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a row that does not fit its columns."""
        for table in self.tables:
            _fitting(table.columns, table.rows)


def _fitting(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    for row in rows:
        if len(row.cells) != len(columns):
            message = f"a row of {len(row.cells)} cells in {len(columns)} columns"
            raise ValueError(message)
