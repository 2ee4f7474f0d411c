"""One host as the server sees it: a line to it, and a handle that ends it for certain."""

import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from stoa.plugins.host.frames import FrameError, pack, receive_until, unpack

__all__ = ["Process"]


@dataclass(slots=True, eq=False)
class Process:
    """A host that is being started, waits, or answers.

    Attributes:
        line: to it; nobody else holds this end.
        handle: a pidfd, so that it can be killed and nobody else in its place.
        pid: for people.
    """

    line: socket.socket
    handle: int
    pid: int
    since: float = field(default_factory=monotonic)
    used: float = field(default_factory=monotonic)
    _number: int = 0

    def told(self, until: float) -> dict[str, Any]:
        """Wait for what a host says once it has loaded its plugin.

        Raises:
            TimeoutError: it said nothing in time.
            FrameError: it ended, or said nothing that can be read.
        """
        said = unpack(receive_until(self.line, until))
        if type(said) is not dict:
            raise FrameError("it said nothing that can be read")
        return said

    def ask(self, hook: str, facts: str, until: float) -> dict[str, Any]:
        """Ask, and wait for the answer to this very question.

        Args:
            facts: as JSON.
            until: of the monotonic clock.

        Raises:
            TimeoutError: it came too late.
            FrameError: there came none, or none that can be read.
        """
        self._number += 1
        frame = pack(f'{{"id":{self._number},"hook":"{hook}","facts":{facts}}}'.encode())
        left = until - monotonic()
        if left <= 0:
            raise TimeoutError
        self.line.settimeout(left)
        try:
            self.line.sendall(frame)
        except ConnectionError as wrong:
            raise FrameError("the process ended") from wrong
        said = self.told(until)
        if said.get("id") != self._number:
            raise FrameError("an answer to another question")
        self.used = monotonic()
        return said

    def quiet(self) -> bool:
        """Tell whether it waits for a question: it lives, and said nothing that nobody asked."""
        self.line.setblocking(False)  # noqa: FBT003 - the standard library's
        try:
            self.line.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def kill(self) -> None:
        """End it and all that it started; the nursery buries it."""
        with suppress(OSError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        self.forget()

    def forget(self) -> None:
        """Let go of it, as a process must that was forked from the one that holds it."""
        with suppress(OSError):
            os.close(self.handle)
        self.handle = -1
        self.line.close()
