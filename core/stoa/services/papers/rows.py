"""Rows as a file, as many as there are: CSV line by line, or a workbook that lies on the disk.

Neither is ever in memory as a whole, and no text of either is a formula.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import IO

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from stoa.services.papers.lists import safe
from stoa.values.sheets import Amount

__all__ = ["MOST_SHEET_ROWS", "RowCell", "csv_of", "workbook_of"]

RowCell = str | int | Amount | date | datetime | None
"""What a cell of such a row holds; times are aware."""

MOST_SHEET_ROWS = 1_048_575
"""Rows that fit a worksheet below its heading."""

_IN_MEMORY_BYTES = 1 << 20
_WIDTH = 18
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_SHAPES = {"int": "#,##0", "day": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm", "text": "@"}


def csv_of(heading: Sequence[str], rows: Iterable[Sequence[RowCell]]) -> Iterator[bytes]:
    """Write rows as CSV in UTF-8 with a byte order mark, a piece at a time."""
    text = io.StringIO(newline="")
    out = csv.writer(text)
    yield "\ufeff".encode()
    out.writerow([safe(each) for each in heading])
    for row in rows:
        out.writerow([_plain(cell) for cell in row])
        if text.tell() > _IN_MEMORY_BYTES // 16:
            yield _taken(text)
    yield _taken(text)


def workbook_of(
    title: str, heading: Sequence[str], rows: Iterable[Sequence[RowCell]]
) -> Iterator[bytes]:
    """Write rows as a workbook of one worksheet, a piece at a time when all are in.

    Rows beyond `MOST_SHEET_ROWS` are left out: a worksheet has no place for them.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        _write(file, title, heading, rows)
        file.seek(0)
        while piece := file.read(_IN_MEMORY_BYTES // 16):
            yield piece


def _write(
    file: IO[bytes], title: str, heading: Sequence[str], rows: Iterable[Sequence[RowCell]]
) -> None:
    book = Workbook(file, _OPTIONS)
    page = book.add_worksheet(title[:31].translate(str.maketrans("[]:*?/\\", "-------")))
    strong = book.add_format({"bold": True})
    styles = {name: book.add_format({"num_format": shape}) for name, shape in _SHAPES.items()}
    page.set_column(0, max(len(heading) - 1, 0), _WIDTH)
    page.freeze_panes(1, 0)
    for place, each in enumerate(heading):
        page.write_string(0, place, each, strong)
    for number, row in enumerate(rows, 1):
        if number > MOST_SHEET_ROWS:
            break
        for place, cell in enumerate(row):
            _put(book, page, styles, (number, place), cell)
    book.close()


def _put(
    book: Workbook, page: Worksheet, styles: dict[str, Format], at: tuple[int, int], cell: RowCell
) -> None:
    if isinstance(cell, Amount):
        name = f"amount-{cell.decimals}"
        if name not in styles:
            places = f".{'0' * cell.decimals}" if cell.decimals else ""
            styles[name] = book.add_format({"num_format": f"#,##0{places}"})
        page.write(*at, cell.value, styles[name])
    elif isinstance(cell, datetime):
        page.write_datetime(*at, cell.replace(tzinfo=None, microsecond=0), styles["time"])
    elif isinstance(cell, date):
        page.write_datetime(*at, datetime.combine(cell, time.min), styles["day"])
    elif isinstance(cell, int):
        page.write_number(*at, cell, styles["int"])
    elif cell:
        page.write_string(*at, cell, styles["text"])


def _plain(cell: RowCell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue()
    text.seek(0)
    text.truncate()
    return found.encode()
