"""Earn over HTTP: the real server with four processes, tokens checked, connections kept alive."""

import json
import multiprocessing
import os
import random
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlencode

from bench import cpu
from bench.ground import Ground, member_id, postmaster
from stoa.services import credentials, identity, partners
from stoa.values.identifiers import new_uuid
from stoa.work import Actor

SERVERS = 4
_CLIENTS = 4
_HEAD = (
    "POST /v1/purchases HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
    "Content-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n"
)
_BODY = (
    '{"member": {"type": "member_ref", "value": "%s"}, "store": "main", "terminal": "t1",'
    ' "receipt_no": "%s", "occurred_at": "%s", "currency": "CNY",'
    ' "lines": [{"line_no": 1, "sku": "a", "category": "grocery", "quantity": "1", "unit": "ea",'
    ' "net": "88.00"}], "tenders": [{"kind": "card", "amount": "88.00"}]}'
)


@dataclass(frozen=True)
class Served:
    """A running server: its port, an access token for it, its process."""

    port: int
    token: str
    pid: int


@dataclass(frozen=True)
class Load:
    """What was reached: purchases a second, the latency 99 of 100 stay under, CPU a purchase."""

    per_second: float
    p99_ms: float
    cpu_ms: dict[str, float]


@contextmanager
def serving(ground: Ground) -> Iterator[Served]:
    """Run ``stoa serve`` on the ground's database; yield where and how to reach it."""
    desk = ground.desk()
    with desk.work(Actor("bench")) as work:
        client, secret = credentials.issue_client(
            work, ground.partner_ids[0], "bench", ["earn:write", "balance:read", "members:read"]
        )
    desk.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "STOA_DATABASE_URL": ground.url,
        "STOA_PORT": str(port),
        "STOA_WORKERS": str(SERVERS),
        "STOA_LOG_JSON": "true",
        "STOA_SECRET_KEY": os.urandom(32).hex(),
        "STOA_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "stoa.cli", "serve"], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(port)
        yield Served(port, _token(port, client, secret), server.pid)
    finally:
        server.terminate()
        server.wait(30)


def earn_rate(ground: Ground, served: Served, *, connections: int, seconds: int) -> Load:
    """Send purchases over so many connections; return what was reached, and what it cost."""
    desk = ground.desk()
    with desk.work(Actor("bench", ground.partner_ids[0])) as work:
        key = partners.terms(work, ground.partner_ids[0]).ref_key
    desk.close()
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(_CLIENTS + 1)
    wires = connections // _CLIENTS
    jobs = [
        (served.port, served.token, key, ground.members, wires, seconds, seed)
        for seed in range(_CLIENTS)
    ]
    with context.Pool(_CLIENTS, initializer=_prepare, initargs=(start,)) as pool:
        waiting = pool.map_async(_client, jobs, chunksize=1)
        start.wait()
        before = _used(served)
        results = waiting.get()
        after = _used(served)
    times = sorted(each for result, _ in results for each in result)
    seconds_of = {part: after[part] - before[part] for part in before}
    seconds_of["clients"] = sum(used for _, used in results)
    spent = {part: used / len(times) * 1000 for part, used in seconds_of.items()}
    return Load(len(times) / seconds, times[int(len(times) * 0.99)] * 1000, spent)


def _used(served: Served) -> dict[str, float]:
    return {"server": cpu.seconds(served.pid), "PostgreSQL": cpu.seconds(postmaster())}


_start = None


def _prepare(start: object) -> None:
    global _start  # noqa: PLW0603 - what a spawned process is given
    _start = start


def _client(job: tuple) -> tuple[list[float], float]:
    """Keep some connections busy from one process, as a thread of pgbench does.

    Return the seconds that each answer took, and the CPU seconds of this process.
    """
    port, token, ref_key, members, wires, seconds, seed = job
    chance = random.Random(seed)

    def request() -> bytes:
        ref = identity.member_ref(ref_key, member_id(chance.randint(1, members)))
        number = str(new_uuid())
        body = _BODY % (ref, number, datetime.now(UTC).isoformat())
        return (_HEAD % (token, number, len(body)) + body).encode()

    ready = selectors.DefaultSelector()
    for _ in range(wires):
        wire = socket.create_connection(("127.0.0.1", port))
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready.register(wire, selectors.EVENT_READ, [0.0])

    def run(until: float) -> list[float]:
        times: list[float] = []
        open_ = 0
        for each in ready.get_map().values():
            each.data[0] = time.perf_counter()
            each.fileobj.sendall(request())
            open_ += 1
        while open_:
            for each, _ in ready.select():
                _receive(each.fileobj)
                now = time.perf_counter()
                times.append(now - each.data[0])
                if now < until:
                    each.data[0] = now
                    each.fileobj.sendall(request())
                else:
                    open_ -= 1
        return times

    run(time.perf_counter() + 1)
    _start.wait()
    began = time.process_time()
    times = run(time.perf_counter() + seconds)
    used = time.process_time() - began
    for each in list(ready.get_map().values()):
        each.fileobj.close()
    return times, used


def _receive(wire: socket.socket) -> None:
    """Read one whole answer; anything but 201 ends the measurement."""
    data = wire.recv(65536)
    while b"\r\n\r\n" not in data:
        data += wire.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 201"):
        raise SystemExit(f"the server answered {data[:2000]!r}")
    at = head.lower().index(b"content-length:") + len(b"content-length:")
    missing = int(head[at:].partition(b"\r\n")[0]) - len(rest)
    while missing > 0:
        missing -= len(wire.recv(65536))


def _await(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not become ready in 60 s")


def _token(port: int, client: str, secret: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/oauth/token", urlencode(form), headers)
    answer = json.loads(connection.getresponse().read())
    return answer["access_token"]
