"""The ground of every test: an embedded PostgreSQL, a database of its own, a desk, a coalition."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest
import structlog
from sqlalchemy.exc import OperationalError

import databases
import stoa_migrations
from receivers import offline
from stoa.config import Settings, read_settings
from stoa.database import embedded_url, open_engine
from stoa.plugins import Plugins
from stoa.services import invariants
from stoa.work import Actor, Desk, Programme
from world import Coalition, FixedClock, PlainPlugin, a_coalition

pytest_plugins = ["routes"]

# The rich traceback shows every variable of every frame, which takes seconds on a busy machine.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

_NOT_DURABLE = "fsync = off\nfull_page_writes = off\nmax_connections = 300\n"


def _data_dir() -> Path:
    """As root the embedded server opens the folders above its data: keep it out of homes."""
    given = os.environ.get("STOA_TEST_DATA_DIR")
    if given:
        return Path(given)
    if os.geteuid() == 0:
        return Path("/var/lib/stoa/tests")
    return Path(tempfile.gettempdir()) / f"stoa-tests-{os.geteuid()}"


@pytest.fixture(scope="session")
def server_url() -> str:
    """Return the URL of the tests' server; the data of tests need not survive a power cut."""
    given = os.environ.get("STOA_TEST_DATABASE_URL")
    return given or embedded_url(_data_dir(), "postgres", conf=_NOT_DURABLE)


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """Return the name of a migrated, empty database; made once for each shape of the schema."""
    digest = hashlib.sha256()
    versions = Path(stoa_migrations.__file__).parent / "versions"
    for path in [
        *sorted(versions.glob("*.py")),
        *sorted(Path(str(files("stoa.models"))).rglob("*.*")),
    ]:
        if path.suffix in (".py", ".sql"):
            digest.update(path.read_bytes())
    name = f"stoa_template_{digest.hexdigest()[:16]}"
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not databases.exists(server_url, name):
            making = f"{name}_making"
            databases.drop(server_url, making)
            databases.create(server_url, making, "template1")
            stoa_migrations.upgrade(databases.url_of(server_url, making))
            databases.run(server_url, f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


@pytest.fixture(scope="session")
def database_pool(server_url: str, template: str) -> Iterator[databases.Pool]:
    """Return the databases of this process."""
    pool = databases.Pool(server_url, template)
    yield pool
    pool.close()


@pytest.fixture
def new_database(database_pool: databases.Pool) -> Iterator[Callable[[], str]]:
    """Return a maker of empty databases of the current shape; they are the test's own."""
    names: list[str] = []

    def make() -> str:
        names.append(database_pool.take())
        return databases.url_of(database_pool.server_url, names[-1])

    yield make
    for name in names:
        database_pool.give_back(name)


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """Return the owner's URL of this test's own database."""
    return new_database()


@pytest.fixture
def settings(
    database: str, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Return settings that lead to this test's database."""
    monkeypatch.setenv("STOA_DATABASE_URL", database)
    monkeypatch.setenv("STOA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STOA_SECRET_KEY", hashlib.sha256(b"tests").hexdigest())
    monkeypatch.setenv("STOA_PUBLIC_URL", "http://localhost")
    monkeypatch.setenv("STOA_RULE_DELAY_S", "900")
    monkeypatch.setenv("STOA_REQUEST_LOG_DAYS", "0")  # no thread beside a test
    monkeypatch.setenv("STOA_SANDBOX_TEMPLATE", template)
    monkeypatch.setenv("STOA_PARTNER_RATE", "0")  # storms are as fast as they can
    return read_settings()


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands still until a test moves it."""
    return FixedClock()


@pytest.fixture
def plain() -> PlainPlugin:
    """Return the hand-written plugin of the plain partners; a test may make it misbehave."""
    return PlainPlugin()


@pytest.fixture
def plugins(plain: PlainPlugin) -> Plugins:
    """Return the plugins: those that are installed, and the plain one."""
    return Plugins.installed_and({"plain": plain})


@pytest.fixture
def desk(
    database: str,
    settings: Settings,
    clock: FixedClock,
    plugins: Plugins,
    database_pool: databases.Pool,
) -> Iterator[Desk]:
    """Return a desk on this test's database; at the end everything is recomputed from postings."""
    programme = Programme("STAR", "CNY", "Asia/Shanghai", 900)
    hot = open_engine(database, settings, pool_size=8, autocommit=True)
    cold = open_engine(database, settings, pool_size=8)
    egress = offline()  # tests ask no name service and leave no machine
    desk = Desk(
        hot=hot, cold=cold, plugins=plugins, programme=programme, clock=clock, egress=egress
    )
    yield desk
    desk.close()
    kept = database_pool.keep(database, lambda url: open_engine(url, settings, pool_size=1))
    checker = Desk(
        hot=kept, cold=kept, plugins=plugins, programme=programme, clock=clock, egress=egress
    )
    try:
        findings = _findings(checker)
    except OperationalError:  # a test ended everybody's connections
        kept.dispose()
        findings = _findings(checker)
    assert findings == []


def _findings(checker: Desk) -> list[invariants.Finding]:
    with checker.work(Actor("test")) as work:
        return invariants.check_invariants(work)


_founded: dict[datetime, tuple[databases.Picture, Coalition]] = {}
"""Coalitions of this process, by the clock they were founded at."""


@pytest.fixture
def coalition(desk: Desk, database: str, clock: FixedClock) -> Coalition:
    """Return a tiny alliance: a grocery, a cinema and a tower of tiers, all on the plain plugin.

    It is founded once; later tests get a picture of its rows, where nothing else was written yet.
    """
    with desk.work(Actor("test")) as work:
        begun = bool(work.rows("SELECT 1 FROM audit_records UNION ALL SELECT 1 FROM staff LIMIT 1"))
    if begun:
        return a_coalition(desk)
    at = clock()  # which goes on by itself where a server has to be believed
    if at not in _founded:
        coalition = a_coalition(desk)
        _founded[at] = (databases.Picture.of(database), coalition)
    picture, coalition = _founded[at]
    picture.put(database)
    return replace(coalition, desk=desk, _receipts=0)
