"""The file of an `OutboxQueue`: one SQLite table, strict, on disk before `put` returns.

    journal_mode = WAL, synchronous = FULL   a commit is fsynced: it survives the power
    STRICT                                   a column holds what its type says, or nothing
    BEGIN IMMEDIATE                          who writes waits at the beginning, never half-way

Any number of processes may share the file; a second one beside it says who is sending.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from stoa_sdk.errors import QueueUnreadable

__all__ = ["QueueFile"]

_APPLICATION = 0x53746F51
"""``StoQ``: names the file as a queue (PRAGMA application_id)."""

_VERSION = 2
_BUSY_TIMEOUT_S = 10.0
_TABLE = """
CREATE TABLE calls (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    call TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'refused', 'done')),
    put_at INTEGER NOT NULL,
    ended_at INTEGER,
    refusal TEXT,
    ids TEXT NOT NULL DEFAULT '{}',
    member TEXT NOT NULL DEFAULT '',
    terminal TEXT NOT NULL DEFAULT '',
    day TEXT NOT NULL DEFAULT '',
    points INTEGER NOT NULL DEFAULT 0
) STRICT
"""
_INDEX = "CREATE INDEX calls_by_state ON calls (state, place)"
_FIRST_COLUMNS = ["place", "key", "call", "refusal"]
_TAKE_OVER = """
INSERT INTO calls (place, key, digest, call, state, put_at, refusal)
SELECT place, key, '', call, CASE WHEN refusal IS NULL THEN 'waiting' ELSE 'refused' END,
       unixepoch(), refusal
  FROM calls_before ORDER BY place
"""


class QueueFile:
    """The SQLite file of a queue, made where it is missing, readable by its owner only.

    Raises:
        QueueUnreadable: the file is damaged, or of something else; it is left as it is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _make(path)
        with self.writing() as database:
            self._prepare(database)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open one transaction that writes; it is on disk when the block is left."""
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection that only reads."""
        with self._open() as database:
            yield database

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """Tell whether nobody else is sending, and keep others from it until the block is left.

        The lock ends with the process that holds it, however that ends.
        """
        beside = self._path.with_name(f"{self._path.name}-run")
        _make(beside)
        with closing(sqlite3.connect(beside, timeout=0, isolation_level=None)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as busy:
                if busy.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                yield False
                return
            yield True

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(
                sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
            ) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = FULL")
                yield database
        except sqlite3.OperationalError:
            raise  # a full disk, a lock that was not let go of: the file is as it should be
        except sqlite3.DatabaseError as damaged:
            raise QueueUnreadable(
                f"{self._path} is damaged or no queue ({damaged}): keep it for whoever can read it,"
                " and give the queue another path"
            ) from damaged

    def _prepare(self, database: sqlite3.Connection) -> None:
        application = database.execute("PRAGMA application_id").fetchone()[0]
        version = database.execute("PRAGMA user_version").fetchone()[0]
        tables = {
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        } - {"sqlite_sequence"}
        if (application, version) == (_APPLICATION, _VERSION) and tables == {"calls"}:
            return
        if application == _APPLICATION and version > _VERSION:
            raise QueueUnreadable(f"{self._path} was written by a newer stoa-sdk: update this one")
        columns = [each[1] for each in database.execute("PRAGMA table_info(calls)")]
        if application or version or (tables and columns != _FIRST_COLUMNS):
            raise QueueUnreadable(f"{self._path} is a database of something else, no queue")
        if tables:
            database.execute("ALTER TABLE calls RENAME TO calls_before")
        database.execute(_TABLE)
        database.execute(_INDEX)
        if tables:
            database.execute(_TAKE_OVER)
            database.execute("DROP TABLE calls_before")
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {_VERSION}")


def _make(path: Path) -> None:
    """Make a file for its owner only; one that is there is not opened.

    To close any handle of a file ends all locks that the process holds on it (POSIX).
    """
    if path.exists():
        return
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
