"""What the address asks of a list: words, filters, order, page; whatever fits nothing is let go."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request

from stoa.values.listing import Wish
from stoa_admin.lists.declaring import Filter, Listing

__all__ = ["FILES", "MOST_LETTERS", "file_asked", "wish_of"]

FILES = ("csv", "xlsx")
"""What a list is handed over as; ``?as=csv``."""

MOST_LETTERS = 100
"""Letters of what is looked for."""


def wish_of(
    listing: Listing[Any], options: Mapping[str, Mapping[str, str]], size: int, usual: str = ""
) -> Wish:
    """Return what the address asks for.

    Args:
        options: the values of choices that the room gives.
        size: rows of a page.
        usual: the order where the address names none.
    """
    asked = request.args
    chosen = {
        each.name: _value(each, options, asked.get(each.name, "")) for each in listing.filters
    }
    orders = {each.sort for each in listing.columns if each.sort}
    sort = asked.get("sort", "")
    after, before = asked.get("after", ""), asked.get("before", "")
    return Wish(
        words=_text(asked.get("q", "")) if listing.search else "",
        chosen={name: value for name, value in chosen.items() if value},
        sort=sort if sort.removeprefix("-") in orders else usual or listing.sort,
        mark=after or before,
        back=bool(before and not after),
        size=size,
    )


def file_asked() -> str:
    """Return what the list is wanted as; empty for a page."""
    wanted = request.args.get("as", "")
    return wanted if wanted in FILES else ""


def _value(each: Filter, options: Mapping[str, Mapping[str, str]], given: str) -> str:
    text = _text(given)
    if each.kind == "choice":
        return text if text in (options.get(each.name) or each.options) else ""
    if each.kind == "day":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            return ""
    return text


def _text(given: str) -> str:
    return given.replace("\0", "").strip()[:MOST_LETTERS]
