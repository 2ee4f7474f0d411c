"""Store and forward: a deed is on disk with its key before it is sent, and until it is answered.

A till that loses the line, its power or its process sends again with the stored key, so that the
deed takes effect once.
The queue is one SQLite file; several processes may share it.
"""

import functools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Concatenate, ParamSpec

from stoa_sdk import resources, reversals
from stoa_sdk.calls import AnswerT, Call, Sender, call_of
from stoa_sdk.errors import (
    AnswerUnreadable,
    AuthenticationFailed,
    ConnectionFailed,
    Forbidden,
    Problem,
    SdkError,
    TooManyRequests,
    Unavailable,
)
from stoa_sdk.records import Record

__all__ = ["Delivered", "OutboxQueue", "OutboxRun", "Refused"]

P = ParamSpec("P")

_TABLE = """
CREATE TABLE IF NOT EXISTS calls (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    call TEXT NOT NULL,
    refusal TEXT
)
"""
_BUSY_TIMEOUT_S = 10.0
_REFUSALS = range(400, 500)
_STOPPING = (
    AuthenticationFailed,
    ConnectionFailed,
    Forbidden,
    TooManyRequests,
    Unavailable,
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A call that was done; `answer` is `None` where this version could not read it."""

    key: str
    answer: Record | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that Stoa refused for good: it had no effect and waits for a person."""

    key: str
    call: Call[Record]
    reason: str


@dataclass(frozen=True, slots=True)
class OutboxRun:
    """What one run of the queue came to.

    Attributes:
        delivered: what was done.
        refused: what was refused for good.
        waiting: how many calls are still to be sent.
        failure: the last error that left a call waiting, `None` if there was none.
    """

    delivered: tuple[Delivered, ...]
    refused: tuple[Refused, ...]
    waiting: int
    failure: SdkError | None


def _put(
    make: Callable[P, Call[AnswerT]],
) -> Callable[Concatenate["OutboxQueue", P], str]:
    @functools.wraps(make)
    def put(self: "OutboxQueue", /, *args: P.args, **kwargs: P.kwargs) -> str:
        return self.put(make(*args, **kwargs))

    return put


class OutboxQueue:
    """Calls that are to be sent, in the order in which they were put.

    `earn`, `return_`, `return_by_receipt`, `void_purchase`, `capture`, `void` and `refund` take
    what the methods of `Client` take, put the call, and return its key.

    Args:
        path: of the SQLite file; made where it is missing, readable by its owner only.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._path.touch(mode=0o600)
        with self._database() as database:
            database.execute(_TABLE)

    earn = _put(resources.earn)
    return_ = _put(reversals.return_)
    return_by_receipt = _put(reversals.return_by_receipt)
    void_purchase = _put(reversals.void_purchase)
    capture = _put(resources.capture)
    void = _put(resources.void)
    refund = _put(reversals.refund)

    def put(self, call: Call[AnswerT]) -> str:
        """Keep a call on disk and return its key; putting the same call twice keeps one.

        Raises:
            ValueError: the call only reads, or its key belongs to another call.
        """
        if call.key is None:
            raise ValueError("only a call that writes has to be kept")
        with self._database() as database:
            database.execute(
                "INSERT INTO calls (key, call) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (call.key, call.as_json()),
            )
            found = database.execute("SELECT call FROM calls WHERE key = ?", (call.key,)).fetchone()
        if found != (call.as_json(),):
            raise ValueError(f"the key {call.key!r} belongs to another call")
        return call.key

    def send(self, client: Sender) -> OutboxRun:
        """Send what waits, each with its stored key, and forget what was done.

        A call that Stoa refuses for good is set aside, see `refused`.
        The run ends early where nothing gets through: no line, no service, no rights.
        """
        delivered: list[Delivered] = []
        refused: list[Refused] = []
        failure: SdkError | None = None
        for call in self._waiting():
            key = str(call.key)
            try:
                delivered.append(Delivered(key, client.send(call)))
            except AnswerUnreadable:
                delivered.append(Delivered(key, None))
            except SdkError as error:
                if _is_final(error):
                    refused.append(self._set_aside(call, str(error)))
                    continue
                failure = error
                if _stops_all(error):
                    break
                continue
            self.forget(key)
        return OutboxRun(tuple(delivered), tuple(refused), len(self), failure)

    def refused(self) -> list[Refused]:
        """Return the calls that were refused for good and not yet forgotten."""
        with self._database() as database:
            rows = database.execute(
                "SELECT call, refusal FROM calls WHERE refusal IS NOT NULL ORDER BY place"
            ).fetchall()
        return [Refused(str(call_of(text).key), call_of(text), reason) for text, reason in rows]

    def requeue(self, key: str) -> None:
        """Send a refused call again on the next run, when what was wrong is put right."""
        with self._database() as database:
            database.execute("UPDATE calls SET refusal = NULL WHERE key = ?", (key,))

    def forget(self, key: str) -> None:
        """Drop a call from the queue."""
        with self._database() as database:
            database.execute("DELETE FROM calls WHERE key = ?", (key,))

    def __len__(self) -> int:
        with self._database() as database:
            found = database.execute("SELECT count(*) FROM calls WHERE refusal IS NULL").fetchone()
        return int(found[0])

    def _waiting(self) -> list[Call[Record]]:
        with self._database() as database:
            rows = database.execute(
                "SELECT call FROM calls WHERE refusal IS NULL ORDER BY place"
            ).fetchall()
        return [call_of(text) for (text,) in rows]

    def _set_aside(self, call: Call[Record], reason: str) -> Refused:
        key = str(call.key)
        with self._database() as database:
            database.execute("UPDATE calls SET refusal = ? WHERE key = ?", (reason, key))
        return Refused(key, call, reason)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """One connection and one transaction; on disk when the block is left (synchronous=FULL)."""
        with (
            closing(sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S)) as database,
            database,
        ):
            database.execute("PRAGMA synchronous = FULL")
            yield database


def _is_final(error: SdkError) -> bool:
    """Tell whether Stoa itself said no for good; a proxy's page or missing rights are not that."""
    return (
        isinstance(error, Problem)
        and error.documented
        and error.status in _REFUSALS
        and not error.retryable
        and not isinstance(error, _STOPPING)
    )


def _stops_all(error: SdkError) -> bool:
    return isinstance(error, _STOPPING) or (isinstance(error, Problem) and not error.documented)
