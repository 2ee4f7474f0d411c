"""The server and the worker as processes of one command, started and stopped together."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import click

from stoa.config import Settings
from stoa.database import find_database

__all__ = ["Processes", "running"]

_STOP_S = 30
_TAIL = 20


class Processes:
    """The server and the worker, and whether somebody asked them to end."""

    def __init__(self, settings: Settings) -> None:
        self.stopping = threading.Event()
        self._logs = settings.data_dir / "log"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        database = find_database(settings)
        self._settings = {
            "STOA_DATA_DIR": str(settings.data_dir),
            "STOA_DATABASE_URL": database.owner_url,
            "STOA_SECRET_KEY": settings.secret_key,
        }

    def start(self, command: str) -> None:
        """Run a command of ours as a process of its own, away from the terminal's Ctrl-C."""
        with self._log(command).open("wb") as log:
            self._running[command] = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-P", "-m", "stoa.cli", command],
                env=os.environ | self._settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise when one of them has ended by itself."""
        for command, process in self._running.items():
            if process.poll() is not None:
                log = self._log(command).read_text("utf-8", "replace").splitlines()
                tail = "\n".join(log[-_TAIL:])
                raise click.ClickException(f"stoa {command} has ended. Its last words:\n{tail}")

    def wait(self) -> None:
        """Wait until somebody asks for the end, or one of them ends by itself."""
        while not self.stopping.wait(0.5):
            self.check()

    def stop(self) -> None:
        """Let each finish what it is at."""
        for process in self._running.values():
            process.terminate()
        until = monotonic() + _STOP_S
        for process in self._running.values():
            try:
                process.wait(max(0.0, until - monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _log(self, command: str) -> Path:
        return self._logs / f"{command}.log"


@contextmanager
def running(settings: Settings) -> Iterator[Processes]:
    """Run a server and a worker until the block ends; Ctrl-C and SIGTERM ask for that."""
    processes = Processes(settings)
    before = {
        each: signal.signal(each, lambda *_: processes.stopping.set())
        for each in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        for command in ("serve", "worker"):
            processes.start(command)
        yield processes
    finally:
        processes.stop()
        for each, handler in before.items():
            signal.signal(each, handler)
