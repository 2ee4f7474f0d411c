"""Databases of tests: taken from a template, emptied and used again as long as nobody altered them.

Copying a template costs many times what emptying the few tables costs that a test wrote to, and
new files for a table (``TRUNCATE``) many times what deleting its few rows costs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from os import getpid
from typing import Any, LiteralString

import psycopg
from sqlalchemy import Engine, make_url

__all__ = ["Picture", "Pool", "create", "drop", "exists", "run", "url_of"]

_numbers = count()

_SHAPE: LiteralString = """
SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
    SELECT format('f %s %s', oid, xmin) FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('t %s %s', oid, xmin) FROM pg_trigger
    UNION ALL SELECT format('c %s %s', oid, xmin) FROM pg_constraint
    UNION ALL SELECT format('p %s %s', oid, xmin) FROM pg_policy
    UNION ALL SELECT format('n %s %s', nspname, nspacl) FROM pg_namespace
     WHERE nspname NOT LIKE 'pg\\_%'
    UNION ALL SELECT format('s %s', setconfig) FROM pg_db_role_setting
     WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT format('r %s %s %s %s %s', oid, relname, relacl, relrowsecurity,
                            relforcerowsecurity)
      FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('a %s %s %s', attrelid, attnum, a.xmin)
      FROM pg_attribute a JOIN pg_class r ON r.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND attnum > 0
) AS parts (part)
"""
_WRITTEN: LiteralString = """
SELECT format('%I', relname) FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""
_GROWN: LiteralString = _WRITTEN.replace("> 0", "> 65536")
_COUNTERS: LiteralString = """
SELECT format('%I', sequencename), last_value FROM pg_sequences
 WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
_OTHERS: LiteralString = """
SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'kept'
"""


def url_of(server_url: str, name: str) -> str:
    """Return the URL of a database on the tests' server, as SQLAlchemy takes it."""
    url = make_url(server_url).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def run(server_url: str, statement: str) -> list[Any]:
    """Run one statement at the server, outside of any test's database."""
    with _connect(server_url, "postgres") as connection:
        found = connection.execute(statement.encode())
        return found.fetchall() if found.description else []


def create(server_url: str, name: str, template: str) -> None:
    """Copy a template."""
    run(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(server_url: str, name: str) -> None:
    """Drop a database whoever uses it; one that is not there is no mistake."""
    run(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def exists(server_url: str, name: str) -> bool:
    """Tell whether there is a database of this name."""
    return (name,) in run(server_url, "SELECT datname::text FROM pg_database")


def _connect(server_url: str, name: str) -> psycopg.Connection[Any]:
    return psycopg.connect(_plain(url_of(server_url, name)), autocommit=True)


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@dataclass(frozen=True)
class Picture:
    """All rows of a database, and where its counters stand."""

    rows: Mapping[str, bytes]
    counters: Mapping[str, int]

    @classmethod
    def of(cls, url: str) -> "Picture":
        """Take the picture of a small database."""
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            return _look(connection)

    def put(self, url: str) -> None:
        """Give a database that is as the template is the rows of the picture."""
        with (
            psycopg.connect(_plain(url), autocommit=True) as connection,
            connection.transaction(),
        ):
            connection.execute("SET LOCAL session_replication_role = replica")
            there = connection.execute(_WRITTEN).fetchall()
            connection.execute("; ".join(f"DELETE FROM {name}" for (name,) in there).encode())
            for name, rows in self.rows.items():
                with connection.cursor().copy(f"COPY {name} FROM STDIN".encode()) as copy:
                    copy.write(rows)
            values = [f"SELECT setval('{name}', {at})" for name, at in self.counters.items()]
            connection.execute("; ".join(values).encode())


@dataclass
class Pool:
    """The databases of one process; each is lent to one test at a time."""

    server_url: str
    template: str
    _free: list[str] = field(default_factory=list)
    _kept: dict[str, Engine] = field(default_factory=dict)
    _shape: str = ""
    _fresh: Picture = field(default_factory=lambda: Picture({}, {}))

    def take(self) -> str:
        """Return the name of a database as the template is."""
        if self._free:
            return self._free.pop()
        name = f"stoa_test_{getpid()}_{next(_numbers)}"
        drop(self.server_url, name)
        create(self.server_url, name, self.template)
        if not self._shape:
            with _connect(self.server_url, name) as connection:
                self._shape = _one(connection, _SHAPE)
                self._fresh = _look(connection)
        return name

    def keep(self, url: str, opened: Callable[[str], Engine]) -> Engine:
        """Return an engine on a database that outlives the test: its plans are made once."""
        at = make_url(url)
        if str(at.database) not in self._kept:
            named = at.update_query_dict({"application_name": "kept"})
            engine = opened(named.render_as_string(hide_password=False))
            self._kept[str(at.database)] = engine
        return self._kept[str(at.database)]

    def give_back(self, name: str) -> None:
        """Empty a database for the next test, or drop it where a test altered more than rows."""
        try:
            with _connect(self.server_url, name) as connection:
                clean = self._empty(connection)
        except psycopg.Error:
            clean = False
        if clean:
            self._free.append(name)
        else:
            self._drop(name)

    def close(self) -> None:
        """Drop all that is not lent."""
        while self._free:
            self._drop(self._free.pop())

    def _drop(self, name: str) -> None:
        if name in self._kept:
            self._kept.pop(name).dispose()
        drop(self.server_url, name)

    def _empty(self, connection: psycopg.Connection[Any]) -> bool:
        fresh = self._fresh
        if _one(connection, _SHAPE) != self._shape:
            return False
        connection.execute(_OTHERS)
        connection.execute("SET lock_timeout = '2s'; SET session_replication_role = replica")
        written = [name for (name,) in connection.execute(_WRITTEN)]
        grown = [name for (name,) in connection.execute(_GROWN)]
        with connection.transaction():
            if grown:
                connection.execute(f"TRUNCATE {', '.join(grown)} CASCADE".encode())
            small = [f"DELETE FROM {name}" for name in written if name not in grown]
            connection.execute("; ".join(small).encode())
            for name, rows in fresh.rows.items():
                with connection.cursor().copy(f"COPY {name} FROM STDIN".encode()) as copy:
                    copy.write(rows)
            for name, value in connection.execute(_COUNTERS).fetchall():
                if fresh.counters.get(name) != value:
                    connection.execute(f"ALTER SEQUENCE {name} RESTART".encode())
        return not any(
            fresh.counters.get(name) != value for name, value in connection.execute(_COUNTERS)
        )


def _look(connection: psycopg.Connection[Any]) -> Picture:
    rows: dict[str, bytes] = {}
    for (name,) in connection.execute(_WRITTEN).fetchall():
        with connection.cursor().copy(f"COPY {name} TO STDOUT".encode()) as copy:
            rows[name] = b"".join(copy)
    counters = dict(connection.execute(_COUNTERS).fetchall())
    return Picture(rows, counters)


def _one(connection: psycopg.Connection[Any], statement: LiteralString) -> str:
    row = connection.execute(statement).fetchone()
    return "" if row is None else str(row[0])
