"""A sheet as CSV: one table after the other, numbers plain, texts that no spreadsheet carries out.

UTF-8 with a byte order mark, so that spreadsheets read Chinese; RFC 4180 otherwise.
"""

import csv
import io
from datetime import date

from stoa.values.sheets import Amount, Cell, Sheet

__all__ = ["as_csv", "safe"]

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(sheet: Sheet) -> bytes:
    """Return the facts of a sheet, then each table under its caption."""
    text = io.StringIO(newline="")
    out = csv.writer(text)
    out.writerow([safe(sheet.title), safe(sheet.number)])
    for name, lines in sheet.sides:
        out.writerow([safe(name), *(safe(line) for line in lines)])
    for fact in sheet.facts:
        out.writerow([safe(fact.label), _plain(fact.cell)])
    for table in sheet.tables:
        out.writerow([])
        out.writerow([safe(table.caption)])
        out.writerow([safe(column.label) for column in table.columns])
        out.writerows([_plain(cell) for cell in row.cells] for row in table.rows)
    if sheet.notes:
        out.writerow([])
        out.writerows([safe(note)] for note in sheet.notes)
    return text.getvalue().encode("utf-8-sig")


def safe(text: str) -> str:
    """Return a text that a spreadsheet shows and never carries out (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, Amount) else f"{cell:d}"
