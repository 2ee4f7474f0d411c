"""What leaves, and to where: real sockets, a real name service that lies, real certificates."""

import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from receivers import (
    HOST,
    PUBLIC,
    Asked,
    Authority,
    Receiver,
    Respond,
    an_authority,
    answer,
    name_service,
    receiver,
)
from stoa.egress import Egress, SendingError
from stoa.errors import DestinationNotAllowedError

URL = f"https://{HOST}/hook?a=1"


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Return an authority that the egress of these tests trusts."""
    return an_authority()


@pytest.fixture
def plain() -> Iterator[Receiver]:
    """Return a receiver in plain http that the operator opened."""
    with receiver() as here:
        yield here


def to(here: Receiver, at_once: int = 10) -> Egress:
    """Return an egress for which a receiver is open."""
    return Egress(allow=[here.place], at_once=at_once)


def routed(here: Receiver, authority: Authority, *found: str) -> Egress:
    """Return an egress in whose internet `PUBLIC` is a receiver of this machine."""

    def dial(address: str, port: int, within_s: float) -> socket.socket:
        assert (address, port) == (PUBLIC, 443)
        return socket.create_connection(("127.0.0.1", here.port), timeout=within_s)

    names = found or (PUBLIC,)
    return Egress(resolve=lambda *_: names, dial=dial, trust=authority.trust())


def test_a_body_arrives_byte_for_byte(plain: Receiver) -> None:
    body = '{"z":1, "名":"é"}\n'.encode()
    plain.respond = answer(201, b"thanks", "X-Told: yes")
    reply = to(plain).post(plain.url, body, headers={"webhook-id": "evt_1"})
    assert (reply.status, reply.body, reply.whole) == (201, b"thanks", True)
    assert reply.headers["x-told"] == "yes"
    (asked,) = plain.asked
    assert (asked.line, asked.body) == ("POST /hook HTTP/1.1", body)
    assert asked.headers["webhook-id"] == "evt_1"
    assert asked.headers["host"] == plain.place


def test_tls_is_for_the_name_and_the_connection_for_the_checked_address(
    authority: Authority, tmp_path: Path
) -> None:
    with receiver(tls=authority.certify(tmp_path)) as here:
        reply = routed(here, authority).post(URL, b"{}", headers={})
    assert reply.status == 200
    assert here.asked[0].headers["host"] == HOST
    assert here.asked[0].line == "POST /hook?a=1 HTTP/1.1"


@pytest.mark.parametrize(
    ("name", "days", "signed"),
    [("other-partner.com", 30, True), (HOST, -1, True), (HOST, 30, False)],
    ids=["wrong name", "expired", "self-signed"],
)
def test_a_certificate_that_does_not_hold_ends_the_request(
    authority: Authority, tmp_path: Path, name: str, days: int, *, signed: bool
) -> None:
    tls = authority.certify(tmp_path, name=name, days=days, signed=signed)
    with receiver(tls=tls) as here:
        with pytest.raises(SendingError) as told:
            routed(here, authority).post(URL, b"{}", headers={})
        assert told.value.kind == "tls"
        assert here.asked == []


def test_a_server_without_tls_ends_the_request(authority: Authority) -> None:
    with receiver() as here, pytest.raises(SendingError) as told:
        routed(here, authority).post(URL, b"{}", headers={}, within_s=0.3)
    assert told.value.kind in ("tls", "timeout")
    assert here.asked == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_not_followed(plain: Receiver, status: int) -> None:
    with receiver() as other:
        plain.respond = answer(status, b"", f"Location: {other.url}")
        assert to(plain).post(plain.url, b"{}", headers={}).status == status
        assert other.connections == 0


def test_a_name_that_moves_inside_after_registration_gets_nothing() -> None:
    with receiver() as inside, name_service([PUBLIC], ["127.0.0.1"]) as names:
        url = f"https://{HOST}/"
        egress = Egress(resolve=names.resolve)
        egress.check(url)
        with pytest.raises(SendingError) as told:
            egress.post(url, b"{}", headers={})
        assert told.value.kind == "address"
        assert inside.connections == 0
        with pytest.raises(DestinationNotAllowedError):
            egress.check(url)


def test_what_was_checked_is_what_is_connected_to(authority: Authority, tmp_path: Path) -> None:
    with (
        receiver(tls=authority.certify(tmp_path)) as here,
        name_service([PUBLIC], ["127.0.0.1"]) as names,
    ):
        egress = routed(here, authority)
        egress._resolve = names.resolve
        assert egress.post(URL, b"{}", headers={}).status == 200
        assert names.asked == 1


def test_one_bad_address_among_good_ones_refuses_all() -> None:
    dialled: list[str] = []

    def dial(address: str, _port: int, _within_s: float) -> socket.socket:
        dialled.append(address)
        raise OSError

    for found in ([PUBLIC, "10.0.0.1"], [PUBLIC, "fd00:ec2::254"], ["::1", PUBLIC]):
        with name_service(found) as names, pytest.raises(SendingError) as told:
            Egress(resolve=names.resolve, dial=dial).post(URL, b"{}", headers={})
        assert told.value.kind == "address"
    assert dialled == []


def test_an_address_of_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stoa.egress.client.is_own", lambda address: address == PUBLIC)
    with pytest.raises(DestinationNotAllowedError):
        Egress(resolve=lambda *_: [PUBLIC]).check(URL)


def test_proxies_of_the_environment_are_ignored(
    plain: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.place}")
            monkeypatch.setenv(name.upper(), f"http://{proxy.place}")
        to(plain).post(plain.url, b"{}", headers={})
        assert (proxy.connections, plain.connections) == (0, 1)


def hangs(line: socket.socket, _asked: Asked) -> None:
    """Say nothing until the other side goes away."""
    line.recv(1)


def drips(line: socket.socket, _asked: Asked) -> None:
    """Send a header without end, a letter at a time."""
    line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        line.sendall(b"a")
        threading.Event().wait(0.02)


def resets(line: socket.socket, _asked: Asked) -> None:
    """Break the connection instead of answering."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def silent(_line: socket.socket, _asked: Asked) -> None:
    """End the connection without an answer."""


def halves(line: socket.socket, _asked: Asked) -> None:
    """Promise more than is sent."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def babbles(line: socket.socket, _asked: Asked) -> None:
    """Say something that is no HTTP."""
    line.sendall(b"220 mail.example ESMTP\r\n\r\n")


@pytest.mark.parametrize(
    ("respond", "kinds"),
    [
        (hangs, ["timeout"]),
        (drips, ["timeout"]),
        (resets, ["reset"]),
        (silent, ["reset"]),
        (halves, ["garbage", "reset"]),
        (babbles, ["garbage"]),
    ],
)
def test_who_gives_no_whole_answer_in_time_has_failed(
    plain: Receiver, respond: Respond, kinds: list[str]
) -> None:
    plain.respond = respond
    with pytest.raises(SendingError) as told:
        to(plain).post(plain.url, b"{}", headers={}, within_s=0.3)
    assert told.value.kind in kinds


def test_of_a_long_answer_the_beginning_is_read(plain: Receiver) -> None:
    plain.respond = answer(200, b"x" * 1_000_000)
    reply = to(plain).post(plain.url, b"{}", headers={})
    assert (len(reply.body), reply.whole) == (65_536, False)


def test_who_is_not_there_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(SendingError) as told:
        Egress(allow=[place]).post(f"http://{place}/", b"", headers={})
    assert told.value.kind == "connect"


def test_the_next_address_is_tried_when_the_first_is_dead(
    authority: Authority, tmp_path: Path
) -> None:
    with receiver(tls=authority.certify(tmp_path)) as here:

        def dial(address: str, _port: int, within_s: float) -> socket.socket:
            if address != PUBLIC:
                raise ConnectionRefusedError
            return socket.create_connection(("127.0.0.1", here.port), timeout=within_s)

        found: Sequence[str] = ["2606:4700::1111", PUBLIC]
        egress = Egress(resolve=lambda *_: found, dial=dial, trust=authority.trust())
        assert egress.post(URL, b"{}", headers={}).status == 200


def test_a_name_service_that_hangs_is_given_up() -> None:
    late = threading.Event()

    def resolve(_host: str, _port: int) -> Sequence[str]:
        late.wait(5)
        return [PUBLIC]

    egress = Egress(resolve=resolve)
    with pytest.raises(SendingError) as told:
        egress.post(URL, b"{}", headers={}, within_s=0.1)
    with pytest.raises(DestinationNotAllowedError):
        egress.check(URL, within_s=0.1)
    late.set()
    assert told.value.kind == "timeout"


def test_few_requests_are_under_way_to_one_host(plain: Receiver) -> None:
    arrived, leave = threading.Semaphore(0), threading.Event()

    def waits(line: socket.socket, asked: Asked) -> None:
        arrived.release()
        leave.wait(5)
        answer()(line, asked)

    plain.respond = waits
    egress = to(plain, at_once=2)
    statuses: list[int] = []

    def send() -> None:
        statuses.append(egress.post(plain.url, b"{}", headers={}).status)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        arrived.acquire()
    with pytest.raises(SendingError) as told:
        send()
    leave.set()
    for thread in threads:
        thread.join()
    assert told.value.kind == "busy"
    send()
    assert statuses == [200, 200, 200]
