"""Server processes end with the server, even one that was killed outright."""

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from threading import Event

import psutil

import stoa_migrations
from stoa.config import Settings

_DEAD = psutil.STATUS_ZOMBIE


def test_server_processes_end_when_their_server_is_killed(settings: Settings) -> None:
    stoa_migrations.upgrade(settings.database_url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-P", "-m", "stoa.cli", "serve", "--port", str(port), "--workers", "1"]
    )
    try:
        assert _ready(f"http://127.0.0.1:{port}/livez", server)
        mine = psutil.Process(server.pid).children(recursive=True)
        assert mine
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait(10)
    left = mine
    for _ in range(200):  # ends at once, but whoever adopts them may never ask how
        left = [each for each in mine if each.is_running() and each.status() != _DEAD]
        if not left:
            return
        Event().wait(0.05)
    for each in left:
        each.kill()
    raise AssertionError(left)


def _ready(url: str, server: subprocess.Popen[bytes]) -> bool:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except urllib.error.URLError:
            assert server.poll() is None
            Event().wait(0.1)
    return False
