"""A sheet as a workbook: numbers are numbers, days are days, and no text is a formula."""

import io
from datetime import UTC, date, datetime, time

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from stoa.values.sheets import Amount, Cell, Sheet, Table

__all__ = ["as_workbook"]

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDEST, _NARROWEST = 48, 10


def as_workbook(sheet: Sheet) -> bytes:
    """Return a workbook: everything on one worksheet, one below the other, ready to print."""
    out = io.BytesIO()
    book = Workbook(out, _OPTIONS)
    issued = sheet.at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": f"{sheet.title} {sheet.number}", "created": issued})
    page = book.add_worksheet(sheet.number[:31].translate(str.maketrans("[]:*?/\\", "-------")))
    _Writer(book, page).write(sheet)
    book.close()
    return out.getvalue()


class _Writer:
    """Writes one worksheet from the top down."""

    def __init__(self, book: Workbook, page: Worksheet) -> None:
        self._book, self._page = book, page
        self._formats: dict[tuple[str, bool], Format] = {}
        self._widths: dict[int, int] = {}
        self._at = 0

    def write(self, sheet: Sheet) -> None:
        self._line([sheet.title, sheet.number], strong=True)
        for name, lines in sheet.sides:
            self._line([name, *lines])
        for fact in sheet.facts:
            self._line([fact.label, fact.cell])
        for table in sheet.tables:
            self._table(table)
        if sheet.notes:
            self._at += 1
        for note in sheet.notes:
            self._page.write_string(self._at, 0, note)
            self._at += 1
        for column, width in self._widths.items():
            self._page.set_column(column, column, min(max(width + 2, _NARROWEST), _WIDEST))
        self._page.set_landscape()
        self._page.set_paper(9)
        self._page.fit_to_pages(1, 0)

    def _table(self, table: Table) -> None:
        self._at += 1
        self._line([table.caption], strong=True)
        self._line([column.label for column in table.columns], strong=True)
        for row in table.rows:
            self._line(row.cells, strong=row.total)

    def _line(self, cells: list[Cell] | tuple[Cell, ...], *, strong: bool = False) -> None:
        for place, cell in enumerate(cells):
            self._cell(place, cell, strong=strong)
            width = sum(1 + (ord(each) > 0x2E80) for each in str(cell))  # noqa: PLR2004 - wide CJK
            self._widths[place] = max(self._widths.get(place, 0), min(width, _WIDEST))
        self._at += 1

    def _cell(self, place: int, cell: Cell, *, strong: bool) -> None:
        if isinstance(cell, Amount):
            decimals = f".{'0' * cell.decimals}" if cell.decimals else ""
            style = self._style(f"#,##0{decimals}", strong=strong)
            self._page.write(self._at, place, cell.value, style)
        elif isinstance(cell, date):
            style = self._style("yyyy-mm-dd", strong=strong)
            midnight = datetime.combine(cell, time.min)
            self._page.write_datetime(self._at, place, midnight, style)
        elif isinstance(cell, int):
            self._page.write_number(self._at, place, cell, self._style("#,##0", strong=strong))
        else:
            self._page.write_string(self._at, place, cell or "", self._style("@", strong=strong))

    def _style(self, shape: str, *, strong: bool) -> Format:
        if (shape, strong) not in self._formats:
            made = self._book.add_format({"num_format": shape, "bold": strong})
            self._formats[shape, strong] = made
        return self._formats[shape, strong]
