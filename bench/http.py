"""Earn over HTTP: the real server with four processes, tokens checked, connections kept alive."""

import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlencode

from bench.ground import Ground, member_id
from stoa.services import credentials, identity, partners
from stoa.values.identifiers import new_uuid
from stoa.work import Actor

SERVERS = 4
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n"
)


@contextmanager
def serving(ground: Ground) -> Iterator[tuple[int, str]]:
    """Run ``stoa serve`` on the ground's database; yield its port and an access token."""
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
        yield port, _token(port, client, secret)
    finally:
        server.terminate()
        server.wait(30)


def earn_rate(
    ground: Ground, port: int, token: str, *, connections: int, seconds: int
) -> tuple[float, float]:
    """Return purchases a second, and the milliseconds that 99 of 100 answers stay under."""
    desk = ground.desk()
    with desk.work(Actor("bench", ground.partner_ids[0])) as work:
        key = partners.terms(work, ground.partner_ids[0]).ref_key
    desk.close()
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(connections)
    jobs = [(port, token, key, ground.members, seconds, seed) for seed in range(connections)]
    with context.Pool(connections, initializer=_prepare, initargs=(start,)) as pool:
        results = pool.map(_client, jobs, chunksize=1)
    times = sorted(each for result in results for each in result)
    return len(times) / seconds, times[int(len(times) * 0.99)] * 1000


_start = None


def _prepare(start: object) -> None:
    global _start  # noqa: PLW0603 - what a spawned process is given
    _start = start


def _client(job: tuple) -> list[float]:
    port, token, ref_key, members, seconds, seed = job
    chance = random.Random(seed)
    wire = socket.create_connection(("127.0.0.1", port))
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def one() -> float:
        number = str(new_uuid())
        body = json.dumps(
            {
                "member": {
                    "type": "member_ref",
                    "value": identity.member_ref(ref_key, member_id(chance.randint(1, members))),
                },
                "store": "main",
                "terminal": "t1",
                "receipt_no": number,
                "occurred_at": datetime.now(UTC).isoformat(),
                "currency": "CNY",
                "lines": [
                    {"line_no": 1, "sku": "a", "category": "grocery", "quantity": "1",
                     "unit": "ea", "net": "88.00"}
                ],
                "tenders": [{"kind": "card", "amount": "88.00"}],
            }
        ).encode()  # fmt: skip
        head = _HEAD.format(path="/v1/purchases", token=token, key=number, length=len(body))
        began = time.perf_counter()
        wire.sendall(head.encode() + body)
        status = _answer(wire)
        if status != 201:
            raise SystemExit(f"the server answered {status}")
        return time.perf_counter() - began

    for _ in range(50):
        one()
    _start.wait()
    times: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        times.append(one())
    wire.close()
    return times


def _answer(wire: socket.socket) -> int:
    data = b""
    while b"\r\n\r\n" not in data:
        data += wire.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    while len(rest) < length:
        rest += wire.recv(65536)
    return int(head.split(b" ", 2)[1])


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
