"""Tables: a page of a list out of the database, in any of its orders, with any of its filters.

A list is declared as a `Table` of SQL fragments. One statement reads one page by key; where an
index stands behind the order, it reads no more rows than the page has.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString, TypeVar
from uuid import UUID

from stoa.errors import InvalidBodyError
from stoa.values.listing import MOST_ROWS, Page, Value, Wish, mark_of, marked
from stoa.work import Work

__all__ = ["Order", "Table", "page"]

Row = TypeVar("Row")

_KINDS: Mapping[LiteralString, type[Value]] = {
    "timestamptz": datetime,
    "text": str,
    "bigint": int,
    "uuid": UUID,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What rows may be in order by: an expression that is never ``NULL``, and its type."""

    by: LiteralString
    kind: LiteralString = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A list in the database.

    Attributes:
        columns: what is read of a row.
        source: what stands after ``FROM``.
        key: the expression that is another one for each row.
        key_kind: its type.
        orders: the orders by name.
        usual: the order that holds where none is wanted, as in `Wish.sort`.
        filters: a condition for each filter; ``%(name)s`` is its value.
        words: the condition of what is looked for; its values come from the caller.
        always: the condition of every page.
    """

    columns: LiteralString
    source: LiteralString
    key: LiteralString
    orders: Mapping[str, Order]
    usual: str
    key_kind: LiteralString = "uuid"
    filters: Mapping[str, LiteralString] = field(default_factory=dict)
    words: LiteralString = ""
    always: LiteralString = "true"


def page(
    work: Work,
    table: Table,
    wish: Wish,
    make: Callable[..., Row],
    values: Mapping[str, Any] | None = None,
) -> Page[Row]:
    """Return a page of a list, by one statement.

    Args:
        make: makes a row of what was read.
        values: what the conditions ask for besides the values of filters.

    Raises:
        InvalidBodyError: the mark is none of this order.
    """
    sort = wish.sort if wish.sort.removeprefix("-") in table.orders else table.usual
    order = table.orders[sort.removeprefix("-")]
    size = max(1, min(wish.size, MOST_ROWS))
    asked: dict[str, Any] = {**(values or {}), "limit": size + 1}
    where: list[LiteralString] = [table.always]
    for name, condition in table.filters.items():
        if wish.chosen.get(name):
            where.append(condition)
            asked[name] = wish.chosen[name]
    if table.words and wish.words:
        where.append(table.words)
    down = sort.startswith("-") != wish.back
    if wish.mark:
        asked["mark_value"], asked["mark_key"] = _marked(wish.mark, sort, order, table)
        sign: LiteralString = "<" if down else ">"
        where.append(
            f"({order.by}, {table.key}) {sign} "
            f"(%(mark_value)s::{order.kind}, %(mark_key)s::{table.key_kind})"
        )
    way: LiteralString = "DESC" if down else "ASC"
    statement = (
        f"SELECT {table.columns}, {order.by} AS mark_value, {table.key} AS mark_key "  # noqa: S608 - constants of the house
        f"FROM {table.source} WHERE {' AND '.join(where)} "
        f"ORDER BY {order.by} {way}, {table.key} {way} LIMIT %(limit)s"
    )
    found = list(work.rows(statement, asked))
    more = len(found) > size
    kept = found[:size]
    if wish.back:
        kept.reverse()
    earlier = more if wish.back else bool(wish.mark)
    later = bool(wish.mark) if wish.back else more
    return Page(
        tuple(make(*row[:-2]) for row in kept),
        before=mark_of(sort, *kept[0][-2:]) if kept and earlier else "",
        after=mark_of(sort, *kept[-1][-2:]) if kept and later else "",
    )


def _marked(mark: str, sort: str, order: Order, table: Table) -> tuple[Value, Value]:
    try:
        return marked(mark, sort, _KINDS[order.kind], _KINDS[table.key_kind])
    except ValueError:
        raise InvalidBodyError(errors={"mark": ["This is no mark of this list."]}) from None
