"""The history of a trial: what clients asked and what they were told, on disk before it is sent.

One JSON object a line. ``asked`` lines are synced to the disk before the request goes out, so that
no effect can be without its line; a call without its ``told`` line is one that nobody answered.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

__all__ = ["Call", "Outcome", "Recorder", "UnclassifiedError", "classify", "read"]


class Outcome(StrEnum):
    """What an answer means to the one who asked."""

    DONE = "done"
    REFUSED = "refused"
    TRANSIENT = "transient"
    AMBIGUOUS = "ambiguous"


class UnclassifiedError(AssertionError):
    """An answer that is neither done, refused, transient nor ambiguous: the trial fails."""


def classify(status: int, body: Any) -> Outcome:
    """Tell what a status with its JSON means.

    Raises:
        UnclassifiedError: nobody could know what it means.
    """
    if not isinstance(body, dict):
        raise UnclassifiedError(f"{status} without a JSON object")
    if status in (200, 201):
        return Outcome.DONE
    if 500 <= status <= 599:
        return Outcome.AMBIGUOUS
    if 400 <= status <= 499 and "code" in body:
        again = body.get("retryable") or body["code"] == "TOKEN_INVALID"
        return Outcome.TRANSIENT if again else Outcome.REFUSED
    raise UnclassifiedError(f"{status} {body}")


@dataclass
class Call:
    """One request with its key, and its answer where there was one.

    Attributes:
        number: its place in the history.
        deed: what the client wants done once; a retry is another call of the same deed.
        mark: what names the effect in the ledger: a receipt number, a reference, an id.
        args: the body that was sent.
        outcome: ``None`` as long as nothing is known.
        status: of the answer; 0 where the connection was lost.
        replayed: the answer said that it is one given before.
    """

    number: int
    asked_at: float
    deed: str
    partner: str
    key: str
    op: str
    mark: str
    path: str
    args: dict[str, Any] = field(default_factory=dict)
    told_at: float | None = None
    outcome: Outcome | None = None
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    replayed: bool = False


class Recorder:
    """Writes a history; any number of threads may."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)
        self._lock = Lock()
        self._next = 0

    def asked(
        self, deed: str, *, partner: str, key: str, op: str, mark: str, path: str,
        args: Mapping[str, Any],
    ) -> Call:  # fmt: skip
        """Write a call down and see it safely on the disk; only then may it be sent."""
        with self._lock:
            self._next += 1
            number = self._next
        call = Call(number, monotonic(), deed, partner, key, op, mark, path, dict(args))
        self._write({"asked": asdict(call)})
        os.fsync(self._file.fileno())
        return call

    def told(
        self,
        call: Call,
        outcome: Outcome,
        *,
        status: int = 0,
        body: dict[str, Any] | None = None,
        replayed: bool = False,
    ) -> Call:
        """Write an answer down, or that none will come."""
        call.told_at, call.outcome, call.status = monotonic(), outcome, status
        call.body, call.replayed = body or {}, replayed
        known = ("told_at", "outcome", "status", "body", "replayed")
        self._write({"told": call.number} | {name: getattr(call, name) for name in known})
        return call

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._file.write(data)


def read(path: Path) -> list[Call]:
    """Read a history back; a line cut off at the end by a crash was never sent."""
    calls: dict[int, Call] = {}
    for line in _lines(path):
        if "asked" in line:
            calls[line["asked"]["number"]] = Call(**line["asked"])
        else:
            call = calls[line.pop("told")]
            line["outcome"] = Outcome(line["outcome"])
            for name, value in line.items():
                setattr(call, name, value)
    return [calls[number] for number in sorted(calls)]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)
