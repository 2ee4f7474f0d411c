"""Sends single statements straight to libpq: prepared once a connection, no cursor between.

A cursor is made to be waited for, interrupted and asked for more. A hot statement is one blocking
call whose few rows come at once; the server's own ``statement_timeout`` bounds it. Sent so, it
costs its process two fifths of what it costs through a cursor (``docs/performance.md``).
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

__all__ = ["Line"]

_MOST_PREPARED = 200
_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")


class Line:
    """A connection in autocommit, and the statements that it has prepared.

    A statement is prepared for the types of its values, as psycopg itself does: a whole number may
    be of two, four or eight bytes.
    """

    __slots__ = ("_adapt", "_driver", "_made", "_names")

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._adapt = Transformer(driver)
        self._names: dict[tuple[str, tuple[int, ...] | None], bytes] = {}
        self._made = 0

    @property
    def closed(self) -> bool:
        """Whether the connection is lost."""
        return self._driver.closed

    def rows(
        self, statement: str, values: Sequence[Any] | Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """Send a statement with ``%s`` or ``%(name)s``; return its rows.

        Raises:
            psycopg.Error: the server refused it, or is gone.
        """
        text, places = _read(statement) if values else (statement.encode(), ())
        known: Any = values  # by names or by numbers, as its places are
        given = [known[place] for place in places]
        adapt = self._adapt
        sent: Any = adapt.dump_sequence(given, [PyFormat.AUTO] * len(given))  # None for NULL
        name = self._names.get((statement, adapt.types)) or self._prepare(statement, text)
        result = self._driver.pgconn.exec_prepared(name, sent, adapt.formats)
        if result.status != ExecStatus.TUPLES_OK:
            raise self._wrong(result)
        adapt.set_pgresult(result)
        return adapt.load_rows(0, result.ntuples, tuple)

    def _prepare(self, statement: str, text: bytes) -> bytes:
        wire, types = self._driver.pgconn, self._adapt.types
        if len(self._names) >= _MOST_PREPARED:
            wire.exec_(b"DEALLOCATE " + self._names.pop(next(iter(self._names))))
        self._made += 1
        name = b"stoa_%d" % self._made
        result = wire.prepare(name, text, types)
        if result.status != ExecStatus.COMMAND_OK:
            raise self._wrong(result)
        self._names[statement, types] = name
        return name

    def _wrong(self, result: psycopg.pq.abc.PGresult) -> psycopg.Error:
        if self._driver.closed and not result.error_field(psycopg.pq.DiagnosticField.SQLSTATE):
            return psycopg.OperationalError(result.get_error_message())
        return error_from_result(result)


@lru_cache(maxsize=1024)
def _read(statement: str) -> tuple[bytes, tuple[str | int, ...]]:
    """Return a statement with ``$1`` for its places, and what stands at each: a name or a number.

    A name that comes twice is one place.
    """
    places: list[str | int] = []

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        what = found[1] or len(places)
        if what not in places:
            places.append(what)
        return f"${places.index(what) + 1}"

    return _PLACE.sub(place, statement).encode(), tuple(places)
