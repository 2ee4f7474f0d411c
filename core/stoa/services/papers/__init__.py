"""Papers: a sheet as CSV, as a workbook, or as a PDF that a finance department accepts.

The same sheet always gives the same bytes, whoever writes it and when.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stoa.services.papers.lists import as_csv
from stoa.services.papers.pages import PdfUnavailableError, as_html, as_pdf
from stoa.services.papers.workbooks import as_workbook
from stoa.values.sheets import Sheet

__all__ = ["FORMATS", "Paper", "PdfUnavailableError", "as_html", "write"]

_WRITERS: Mapping[str, tuple[str, Callable[[Sheet], bytes]]] = MappingProxyType(
    {
        "csv": ("text/csv; charset=utf-8", as_csv),
        "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_workbook),
        "pdf": ("application/pdf", as_pdf),
    }
)

FORMATS = tuple(_WRITERS)
"""What a sheet can be written as."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A file: its bytes, its media type and a name that fits every file system."""

    content: bytes
    media_type: str
    name: str


def write(sheet: Sheet, kind: str) -> Paper:
    """Write a sheet.

    Args:
        kind: one of `FORMATS`.

    Raises:
        PdfUnavailableError: this machine lacks what draws PDFs.
    """
    media_type, writer = _WRITERS[kind]
    name = "".join(each if each.isalnum() or each in "-_" else "-" for each in sheet.number)
    return Paper(writer(sheet), media_type, f"{name}.{kind}")
