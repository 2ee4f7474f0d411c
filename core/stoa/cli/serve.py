"""``stoa serve``: the server's processes, in any number."""

import ctypes
import importlib
import multiprocessing
import os
import resource
import signal
import socket
import sys
import tempfile
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from stoa.cli.desk import Taught, found_secret, settings_of
from stoa.config import Settings
from stoa.database import find_database

__all__ = ["load_app", "port_is_free", "serve"]

_PR_SET_PDEATHSIG = 1
_GRACE_S = 25
"""How long requests that are being answered may take when the server stops (reliability §4.3)."""

_CONNECTIONS = 8_192
"""Connections that one process keeps open, busy or idle; more wait to be let in (OPS-09)."""

_OTHER_FILES = 512

_BACKLOG = 4_096
"""Connections that may wait to be let in; the system allows fewer in most cases."""

_HEAD_MS = 10_000
"""How long the head of a request may take once it has begun."""


@click.command(
    cls=Taught,
    examples="""
        stoa serve
        stoa serve --port 9000 --workers 2
        STOA_PUBLIC_URL=https://stars.example stoa serve --host 0.0.0.0
    """,
)
@click.option("--host", help="Address to listen at; 0.0.0.0 for all.  [STOA_HOST]")
@click.option("--port", type=int, help="Port to listen at.  [STOA_PORT]")
@click.option("--workers", type=int, help="Server processes.  [STOA_WORKERS]")
@click.option("--threads", type=int, help="Requests one process handles at once.  [STOA_THREADS]")
def serve(*, host: str | None, port: int | None, workers: int | None, threads: int | None) -> None:
    """Serve the API and the admin web.

    Any number of servers may run on one database. SIGTERM and Ctrl-C finish what is being answered.
    """
    settings = found_secret(settings_of(host=host, port=port, workers=workers, threads=threads))
    if not port_is_free(settings.host, settings.port):
        raise click.ClickException(
            f"Port {settings.port} is in use: choose another one with --port."
        )
    _hand_down(settings)
    _open_files()
    click.echo(f"Stoa serves at {settings.public_url} with {settings.workers} processes.")
    with tempfile.TemporaryDirectory(prefix="stoa-metrics-") as counts:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", counts)
        Granian(
            "stoa.app:create_app",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.workers,
            blocking_threads=settings.threads,
            websockets=False,
            backlog=_BACKLOG,
            backpressure=_CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=_HEAD_MS),
            respawn_failed_workers=True,
            workers_kill_timeout=_GRACE_S,
            log_level=LogLevels.warning,
        ).serve(target_loader=load_app, wrap_loader=False)


def load_app() -> Any:  # noqa: ANN401 - a WSGI application
    """Make the application in a server process.

    Granian would find ``stoa.app`` by itself, but from the current folder first.
    It is imported here because the metrics, as they are imported, look for where to count together.
    A process is forked with its parent's signal handlers, which would do nothing in it: until
    Granian sets its own, a signal ends a process that is still starting.
    """
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_DFL)
    _end_with_parent()
    return importlib.import_module("stoa.app").create_app()


def _end_with_parent() -> None:
    """Ask Linux to end this process, as SIGTERM does, when the server dies, however it dies.

    A server that is killed outright tells nobody: its processes would go on to answer at the port.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    server = multiprocessing.parent_process()
    if server is not None and os.getppid() != server.pid:
        raise SystemExit("The server is gone.")


def port_is_free(host: str, port: int) -> bool:
    """Tell whether nobody listens at a port.

    Servers share their port among processes, so a second server would get it without complaint.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _open_files() -> None:
    """Let a process have as many files open as it has connections, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _hand_down(settings: Settings) -> None:
    """Let the server processes read the same settings, and find the same database running."""
    database = find_database(settings)
    os.environ["STOA_SECRET_KEY"] = settings.secret_key
    os.environ["STOA_DATABASE_URL"] = database.owner_url
    os.environ["STOA_APP_DATABASE_URL"] = database.app_url
