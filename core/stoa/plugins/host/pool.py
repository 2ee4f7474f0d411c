"""The hosts of one plugin: a question takes one that waits, within one deadline for everything.

The deadline counts from the question's arrival: waiting for a host that others use is part of it.
A host that is late, ends, or says what nobody asked is killed with all that it started, and another
is on its way before the caller knows.
"""

import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from stoa.plugins.failing import NoAnswerError
from stoa.plugins.host.frames import FrameError
from stoa.plugins.host.process import Process

__all__ = ["Pool"]

_LONGEST_PAUSE_S = 60.0


class Pool:
    """The hosts of one plugin for one kind of hooks.

    Args:
        order: what the nursery is told to start.
        size: how many at once.
        start: asks the keeper for one more; answered by `arrived` or `failed`.

    Attributes:
        ready: what the first host said of its plugin; empty until then.
        wrong: why the last start failed; empty when it did not.
    """

    def __init__(
        self, order: Mapping[str, Any], size: int, start: Callable[["Pool"], None]
    ) -> None:
        self.order = order
        self.ready: Mapping[str, Any] = {}
        self.wrong = ""
        self._size = size
        self._start = start
        self.clear()

    def clear(self) -> None:
        """Know of no host, as after a fork of the server."""
        self._changed = threading.Condition()
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._starting = 0
        self._failures = 0
        self._not_before = 0.0

    def ask(self, hook: str, facts: str, within_s: float) -> Any:  # noqa: ANN401 - parsed JSON
        """Ask a host; return the JSON it answered.

        Args:
            facts: as JSON.

        Raises:
            NoAnswerError: there was none, and why.
        """
        until = monotonic() + within_s
        process = self._take(until)
        try:
            said = process.ask(hook, facts, until)
        except TimeoutError as late:
            self._lose(process)
            raise NoAnswerError("late", f"No answer within {within_s * 1000:.0f} ms.") from late
        except BaseException as wrong:
            self._lose(process)
            if not isinstance(wrong, FrameError | OSError):
                raise
            raise NoAnswerError("gone", f"Its process: {wrong}.") from wrong
        raised = str(said.get("raised", ""))[:300]
        if raised.startswith("MemoryError"):
            self._lose(process)  # what it still holds, nobody knows
        else:
            self._give_back(process)
        if "answer" in said:
            return said["answer"]
        if raised:
            raise NoAnswerError("raised", f"It raised {raised}")
        raise NoAnswerError("garbage", str(said.get("garbage"))[:300])

    def begin(self) -> None:
        """Have the first host started, where none is."""
        with self._changed:
            if not self.ready and not self._starting:
                self._want()

    def wait(self, until: float) -> str:
        """Wait for the first host; return why there is none, empty when there is one."""
        self.begin()
        with self._changed:
            while not self.ready and not self.wrong:
                if not self._changed.wait(max(0.0, until - monotonic())):
                    return "It was not loaded in time."
            return "" if self.ready else self.wrong

    def arrived(self, process: Process, ready: Mapping[str, Any]) -> None:
        """Be told that a host has loaded its plugin."""
        with self._changed:
            self._starting -= 1
            self._failures = 0
            self._not_before = 0.0
            self.wrong = ""
            self.ready = ready
            self._all.add(process)
            self._idle.append(process)
            self._changed.notify()

    def failed(self, why: str) -> None:
        """Be told that a host did not come; the next one is tried later each time."""
        with self._changed:
            self._starting -= 1
            self._failures += 1
            pause_s = min(0.5 * 2**self._failures, _LONGEST_PAUSE_S)
            self._not_before = monotonic() + pause_s
            self.wrong = why
            self._changed.notify_all()

    def rest(self, unused_s: float) -> None:
        """End the hosts that nobody needed for so long."""
        with self._changed:
            before = monotonic() - unused_s
            for process in [each for each in self._idle if each.used < before]:
                self._idle.remove(process)
                self._end(process)

    def close(self) -> None:
        """End every host that waits; one that is being asked ends with its nursery."""
        with self._changed:
            self._idle.clear()
            for process in list(self._all):
                self._end(process)

    def forget(self) -> None:
        """Let go of what belongs to the process that this one was forked from."""
        for process in self._all:
            process.forget()
        self.clear()

    def pids(self) -> list[int]:
        """Return the numbers of its hosts, for people."""
        return sorted(process.pid for process in list(self._all))

    def _take(self, until: float) -> Process:
        with self._changed:
            while True:
                while self._idle:
                    process = self._idle.pop()
                    if process.quiet():
                        return process
                    self._end(process)
                if len(self._all) + self._starting < self._size:
                    if monotonic() < self._not_before:
                        raise NoAnswerError("gone", f"It can't be started: {self.wrong}"[:300])
                    self._want()
                if not self._changed.wait(max(0.0, until - monotonic())):
                    raise NoAnswerError("busy", "Its processes were busy, or not yet there.")

    def _give_back(self, process: Process) -> None:
        with self._changed:
            self._idle.append(process)
            self._changed.notify()

    def _lose(self, process: Process) -> None:
        with self._changed:
            self._end(process)
            if len(self._all) + self._starting < self._size and monotonic() >= self._not_before:
                self._want()

    def _end(self, process: Process) -> None:
        self._all.discard(process)
        process.kill()

    def _want(self) -> None:
        self._starting += 1
        self._start(self)
