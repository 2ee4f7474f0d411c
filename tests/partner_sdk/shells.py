"""``stoa-sdk`` for tests: run in this process, against the app served on this machine."""

import io
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from stoa.app import create_app
from stoa.config import Settings
from stoa.services import credentials
from stoa.work import Actor, Desk
from stoa_sdk import logins
from stoa_sdk.cli import main
from world import Coalition

__all__ = ["Run", "credential", "home", "logged_in", "run"]

Run = Callable[..., tuple[int, str]]
"""Runs a command and returns its status and what it said."""


@pytest.fixture
def credential(
    settings: Settings, desk: Desk, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str]]:
    """Serve the app; return its address and a client of the grocery, whose secret is set."""
    with desk.work(Actor("cli")) as work:
        client_id, secret = credentials.issue_client(work, coalition.grocery, "shell")
    monkeypatch.setenv("STOA_CLIENT_SECRET", secret)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = create_app(replace(settings, public_url=url), desk=desk)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield url, client_id
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let credentials be kept in a folder of the test."""
    monkeypatch.setattr(logins, "HOME", tmp_path / "home")
    for name in ("URL", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_KEY"):
        monkeypatch.delenv(f"STOA_{name}", raising=False)
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Return what runs ``stoa-sdk`` and returns its status and what it said."""

    def stoa_sdk(*arguments: str) -> tuple[int, str]:
        out = io.StringIO()
        queue = [f"--queue={home / 'queue.sqlite'}"] if arguments[0] in {"send", "queue"} else []
        return main([*arguments, *queue], out=out), out.getvalue()

    return stoa_sdk


@pytest.fixture
def logged_in(run: Run, credential: tuple[str, str]) -> Run:
    """Return the same, for who has logged in."""
    assert run("login", *credential)[0] == 0
    return run
