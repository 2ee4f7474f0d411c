"""A check: what holds at every instant, and the statement that finds what breaks it.

A statement returns rows of ``member_id, currency, place, detail``. It may be run over everything at
once or over a slice of a way, a stretch of one table's key: ``WITHIN(p)`` stands for *the rows of
the alias p that lie in the slice*, and is written once for every table, because the planner carries
no range from one side of a join to the other.
"""

import re
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ALONG_KEYS",
    "ALONG_LOG",
    "ALONG_MEMBERS",
    "ALONG_RECEIPTS",
    "Check",
    "Key",
    "Way",
    "within",
]

Key = tuple[Any, ...]
"""A place on a way: the values of its key's columns."""


@dataclass(frozen=True, slots=True)
class Way:
    """A table to walk along in the order of its key.

    Attributes:
        table: whose key it is.
        key: the columns of the key, or the first of them.
        size: how much work a row is: an expression over the alias ``w``.
    """

    name: str
    table: str
    key: tuple[str, ...]
    size: str


ALONG_MEMBERS = Way("members", "wallets", ("member_id",), "w.seq + 1")
"""Wallets, each with as much work as it has postings; ids grow with time and lie unevenly."""

ALONG_KEYS = Way("keys", "keys", ("partner_id", "key"), "1")

ALONG_LOG = Way("log", "log_entries", ("place",), "1")

ALONG_RECEIPTS = Way(
    "receipts", "receipts", ("business_date", "store_id", "terminal", "receipt_no", "kind"), "1"
)


@dataclass(frozen=True, slots=True)
class Check:
    """A title that says what holds, and the statement that finds where it does not.

    Attributes:
        way: ``None`` for what only the whole can show; such a statement has no ``WITHIN``.
        probes: whether it looks up rows outside of the slice, one by one by their key. All others
            join what lies in the slice, and must not do that row by row: where the planner thinks
            that a slice is empty, as before the first ANALYZE, that would take it squared.
    """

    title: str
    way: Way | None
    statement: str
    probes: bool = False


_WITHIN = re.compile(r"WITHIN\((\w+)\)")


def within(
    statement: str, way: Way | None, *, start: Key | None = None, end: Key | None = None
) -> tuple[str, dict[str, Any]]:
    """Return a statement for the rows from `start` on and before `end`, and its values."""
    values: dict[str, Any] = {}
    if way is None:
        return statement, values
    bounds = []
    for name, sign, key in (("start", ">=", start), ("end", "<", end)):
        if key is None:
            continue
        values |= {f"{name}_{n}": value for n, value in enumerate(key)}
        marks = ", ".join(f"%({name}_{n})s" for n in range(len(key)))
        bounds.append((sign, marks))

    def clause(alias: re.Match[str]) -> str:
        columns = ", ".join(f"{alias[1]}.{column}" for column in way.key)
        if len(way.key) > 1:
            parts = [f"({columns}) {sign} ({marks})" for sign, marks in bounds]
        else:
            parts = [f"{columns} {sign} {marks}" for sign, marks in bounds]
        return " AND ".join(parts) or "true"

    return _WITHIN.sub(clause, statement), values
