"""Each test of the owners' rows stands in the harbour: an alliance on the shipped programme.

The harbour is founded once a run; each test gets a copy of its database.
"""

import os
from collections.abc import Iterator

import pytest

import databases
from harbour import Harbour, a_harbour, found_harbour
from stoa.config import read_settings
from stoa.database import open_engine
from stoa.plugins import Plugins
from stoa.work import Desk, Programme
from world import Coalition, FixedClock, PlainPlugin


@pytest.fixture(scope="session")
def pool(server_url: str, template: str) -> Iterator[databases.Pool]:
    """Return databases that hold the harbour, and nobody in it."""
    name = f"stoa_harbour_{os.getpid()}"
    databases.drop(server_url, name)
    databases.create(server_url, name, template)
    settings = read_settings()
    url = databases.url_of(server_url, name)
    desk = Desk(
        hot=open_engine(url, settings, pool_size=1, autocommit=True),
        cold=open_engine(url, settings, pool_size=1),
        plugins=Plugins.installed_and({"plain": PlainPlugin()}),
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900),
        clock=FixedClock(),
    )
    found_harbour(desk)
    desk.close()
    pool = databases.Pool(server_url, name)
    yield pool
    pool.close()
    databases.drop(server_url, name)


@pytest.fixture
def harbour(desk: Desk, clock: FixedClock) -> Harbour:
    """Return the harbour, at noon of 1 May 2026."""
    return a_harbour(desk, clock)


@pytest.fixture
def coalition(harbour: Harbour) -> Coalition:
    """Return the harbour as other tests know it, so that their tills stand in it."""
    with harbour.desk.work(harbour.at("grocery")) as work:
        site = work.rows("SELECT id FROM sites")[0][0]
    return Coalition(harbour.desk, site, harbour.shops["grocery"], harbour.shops["cinema"])
