"""The index of the search: every heading with the words below it, as one small file of JSON."""

import json
import re
from collections.abc import Iterable

from stoa.portal.library import PROBLEMS
from stoa.portal.pages import Page

__all__ = ["index"]

_MOST_LETTERS = 1200


def index(pages: Iterable[Page]) -> bytes:
    """Return the index: rows of address, page, heading and text, each row a list."""
    rows = [
        [
            f"{page.path}#{heading.anchor}" if heading.level > 1 else page.path,
            page.title,
            heading.title if heading.level > 1 else _code(page),
            _short(heading.text),
        ]
        for page in pages
        for heading in page.headings
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def _code(page: Page) -> str:
    """Return the code of a problem, by which programs know it; empty of another page."""
    slug = page.path.removeprefix(f"{PROBLEMS}/")
    return slug.upper().replace("-", "_") if slug != page.path else ""


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:_MOST_LETTERS]
