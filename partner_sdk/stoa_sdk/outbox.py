"""Store and forward: a deed is on disk with its key before it is sent, and until it is answered.

A till that loses the line, its power or its process sends again with the stored key, so that the
deed takes effect once.
The queue is one SQLite file; several processes may share it, and one of them sends at a time.
"""

import functools
import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from stoa_sdk import order, resources, reversals
from stoa_sdk.calls import AnswerT, AsyncSender, Call, Sender, call_of
from stoa_sdk.errors import (
    AnswerUnreadable,
    AuthenticationFailed,
    ConnectionFailed,
    Forbidden,
    OfflineLimitReached,
    Problem,
    SdkError,
    TooManyRequests,
    Unavailable,
)
from stoa_sdk.exposure import OfflineLimits, Room, exposure_of
from stoa_sdk.queue_file import QueueFile
from stoa_sdk.records import Record

__all__ = ["Delivered", "Kept", "OutboxQueue", "OutboxRun", "Refused"]

P = ParamSpec("P")

_REFUSALS = range(400, 500)
_STOPPING = (
    AuthenticationFailed,
    ConnectionFailed,
    Forbidden,
    TooManyRequests,
    Unavailable,
)
_DONE_KEPT = timedelta(days=7)
_NO_LIMITS = OfflineLimits()


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
class Kept:
    """A call of the queue.

    Attributes:
        state: ``waiting``, ``refused`` or ``done``.
        path: what it asks for; empty once it is done.
        reason: why it was refused.
    """

    key: str
    state: str
    path: str
    put_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class OutboxRun:
    """What one run of the queue came to.

    Attributes:
        delivered: what was done.
        refused: what was refused for good.
        waiting: how many calls are still to be sent.
        failure: the last error that left a call waiting, `None` if there was none.
        busy: another process is sending; this run left it to that one.
    """

    delivered: tuple[Delivered, ...] = ()
    refused: tuple[Refused, ...] = ()
    waiting: int = 0
    failure: SdkError | None = None
    busy: bool = False


@dataclass(slots=True)
class _Round:
    """What a run has come to so far, and which lanes wait for a call that could not be sent."""

    delivered: list[Delivered] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    failure: SdkError | None = None
    held: set[str] = field(default_factory=set)


_Told = Record | SdkError
_Steps = Generator[Call[Record], _Told, OutboxRun]


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
        limits: the most points that may wait for a member and at a terminal.

    Raises:
        QueueUnreadable: the file is damaged, or of something else.
    """

    def __init__(self, path: str | Path, *, limits: OfflineLimits = _NO_LIMITS) -> None:
        self._limits = limits
        self._file = QueueFile(Path(path))

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
            OfflineLimitReached: it would promise more points than may wait; nothing was kept.
        """
        if call.key is None:
            raise ValueError("only a call that writes has to be kept")
        text = call.as_json()
        promised = exposure_of(call, self._limits)
        with self._file.writing() as database:
            asked = "SELECT digest, call FROM calls WHERE key = ?"
            found = database.execute(asked, (call.key,)).fetchone()
            if found is not None:
                if found[0] != _digest(text) and found[1] != text:
                    raise ValueError(f"the key {call.key!r} belongs to another call")
                return call.key
            room = self._room(database, call)
            if not room.enough:
                raise OfflineLimitReached(
                    f"{room.points} points are more than may wait without the line",
                    points=room.points,
                    member_left=room.member_left,
                    terminal_left=room.terminal_left,
                )
            database.execute(
                "INSERT INTO calls"
                " (key, digest, call, state, put_at, member, terminal, day, points)"
                " VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?)",
                (
                    call.key, _digest(text), text, int(time.time()), promised.member,
                    promised.terminal, promised.day, promised.points,
                ),
            )  # fmt: skip
        return call.key

    def room(self, call: Call[AnswerT]) -> Room:
        """Tell what a call would promise and what the limits leave, before it is put."""
        with self._file.reading() as database:
            return self._room(database, call)

    def answer_of(self, key: str) -> str:
        """Return a name for the purchase or redemption that a kept call will answer with.

        Use it where an id is asked for: ``queue.void_purchase(queue.answer_of(key))``.
        """
        return order.later(key)

    def send(self, client: Sender) -> OutboxRun:
        """Send what waits, each with its stored key, and forget what was done.

        A call that Stoa refuses for good is set aside, see `refused`.
        Behind a call that could not be sent, those of the same member, and those that refer to the
        same sale or redemption, wait for the next run.
        The run ends early where nothing gets through: no line, no service, no rights.
        """
        steps = self._run()
        try:
            call = next(steps)
            while True:
                told: _Told
                try:
                    told = client.send(call)
                except SdkError as error:
                    told = error
                call = steps.send(told)
        except StopIteration as ended:
            run: OutboxRun = ended.value
            return run
        finally:
            steps.close()

    async def send_async(self, client: AsyncSender) -> OutboxRun:
        """Do the same with an `AsyncClient`; only the disk is waited for without ``await``."""
        steps = self._run()
        try:
            call = next(steps)
            while True:
                told: _Told
                try:
                    told = await client.send(call)
                except SdkError as error:
                    told = error
                call = steps.send(told)
        except StopIteration as ended:
            run: OutboxRun = ended.value
            return run
        finally:
            steps.close()

    def status(self, key: str) -> str | None:
        """Return ``waiting``, ``refused`` or ``done``; `None` for a call that is not kept."""
        with self._file.reading() as database:
            found = database.execute("SELECT state FROM calls WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def calls(self) -> list[Kept]:
        """Return everything that is kept, in its order; what was done is kept for seven days."""
        with self._file.reading() as database:
            rows = database.execute(
                "SELECT key, state, call, put_at, refusal FROM calls ORDER BY place"
            ).fetchall()
        return [
            Kept(
                key, state, call_of(text).path if text else "",
                datetime.fromtimestamp(at, UTC), reason,
            )
            for key, state, text, at, reason in rows
        ]  # fmt: skip

    def refused(self) -> list[Refused]:
        """Return the calls that were refused for good and not yet forgotten."""
        with self._file.reading() as database:
            rows = database.execute(
                "SELECT call, refusal FROM calls WHERE state = 'refused' ORDER BY place"
            ).fetchall()
        return [Refused(str(call_of(text).key), call_of(text), reason) for text, reason in rows]

    def requeue(self, key: str) -> None:
        """Send a refused call again on the next run, when what was wrong is put right."""
        self._change(
            "UPDATE calls SET state = 'waiting', refusal = NULL"
            " WHERE key = ? AND state = 'refused'",
            (key,),
        )

    def correct(self, key: str, call: Call[AnswerT]) -> None:
        """Put another call in the place of a refused one, under its key: it had no effect.

        Raises:
            ValueError: no refused call has this key.
        """
        text = replace(call, key=key).as_json()
        promised = exposure_of(call, self._limits)
        changed = self._change(
            "UPDATE calls SET state = 'waiting', refusal = NULL, call = ?, digest = ?, member = ?,"
            " terminal = ?, day = ?, points = ? WHERE key = ? AND state = 'refused'",
            (
                text, _digest(text), promised.member, promised.terminal, promised.day,
                promised.points, key,
            ),
        )  # fmt: skip
        if not changed:
            raise ValueError(f"no refused call has the key {key!r}")

    def forget(self, key: str) -> None:
        """Drop a call from the queue."""
        self._change("DELETE FROM calls WHERE key = ?", (key,))

    def purge(self, *, older_than: timedelta = timedelta(0)) -> int:
        """Drop what was done before so long, and return how many; what waits is never dropped."""
        before = int(time.time() - older_than.total_seconds())
        return self._change("DELETE FROM calls WHERE state = 'done' AND ended_at <= ?", (before,))

    def __len__(self) -> int:
        with self._file.reading() as database:
            found = database.execute("SELECT count(*) FROM calls WHERE state = 'waiting'")
            return int(found.fetchone()[0])

    def _run(self) -> _Steps:
        """Yield the calls to send, be told what came of each, and return what all came to."""
        with self._file.sending() as alone:
            if not alone:
                return OutboxRun(waiting=len(self), busy=True)
            seen = _Round()
            for kept in self._waiting():
                lanes = order.lanes_of(kept)
                if seen.held & {*lanes}:
                    seen.held |= {*lanes}
                    continue
                call = self._referring(kept)
                if call is None:
                    reason = "what it refers to was not done"
                    seen.refused.append(self._set_aside(kept, reason))
                    continue
                told = yield call
                if not self._note(kept, told, seen):
                    break
            self.purge(older_than=_DONE_KEPT)
            waiting = len(self)
        return OutboxRun(tuple(seen.delivered), tuple(seen.refused), waiting, seen.failure)

    def _note(self, call: Call[Record], told: _Told, seen: _Round) -> bool:
        """Keep what came of a call; tell whether the run goes on."""
        key = str(call.key)
        if isinstance(told, AnswerUnreadable):
            self._done(key, told.raw)
            seen.delivered.append(Delivered(key, None))
        elif not isinstance(told, SdkError):
            self._done(key, told.raw)
            seen.delivered.append(Delivered(key, told))
        elif _is_final(told):
            seen.refused.append(self._set_aside(call, str(told)))
        else:
            seen.failure = told
            seen.held |= {*order.lanes_of(call)}
            return not _stops_all(told)
        return True

    def _referring(self, call: Call[Record]) -> Call[Record] | None:
        """Return the call with the id that an earlier one answered, `None` if it has none."""
        key = order.referred(call.path)
        if key is None:
            return call
        with self._file.reading() as database:
            asked = "SELECT ids FROM calls WHERE key = ? AND state = 'done'"
            found = database.execute(asked, (key,)).fetchone()
        return None if found is None else order.with_id(call, json.loads(found[0]))

    def _room(self, database: sqlite3.Connection, call: Call[AnswerT]) -> Room:
        limits, promised = self._limits, exposure_of(call, self._limits)

        def left(most: int | None, column: str, value: str) -> int | None:
            if most is None:
                return None
            asked = f"SELECT total(points) FROM calls WHERE {column} = ? AND day = ?"  # noqa: S608 - ours
            asked += " AND state = 'waiting'"
            return most - int(database.execute(asked, (value, promised.day)).fetchone()[0])

        return Room(
            promised.points,
            left(limits.member_points, "member", promised.member),
            left(limits.terminal_points, "terminal", promised.terminal),
        )

    def _waiting(self) -> list[Call[Record]]:
        with self._file.reading() as database:
            rows = database.execute(
                "SELECT call FROM calls WHERE state = 'waiting' ORDER BY place"
            ).fetchall()
        return [call_of(text) for (text,) in rows]

    def _done(self, key: str, answer: Mapping[str, Any]) -> None:
        """Keep that a call was done, and what later ones need of it; not what it said."""
        self._change(
            "UPDATE calls SET state = 'done', call = '', member = '', ids = ?, ended_at = ?"
            " WHERE key = ?",
            (json.dumps(order.ids_of(answer)), int(time.time()), key),
        )

    def _set_aside(self, call: Call[Record], reason: str) -> Refused:
        key = str(call.key)
        self._change("UPDATE calls SET state = 'refused', refusal = ? WHERE key = ?", (reason, key))
        return Refused(key, call, reason)

    def _change(self, statement: str, values: tuple[object, ...]) -> int:
        with self._file.writing() as database:
            return database.execute(statement, values).rowcount


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
