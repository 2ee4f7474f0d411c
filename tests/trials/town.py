"""The ground of trials: a cluster, an alliance of two shops, a real server and a real worker."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import monotonic
from uuid import UUID

import psutil

import stoa_migrations
from stoa.config import Settings, read_settings
from stoa.database import open_engine
from stoa.plugins import Plugins
from stoa.services import credentials, identity, members, partners, tiers
from stoa.services.tiers import TierTerms
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Clock, Desk, Programme, system_clock
from trials.cluster import Cluster, forget_folder, new_folder, patience
from trials.history import Call

__all__ = ["CURRENCY", "Person", "Service", "Shop", "Town", "a_town"]

CURRENCY = "STAR"
SERVERS = 2
"""Server processes: enough that two of them meet at one wallet."""

_READY_S = 60
_ACTOR = Actor("trials")
_PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("STOA_")}


@dataclass(frozen=True)
class Shop:
    """A partner with its credentials, and the key of its names for members."""

    code: str
    id: UUID
    client_id: str
    secret: str
    ref_key: bytes

    def ref_of(self, person: "Person") -> str:
        """Return the name of a member at this shop."""
        return identity.member_ref(self.ref_key, person.id)


@dataclass(frozen=True)
class Person:
    """A member with the card in the member's hand."""

    id: UUID
    card: str


class Service:
    """A command of ours as a process that can be killed with all its children."""

    def __init__(self, command: str, environment: dict[str, str], log: Path) -> None:
        self.command = command
        self.log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it is not awaited."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "stoa.cli", self.command],
                env=_PLAIN | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.log.with_suffix(".pid").write_text(f"{self._process.pid}\n")

    def children(self) -> list[psutil.Process]:
        """Return its children that run."""
        assert self._process is not None
        found = psutil.Process(self._process.pid).children()
        return [each for each in found if _runs(each)]

    def kill(self) -> None:
        """Kill the process and its whole tree with SIGKILL."""
        if self._process is None or self._process.poll() is not None:
            return
        parent = psutil.Process(self._process.pid)
        parent.suspend()
        for each in [*parent.children(recursive=True), parent]:
            each.kill()
        self._process.wait()

    def check(self) -> None:
        """Raise with its last words when it has ended by itself."""
        if self._process is None or self._process.poll() is not None:
            tail = self.log.read_text("utf-8", "replace")[-2000:]
            raise RuntimeError(f"stoa {self.command} has ended. Its last words:\n{tail}")


class Town:
    """All that runs in a trial; `open` starts it and `close` leaves nothing behind.

    `past` is what earlier trials here were told, and whose deeds these were.

    Args:
        conf: lines that sabotage the database's configuration.
    """

    def __init__(self, folder: Path, *, conf: str = "") -> None:
        self.folder = folder
        self.cluster = Cluster(folder, conf=conf)
        self.port = _free_port()
        self.shops: list[Shop] = []
        self.past: tuple[list[Call], list[Person]] = ([], [])
        self._names = 0
        self._environment = {
            "STOA_DATABASE_URL": self.cluster.url,
            "STOA_APP_DATABASE_URL": "",
            "STOA_DATA_DIR": str(folder),
            "STOA_SECRET_KEY": os.urandom(32).hex(),
            "STOA_HOST": "127.0.0.1",
            "STOA_PORT": str(self.port),
            "STOA_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "STOA_WORKERS": str(SERVERS),
            "STOA_CURRENCY": CURRENCY,
            "STOA_LOG_JSON": "true",
        }
        self.server = Service("serve", dict(self._environment), folder / "serve.log")
        self.worker = Service("worker", dict(self._environment), folder / "worker.log")

    def open(self, *, database_url: str | None = None) -> None:
        """Start the database, found the alliance, start server and worker, wait until they serve.

        Args:
            database_url: where the server finds the database instead, as behind a proxy.
        """
        self.cluster.start()
        stoa_migrations.upgrade(self.cluster.url)
        with self.desk() as desk:
            self.shops = _found(desk)
        self.cluster.checkpoint()  # a crash need not do the migrations again
        if database_url is not None:
            behind = self._environment | {"STOA_DATABASE_URL": database_url}
            self.server = Service("serve", behind, self.folder / "serve.log")
        self.server.start()
        self.worker.start()
        self.await_ready()

    def close(self) -> None:
        """Kill what runs."""
        for service in (self.server, self.worker):
            service.kill()
        self.cluster.stop()

    def await_ready(self) -> None:
        """Wait until the server is ready.

        Raises:
            RuntimeError: it has ended, or is not ready in time.
        """
        until = monotonic() + _READY_S
        while monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                self.server.check()
            patience(0.02)
        raise RuntimeError(f"The server was not ready within {_READY_S} s.")

    @contextmanager
    def desk(self, *, clock: Clock = system_clock) -> Iterator[Desk]:
        """Open a desk of this process on the database, with a clock of its own if need be."""
        settings: Settings = read_settings()
        desk = Desk(
            hot=open_engine(self.cluster.url, settings, pool_size=4, autocommit=True),
            cold=open_engine(self.cluster.url, settings, pool_size=4),
            plugins=Plugins(),
            programme=Programme(CURRENCY, "CNY", "Asia/Shanghai", 900),
            clock=clock,
        )
        try:
            yield desk
        finally:
            desk.close()

    def enrol(self, count: int) -> list[Person]:
        """Enrol so many members, nobody of whom has points."""
        people = []
        actor = Actor("trials", self.shops[0].id)
        with self.desk() as desk, desk.work(actor) as work:
            for _ in range(count):
                self._names += 1
                found, card = members.enrol(work, f"Member {self._names}")
                people.append(Person(found.id, card))
        return people


@contextmanager
def a_town(*, conf: str = "") -> Iterator[Town]:
    """Open a town in a folder of its own, and leave nothing behind."""
    folder = new_folder()
    try:
        town = Town(folder, conf=conf)
        try:
            town.open()
            yield town
        finally:
            town.close()
    finally:
        forget_folder(folder)


def _found(desk: Desk) -> list[Shop]:
    with desk.work(_ACTOR) as work:
        partners.found_currency(
            work, "Star points", rule=ExpiryRule.MONTH_END, months=12, face_value=Decimal("0.01")
        )
        tiers.define(work, [TierTerms("basic", "Basic", 0, 0)])
        site = partners.add_site(work, "mall", "Mall", zone="Asia/Shanghai")
        shops = []
        for code in ("grocery", "cinema"):
            partner = partners.onboard(
                work, code, code.title(), trade="general", plugin="standard", settings={}
            )
            partners.add_store(work, partner, site, "main", "Main", currency="CNY")
            client_id, secret = credentials.issue_client(
                work, partner, "trials", (*credentials.TILL_SCOPES, "redeem:refs")
            )
            ref_key = partners.terms(work, partner).ref_key
            shops.append(Shop(code, partner, client_id, secret, ref_key))
    return shops


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:  # it ended since it was listed
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
