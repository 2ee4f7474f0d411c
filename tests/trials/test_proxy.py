"""The proxy passes on what it is not told to cut; a server behind it is asked after when silent."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from stoa.config import Settings
from stoa.database import open_engine
from trials.proxy import WAYS, Cut, Proxy


@pytest.fixture
def proxy(database: str) -> Iterator[Proxy]:
    """Return a proxy before the tests' database server, where that has a unix socket."""
    folder = make_url(database).query.get("host")
    if not isinstance(folder, str) or not folder.startswith("/"):
        pytest.skip("the server has no unix socket")
    with closing(Proxy(Path(folder) / ".s.PGSQL.5432")) as proxy:
        yield proxy


def through(proxy: Proxy, database: str) -> str:
    """Return the URL of the database behind the proxy."""
    url = make_url(database).set(host="127.0.0.1", port=proxy.port)
    query = {"sslmode": "disable", "gssencmode": "disable"}
    return url.set(query=query).render_as_string(hide_password=False)


def test_a_server_that_falls_silent_is_asked_after(
    proxy: Proxy, database: str, settings: Settings
) -> None:
    engine = open_engine(through(proxy, database), settings, pool_size=1)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with socket.socket(fileno=driver.pgconn.socket) as wire:
            told = [
                wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
                wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
            ]
            wire.detach()
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    engine.dispose()
    assert told == [1, 5, 3]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "delay"])
def test_a_cut_message_is_never_answered(proxy: Proxy, way: str) -> None:
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=5)) as wire:
        cut = Cut(way, 0, pause_s=0.01)
        proxy.arm(cut)
        wire.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")  # SSLRequest: it is answered by one byte
        try:
            answer = wire.recv(1)
        except ConnectionResetError:
            answer = b""
    assert cut.made.wait(5)
    assert answer == b""


def test_what_is_late_comes_all_the_same(proxy: Proxy) -> None:
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=5)) as wire:
        proxy.arm(Cut("delay", 0, pause_s=0.01))
        wire.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
        assert wire.recv(1) in (b"N", b"S")
