"""The keeper: a thread of the server that has hosts started, welcomes them, ends unused ones.

It alone talks to the nursery. Where no plugin is asked apart there is neither.
"""

import contextlib
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Mapping
from time import monotonic
from typing import Any

from stoa.plugins.host.frames import FrameError
from stoa.plugins.host.pool import Pool
from stoa.plugins.host.process import Process

__all__ = ["START_S", "Keeper"]

START_S = 10.0
"""How long a plugin may take to be imported."""

_UNUSED_S = 600.0
_LOOK_S = 60.0
_NURSERY_S = 10.0
_FRAME_S = 0.05
_BEGIN = """
import runpy, sys
sys.path[:] = sys.argv[2:]
del sys.argv[2:]
runpy.run_module("stoa.plugins.host", run_name="__main__")
"""
"""``python -I -m stoa.plugins.host``, finding packages where the server finds them."""


class Keeper:
    """Has hosts started for pools.

    Args:
        start_s: how long a plugin may take to be imported.
    """

    def __init__(self, *, start_s: float = START_S) -> None:
        self._start_s = start_s
        self._pools: list[Pool] = []
        self._clear()
        _keepers.add(self)

    def _clear(self) -> None:
        self._lock = threading.Lock()
        self._wanted: deque[Pool] = deque()
        self._starting: dict[Process, tuple[Pool, float]] = {}
        self._thread: threading.Thread | None = None
        self._bell: socket.socket | None = None
        self._nursery: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def pool(self, order: Mapping[str, Any], size: int) -> Pool:
        """Return a pool of hosts; none is started before it is asked."""
        pool = Pool(order, size, self._start)
        self._pools.append(pool)
        return pool

    def close(self) -> None:
        """End the nursery and every host; whoever asks next begins anew."""
        with self._lock:
            bell, thread = self._bell, self._thread
            self._bell = self._thread = None
        if bell is not None:
            bell.close()
        if thread is not None:
            thread.join()
        for pool in self._pools:
            pool.close()

    def nursery_pid(self) -> int | None:
        """Return the number of the nursery's process, for people; ``None`` where there is none."""
        return self._nursery.pid if self._nursery else None

    def _start(self, pool: Pool) -> None:
        with self._lock:
            self._wanted.append(pool)
            if self._bell is None:
                ours, theirs = socket.socketpair()
                self._bell = ours
                self._thread = threading.Thread(
                    target=self._run, args=(theirs,), name="stoa-plugin-keeper", daemon=True
                )
                self._thread.start()
            else:
                self._bell.send(b"!")

    def _run(self, bell: socket.socket) -> None:
        with selectors.DefaultSelector() as watched, bell:
            watched.register(bell, selectors.EVENT_READ)
            rung = b"!"
            while rung:
                while self._wanted:
                    self._spawn(self._wanted.popleft(), watched)
                for key, _ in watched.select(self._next()):
                    if key.fileobj is bell:
                        rung = bell.recv(4096)
                    else:
                        self._welcome(key.data, watched)
                self._look(watched)
            for process in list(self._starting):
                self._give_up(process, watched, "The server stops.")
            while self._wanted:
                self._wanted.popleft().failed("The server stops.")
        self._end_nursery()

    def _next(self) -> float:
        soonest = min((until for _, until in self._starting.values()), default=None)
        return _LOOK_S if soonest is None else max(0.0, soonest - monotonic())

    def _spawn(self, pool: Pool, watched: selectors.BaseSelector) -> None:
        try:
            process = self._forked(pool.order)
        except (OSError, ValueError, KeyError) as wrong:
            self._end_nursery()
            pool.failed(f"No process could be started: {wrong}"[:300])
            return
        self._starting[process] = (pool, monotonic() + self._start_s)
        watched.register(process.line, selectors.EVENT_READ, process)

    def _forked(self, order: Mapping[str, Any]) -> Process:
        if self._nursery is None or self._nursery.poll() is not None or self._line is None:
            self._end_nursery()
            self._begin()
        assert self._line is not None  # noqa: S101 - as just begun
        self._line.send(json.dumps(dict(order)).encode())
        text, handles, _, _ = socket.recv_fds(self._line, 4096, 2, socket.MSG_CMSG_CLOEXEC)
        if len(handles) != 2:  # noqa: PLR2004 - a line and a pidfd
            raise OSError(json.loads(text)["error"] if text else "the nursery ended")
        return Process(socket.socket(fileno=handles[0]), handles[1], json.loads(text)["pid"])

    def _begin(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = str(theirs.fileno())
        paths = [path for path in sys.path if os.path.isabs(path)]  # noqa: PTH117 - a text
        with theirs:
            self._nursery = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-I", "-c", _BEGIN, number, *paths],
                env={}, cwd="/", pass_fds=(theirs.fileno(),), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        ours.settimeout(_NURSERY_S)
        self._line = ours

    def _end_nursery(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._nursery is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._nursery.wait(2)
            self._nursery.kill()
            self._nursery.wait()
        self._line = self._nursery = None

    def _welcome(self, process: Process, watched: selectors.BaseSelector) -> None:
        try:
            ready = process.told(monotonic() + _FRAME_S)
        except TimeoutError:
            self._give_up(process, watched, "It said nothing that can be read.")
        except (FrameError, OSError) as wrong:
            self._give_up(process, watched, f"It could not be loaded: {wrong}.")
        else:
            if "hooks" not in ready:
                self._give_up(process, watched, str(ready.get("broken"))[:500])
                return
            watched.unregister(process.line)
            self._starting.pop(process)[0].arrived(process, ready)

    def _give_up(self, process: Process, watched: selectors.BaseSelector, why: str) -> None:
        pool, _ = self._starting.pop(process)
        watched.unregister(process.line)
        process.kill()
        pool.failed(why)

    def _look(self, watched: selectors.BaseSelector) -> None:
        now = monotonic()
        for process in [each for each, (_, until) in self._starting.items() if until <= now]:
            self._give_up(process, watched, f"It was not imported within {self._start_s:g} s.")
        for pool in self._pools:
            pool.rest(_UNUSED_S)

    def _forget(self) -> None:
        """Let go of the server's hosts in a process that was forked from it."""
        if self._line is not None:
            self._line.close()
        if self._bell is not None:
            self._bell.close()
        if self._nursery is not None:
            self._nursery.returncode = 0  # it is another's child
        for process in self._starting:
            process.forget()
        for pool in self._pools:
            pool.forget()
        self._clear()


_keepers: "weakref.WeakSet[Keeper]" = weakref.WeakSet()


def _after_fork() -> None:
    for keeper in list(_keepers):
        keeper._forget()  # noqa: SLF001 - of this module


os.register_at_fork(after_in_child=_after_fork)
