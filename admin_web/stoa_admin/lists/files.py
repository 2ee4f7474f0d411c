"""A list as a file: all rows that match, read page by page while the file is on its way."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import stream_with_context
from werkzeug import Response

from stoa.services import audit
from stoa.services.papers.rows import RowCell, csv_of, workbook_of
from stoa.values.amounts import Money
from stoa.values.listing import MOST_ROWS, Wish
from stoa.values.sheets import Amount
from stoa_admin import texts
from stoa_admin.front import open_work, person
from stoa_admin.language import gettext
from stoa_admin.lists.declaring import Column, Listing

__all__ = ["hand_over", "may_take"]

_PERSONAL = "members.change"
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def hand_over(
    listing: Listing[Any], wish: Wish, kind: str, fixed: Mapping[str, object]
) -> Response:
    """Return all rows that match as a download; who took what is written down.

    Args:
        kind: ``csv`` or ``xlsx``.
    """
    columns = [each for each in listing.columns if may_take(each)]
    with open_work() as work:
        audit.record(
            work, "list.export", f"list/{listing.name}",
            after={
                "as": kind, "q": wish.words, **wish.chosen,
                "columns": [each.name for each in columns],
            },
        )  # fmt: skip
    heading = [text for each in columns for text in _heading(each)]
    rows = _rows(listing, replace(wish, mark="", back=False, size=MOST_ROWS), columns, fixed)
    pieces = (
        csv_of(heading, rows)
        if kind == "csv"
        else workbook_of(gettext(listing.title), heading, rows)
    )
    answer = Response(stream_with_context(pieces), content_type=_TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{listing.name}.{kind}"'
    return answer


def may_take(column: Column[Any]) -> bool:
    """Whether who is signed in gets a column in a file."""
    return not column.personal or person().may(_PERSONAL)


def _rows(
    listing: Listing[Any], wish: Wish, columns: list[Column[Any]], fixed: Mapping[str, object]
) -> Iterator[list[RowCell]]:
    """Read the rows a page at a time, each in a work of its own that is over before it is sent."""
    zone = ZoneInfo(texts.zone())
    writers = [_writer(each, zone) for each in columns]
    while True:
        with open_work() as work:
            page = listing.source(work, wish, **fixed)
        for row in page.rows:
            yield [cell for write in writers for cell in write(row)]
        if not page.after:
            return
        wish = replace(wish, mark=page.after)


def _heading(column: Column[Any]) -> list[str]:
    label = gettext(column.label)
    if column.kind == "money":
        return [label, gettext("%(column)s, currency", column=label)]
    if column.kind == "progress":
        return [label, gettext("%(column)s, of", column=label)]
    return [label, *([gettext("%(column)s, more", column=label)] if column.under else [])]


def _writer(column: Column[Any], zone: ZoneInfo) -> Callable[[Any], list[RowCell]]:
    words = {value: gettext(text) for value, text in column.words.items()}

    def write(row: Any) -> list[RowCell]:  # noqa: ANN401 - the row of a list
        value = column.value(row)
        if column.kind == "money":
            return _money(value)
        if column.kind == "progress":
            return list(value) if value else [None, None]
        cell = _cell(column, value, words, zone)
        return [cell, column.under(row)] if column.under else [cell]

    return write


def _cell(column: Column[Any], value: Any, words: Mapping[str, str], zone: ZoneInfo) -> RowCell:  # noqa: ANN401 - what the column holds
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, datetime):
        here = value.astimezone(zone)
        return here.date() if column.kind == "day" else here
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return words.get(str(value), str(value)) if words else str(value)


def _money(value: Money | None) -> list[RowCell]:
    if value is None:
        return [None, None]
    text = value.amount
    decimals = len(str(text).partition(".")[2])
    return [Amount(Decimal(str(text)), decimals), value.currency]
