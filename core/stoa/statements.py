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
_SEE = b"stoa_see"
_TEXT = 25  # the server's number for the type text
_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")


class Line:
    """A connection in autocommit, and the statements that it has prepared.

    A statement is prepared for the types of its values, as psycopg itself does: a whole number may
    be of two, four or eight bytes.
    """

    __slots__ = ("_adapt", "_driver", "_made", "_names", "_reach")

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._adapt = Transformer(driver)
        self._names: dict[tuple[str, tuple[int, ...] | None], bytes] = {}
        self._made = 0
        self._reach: str | None = None

    @property
    def closed(self) -> bool:
        """Whether the connection is lost."""
        return self._driver.closed

    def rows(
        self, statement: str, values: Sequence[Any] | Mapping[str, Any], reach: str
    ) -> list[tuple[Any, ...]]:
        """Send a statement with ``%s`` or ``%(name)s``; return its rows.

        Args:
            reach: the partner whose rows the statement may see, or ``*``. It is told to the server
                when it is not what the connection has, ahead of the statement and without waiting.

        Raises:
            psycopg.Error: the server refused it, or is gone.
        """
        text, places = _read(statement) if values else (statement.encode(), ())
        known: Any = values  # by names or by numbers, as its places are
        given = [known[place] for place in places]
        adapt = self._adapt
        sent: Any = adapt.dump_sequence(given, [PyFormat.AUTO] * len(given))  # None for NULL
        name = self._names.get((statement, adapt.types)) or self._prepare(statement, text)
        if reach == self._reach:
            result = self._driver.pgconn.exec_prepared(name, sent, adapt.formats)
        else:
            result = self._seeing(reach, name, sent, adapt.formats)
        if result.status != ExecStatus.TUPLES_OK:
            raise self._wrong(result)
        adapt.set_pgresult(result)
        return adapt.load_rows(0, result.ntuples, tuple)

    def _seeing(
        self,
        reach: str,
        name: bytes,
        sent: Any,  # noqa: ANN401 - the driver's
        formats: Any,  # noqa: ANN401
    ) -> psycopg.pq.abc.PGresult:
        """Tell the server what may be seen and send a statement, in one trip there and back.

        Each is a transaction of its own: a statement that is refused takes nothing back.
        """
        wire = self._driver.pgconn
        if self._reach is None:
            told = wire.prepare(_SEE, b"SELECT set_config('stoa.partner', $1, false)", [_TEXT])
            if told.status != ExecStatus.COMMAND_OK:
                raise self._wrong(told)
        self._reach = ""
        wire.enter_pipeline_mode()
        wire.send_query_prepared(_SEE, [reach.encode()])
        wire.pipeline_sync()
        wire.send_query_prepared(name, sent, formats)
        wire.pipeline_sync()
        told, result = self._next(), self._next()
        wire.exit_pipeline_mode()
        if told.status != ExecStatus.TUPLES_OK:
            raise self._wrong(told)
        self._reach = reach
        return result

    def _next(self) -> psycopg.pq.abc.PGresult:
        """Return the result of the next statement in the pipeline, up to its synchronisation."""
        wire = self._driver.pgconn
        result = last = wire.get_result()
        while last is not None and last.status != ExecStatus.PIPELINE_SYNC:
            last = wire.get_result() or wire.get_result()
        if result is None:
            raise psycopg.OperationalError("the connection is lost")
        return result

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
