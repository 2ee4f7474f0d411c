"""A sheet as a page: HTML for the screen, and the PDF that is drawn from the same.

WeasyPrint draws; it needs Pango on the machine, and a font with the scripts of the names in it.
PDFs are tagged for screen readers (PDF/UA-1, ISO 14289-1).
"""

import hashlib
from datetime import UTC, date
from functools import cache
from importlib import import_module
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import ImageFile

from stoa.values.languages import closest
from stoa.values.sheets import Amount, Cell, Sheet

__all__ = ["PdfUnavailableError", "as_html", "as_pdf"]


class PdfUnavailableError(Exception):
    """This machine lacks what draws PDFs; the workbook and CSV can be had all the same."""


_PAGE_WORDS = {
    "en": ("Page", "of"),
    "zh-Hans": ("第", "页，共"),
    "zh-Hant": ("第", "頁，共"),
}
_PAGES = {"en": "", "zh-Hans": "页", "zh-Hant": "頁"}


def as_html(sheet: Sheet) -> str:
    """Return the page; it needs nothing besides itself."""
    words = _PAGE_WORDS[closest(sheet.language)]
    page: str = _template().render(
        sheet=sheet, show=_shown, page_word=words[0], of_word=words[1],
        pages_word=_PAGES[closest(sheet.language)], at=sheet.at.astimezone(UTC),
    )  # fmt: skip
    return page


def as_pdf(sheet: Sheet) -> bytes:
    """Return the page as a PDF.

    Raises:
        PdfUnavailableError: WeasyPrint can't be loaded here.
    """
    html = as_html(sheet)
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    drawn: bytes = (
        _weasyprint()
        .HTML(string=html, url_fetcher=_nothing)
        .write_pdf(pdf_identifier=identifier, pdf_variant="pdf/ua-1")
    )
    return drawn


@cache
def _weasyprint() -> Any:  # noqa: ANN401 - the library itself, which needs Pango to be loaded
    try:
        library = import_module("weasyprint")
    except (ImportError, OSError) as missing:
        message = "PDFs need Pango: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        raise PdfUnavailableError(message) from missing
    # It lets Pillow fill up pictures that are cut off, everywhere: ours are whole or refused.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return library


@cache
def _template() -> Any:  # noqa: ANN401 - a template
    environment = Environment(
        loader=PackageLoader("stoa.services.papers", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sheet.html")


def _nothing(url: str) -> Any:  # noqa: ANN401
    """A page that names nothing fetches nothing."""
    message = f"a sheet fetches nothing, not even {url}"
    raise ValueError(message)


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Amount):
        return f"{cell.value:,.{cell.decimals}f}".replace("-", "−")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell if isinstance(cell, str) else f"{cell:,d}".replace("-", "−")
