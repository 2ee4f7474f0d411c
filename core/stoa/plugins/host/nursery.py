"""The nursery: a small clean process that forks hosts when it is asked to, and buries them.

It holds no secret and no line but its own to the server, and starts with an empty environment, so
that what it forks has nothing to find. A host is the first process of its own world where the
kernel offers that: it is forked by a go-between that left the nursery's namespaces, and adopted.

When the line to the server ends, everything it started is killed and it ends.
"""

import json
import os
import select
import signal
import socket
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from stoa.plugins.host import kernel
from stoa.plugins.host.child import live
from stoa.plugins.host.confine import depart

__all__ = ["main"]

_MAX_ORDER = 65_536


def main(number: int) -> None:
    """Serve the line of this file number until it ends."""
    line = socket.socket(fileno=number)
    with tempfile.TemporaryDirectory(prefix="stoa-plugin-") as folder:
        Path(folder).chmod(0o555)
        _Nursery(line, folder).run()


class _Nursery:
    def __init__(self, line: socket.socket, folder: str) -> None:
        self._line = line
        self._folder = folder
        self._hosts: set[int] = set()

    def run(self) -> None:
        with suppress(OSError):
            kernel.adopt_orphans()
        heard, told = socket.socketpair()
        told.setblocking(False)  # noqa: FBT003 - the standard library's
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            while True:
                ready = select.select([self._line, heard], [], [])[0]
                if heard in ready:
                    heard.recv(4096)
                    self._bury()
                if self._line in ready:
                    order = self._line.recv(_MAX_ORDER)
                    if not order:
                        return
                    self._fork(json.loads(order))
        finally:
            signal.set_wakeup_fd(-1)
            for host in self._hosts:
                _kill(host)

    def _fork(self, order: dict[str, Any]) -> None:
        ours, theirs = socket.socketpair()
        pids, pid_in = os.pipe()
        go_out, go = os.pipe()
        between = os.fork()
        if not between:
            os.close(pids)
            os.close(go)
            ours.close()
            _go_between(theirs, pid_in, go_out, order | {"folder": self._folder})
        os.close(pid_in)
        os.close(go_out)
        theirs.close()
        text = os.read(pids, 32)
        os.close(pids)
        os.waitpid(between, 0)  # from now on its child is ours
        with ours:
            if not text:
                os.close(go)
                self._line.send(b'{"error": "no process could be forked"}')
                return
            host = int(text)
            handle = os.pidfd_open(host)
            self._hosts.add(host)
            os.write(go, b"!")
            os.close(go)
            told = json.dumps({"pid": host}).encode()
            socket.send_fds(self._line, [told], [ours.fileno(), handle])
            os.close(handle)

    def _bury(self) -> None:
        while True:
            try:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if dead is None:
                return
            if dead.si_pid in self._hosts:
                _kill(dead.si_pid)  # its group, while the number is still its own
                self._hosts.discard(dead.si_pid)
                self._kill_strays()
            os.waitpid(dead.si_pid, 0)

    def _kill_strays(self) -> None:
        """Kill what a host without a world of its own left behind."""
        mine = Path(f"/proc/self/task/{os.getpid()}/children")
        with suppress(OSError):
            for child in map(int, mine.read_text().split()):
                if child not in self._hosts:
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)


def _go_between(line: socket.socket, pid_in: int, go_out: int, order: dict[str, Any]) -> None:
    """Leave the nursery's namespaces, fork the host there, and end."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        order["missing"] = depart(network=bool(order["network"]))
        host = os.fork()
        if not host:
            os.close(pid_in)
            _become(line, go_out, order)
        os.write(pid_in, str(host).encode())
    finally:
        os._exit(0)


def _become(line: socket.socket, go_out: int, order: Mapping[str, Any]) -> None:
    try:
        os.setsid()
        if os.read(go_out, 1):
            live(line, order)
    finally:
        os._exit(0)


def _kill(host: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(host, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.kill(host, signal.SIGKILL)
