"""Keeps what partners asked, off the way of the requests: a queue, and a thread that writes it.

A request costs its thread a count and a place in the queue. Masking, and one statement for all
that came in half a second, are the journal's own thread's. What is too much is dropped and
counted: more than so many of a partner in a second, or than fit into the queue. Refusals are
counted by themselves, so that they are there when a till asks a hundred times a second.
"""

import atexit
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any
from uuid import UUID
from wsgiref.types import WSGIEnvironment

import structlog
from sqlalchemy.exc import SQLAlchemyError

from stoa.api.access import CALL, PROBLEM, REQUEST_ID, ROUTE, TOLD
from stoa.api.masking import excerpt, key_shown, path_shown
from stoa.api.metrics import Metrics
from stoa.services import requests
from stoa.services.requests import Kept
from stoa.work import Actor, Desk, system_clock

__all__ = ["Journal"]

_ACTOR = Actor("journal")
_FULL = 2000
_LARGEST_BODY = 16 * 1024
_EVERY_S = 0.5
_REFUSED = 400
_OWN = "/v1/requests"
_log = structlog.get_logger("stoa.journal")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as it was answered, with everything still in it; it never leaves the process."""

    at: datetime
    partner_id: UUID
    client: str
    environ: WSGIEnvironment
    status: int
    seconds: float
    body: Mapping[str, Any]
    answer: bytes | Mapping[str, Any]


@dataclass(slots=True)
class Journal:
    """Notes requests and writes them down a little later.

    Args:
        rows_per_s: of a partner, the most that one process keeps in a second, and as many
            refusals besides.
    """

    desk: Desk
    metrics: Metrics
    rows_per_s: int = 20
    _queue: deque[_Asked] = field(default_factory=deque)
    _counts: dict[tuple[UUID, bool], int] = field(default_factory=dict)
    _second: int = 0
    _dropped: int = 0
    _writing: Lock = field(default_factory=Lock)
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def note(
        self, environ: WSGIEnvironment, answer: Iterable[bytes], status: int, seconds: float
    ) -> None:
        """Take a request that was answered, if there is room."""
        actor = environ[CALL]
        partner_id = actor.partner_id
        if partner_id is None or environ.get(ROUTE) == _OWN:
            return
        at = system_clock()
        second = int(at.timestamp())
        if second != self._second:
            self._second, self._counts = second, {}
        place = (partner_id, status >= _REFUSED)
        count = self._counts.get(place, 0)
        if count >= self.rows_per_s or len(self._queue) >= _FULL:
            self._dropped += 1
            return
        self._counts[place] = count + 1
        problem = environ.get(PROBLEM)
        told = problem if problem is not None else _bytes(answer)
        small = int(environ.get("CONTENT_LENGTH") or 0) <= _LARGEST_BODY
        body = environ.get(TOLD, {}) if small else {}
        asked = _Asked(at, partner_id, actor.name, environ, status, seconds, body, told)
        self._queue.append(asked)
        if self._thread is None:
            self._begin()

    def flush(self) -> int:
        """Write what waits; return how many rows were written."""
        with self._writing:
            waiting = [self._queue.popleft() for _ in range(len(self._queue))]
            dropped, self._dropped = self._dropped, 0
            written = self._write(waiting) if waiting else 0
            self.metrics.journal("written", written)
            self.metrics.journal("dropped", dropped)
            self.metrics.journal("failed", len(waiting) - written)
            return written

    def close(self) -> None:
        """Write what waits, and stop."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)
        self.flush()

    def _begin(self) -> None:
        with self._writing:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self.flush()

    def _write(self, waiting: list[_Asked]) -> int:
        try:
            with self.desk.work(_ACTOR) as work:
                return requests.write(work, [_kept(asked) for asked in waiting])
        except SQLAlchemyError as wrong:
            _log.warning("journal.lost", rows=len(waiting), error=type(wrong).__name__)
            return 0


def _bytes(answer: Iterable[bytes]) -> bytes:
    """Return an answer that is complete as it is; nothing of one that is still to be made."""
    return answer[0] if isinstance(answer, list) and len(answer) == 1 else b""


def _kept(asked: _Asked) -> Kept:
    environ, answer = asked.environ, asked.answer
    told = _parsed(answer) if isinstance(answer, bytes) else answer
    route = str(environ.get(ROUTE, ""))
    code = str(told.get("code", "")) if PROBLEM in environ else ""
    return Kept(
        partner_id=asked.partner_id,
        at=asked.at,
        method=environ["REQUEST_METHOD"],
        route=route,
        path=path_shown(route, _path(environ), environ.get("QUERY_STRING", "")),
        status=asked.status,
        code=code,
        duration_us=int(asked.seconds * 1_000_000),
        request_id=environ[REQUEST_ID],
        idempotency_key=key_shown(environ.get("HTTP_IDEMPOTENCY_KEY", "")),
        client=asked.client.removeprefix("client:"),
        body=excerpt(asked.body) if asked.body else "",
        answer=excerpt(told, code=code) if told else "",
    )


def _parsed(answer: bytes) -> Mapping[str, Any]:
    if not answer or len(answer) > _LARGEST_BODY:
        return {}
    told = json.loads(answer)
    return told if isinstance(told, Mapping) else {}


def _path(environ: WSGIEnvironment) -> str:
    return (
        str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
    )  # PEP 3333
