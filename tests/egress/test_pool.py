"""Connections are kept for the next request, and for nothing that the checks would refuse."""

import gc
import select
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from receivers import HOST, PUBLIC, Asked, Receiver, an_authority, answer, name_service, receiver
from stoa.egress import Egress, SendingError
from stoa.egress.pool import Pool

URL = f"https://{HOST}/hook"
OTHER = "93.184.216.35"


class Clock:
    """Seconds that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[Receiver, Callable[..., Egress]]]:
    """Return a receiver in TLS whose connections stay, and what makes an egress to it."""
    authority = an_authority()

    def routed(resolve: Callable[[str, int], Sequence[str]], pool: Pool | None = None) -> Egress:
        def dial(_address: str, _port: int, within_s: float) -> socket.socket:
            return socket.create_connection(("127.0.0.1", there.port), timeout=within_s)

        return Egress(resolve=resolve, dial=dial, trust=authority.trust(), pool=pool)

    with receiver(tls=authority.certify(tmp_path), stays=True) as there:
        yield there, routed


def public(*_: object) -> Sequence[str]:
    return [PUBLIC]


Here = tuple[Receiver, Callable[..., Egress]]


def test_one_connection_serves_request_after_request(here: Here) -> None:
    there, routed = here
    egress = routed(public)
    there.respond = lambda line, asked: answer(200, asked.body)(line, asked)
    for number in range(5):
        body = f"{number}".encode()
        assert egress.post(URL, body, headers={"x": f"{number}"}).body == body
    assert (there.connections, len(there.asked)) == (1, 5)
    assert [each.headers["x"] for each in there.asked] == ["0", "1", "2", "3", "4"]


def test_it_serves_nobody_after_the_name_moves_inside(here: Here) -> None:
    there, routed = here
    for bad in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "64:ff9b::a9fe:a9fe"):
        pool = Pool()
        with name_service([PUBLIC], [bad], [PUBLIC, bad]) as names:
            egress = routed(names.resolve, pool)
            assert egress.post(URL, b"1", headers={}).status == 200
            assert len(pool) == 1
            asked = len(there.asked)
            for _ in range(2):  # alone, and beside the address that the connection goes to
                with pytest.raises(SendingError) as told:
                    egress.post(URL, b"2", headers={})
                assert told.value.kind == "address"
            assert len(there.asked) == asked


def test_it_serves_only_while_the_name_leads_to_its_address(here: Here) -> None:
    there, routed = here
    with name_service([PUBLIC], [OTHER], [OTHER, PUBLIC]) as names:
        egress = routed(names.resolve)
        for _ in range(3):
            egress.post(URL, b"{}", headers={})
    assert there.connections == 2
    assert names.asked == 3


def test_it_serves_the_name_alone_that_it_was_proven_for(tmp_path: Path) -> None:
    authority = an_authority()
    with receiver(tls=authority.certify(tmp_path), stays=True) as there:

        def dial(_address: str, _port: int, within_s: float) -> socket.socket:
            return socket.create_connection(("127.0.0.1", there.port), timeout=within_s)

        egress = Egress(resolve=public, dial=dial, trust=authority.trust())
        egress.post(URL, b"{}", headers={})
        with pytest.raises(SendingError) as told:
            egress.post("https://other-partner.com/hook", b"{}", headers={})
    assert (told.value.kind, len(there.asked)) == ("tls", 1)


def test_it_lies_idle_for_half_a_minute_and_lives_for_five(here: Here, clock: Clock) -> None:
    there, routed = here
    pool = Pool(clock=clock)
    egress = routed(public, pool)
    for wait_s, connections in ((0, 1), (29, 1), (31, 2), (29, 2), (301, 3)):
        clock.now += wait_s
        egress.post(URL, b"{}", headers={})
        assert there.connections == connections, wait_s
    made = next(iter(pool._kept.values())).connection
    made.made_at = clock.now - 299
    egress.post(URL, b"{}", headers={})
    clock.now += 2
    egress.post(URL, b"{}", headers={})
    assert there.connections == 4


def test_few_are_kept_and_all_are_closed_with_their_owner(here: Here) -> None:
    there, routed = here
    pool = Pool(most=2)
    egress = routed(public, pool)
    together = threading.Barrier(4)

    def waits(line: socket.socket, asked: Asked) -> None:
        together.wait(5)
        answer(200, asked.body)(line, asked)

    there.respond = waits

    def send(egress: Egress, number: int) -> bytes:
        return egress.post(URL, b"%d" % number, headers={}).body

    with ThreadPoolExecutor(4) as threads:
        bodies = list(threads.map(send, [egress] * 4, range(4)))
    assert bodies == [b"0", b"1", b"2", b"3"]  # nobody read another's answer
    assert (there.connections, len(pool)) == (4, 2)
    del egress, threads
    gc.collect()
    assert len(pool) == 0


def test_one_that_ended_while_it_lay_idle_is_replaced_unseen(here: Here) -> None:
    there, routed = here
    egress = routed(public)
    there.stays = False
    for _ in range(3):
        assert egress.post(URL, b"{}", headers={}).status == 200
    assert there.connections == 3


def test_one_that_ends_at_the_next_request_is_replaced_and_the_request_sent_once_more(
    here: Here,
) -> None:
    there, routed = here
    egress = routed(public)
    egress.post(URL, b"first", headers={})

    def ends(line: socket.socket, _asked: Asked) -> None:
        there.respond = answer(201)
        line.shutdown(socket.SHUT_RDWR)

    there.respond = ends
    assert egress.post(URL, b"second", headers={}).status == 201
    assert [each.body for each in there.asked] == [b"first", b"second", b"second"]
    assert there.connections == 2


def test_what_was_answered_in_part_is_not_sent_again(here: Here) -> None:
    there, routed = here
    egress = routed(public)
    egress.post(URL, b"first", headers={})

    def half(line: socket.socket, _asked: Asked) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        line.shutdown(socket.SHUT_RDWR)

    there.respond = half
    with pytest.raises(SendingError):
        egress.post(URL, b"second", headers={})
    assert [each.body for each in there.asked] == [b"first", b"second"]


@pytest.mark.parametrize(
    "told",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 204 No\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000,
    ],
    ids=["more than asked for", "close", "HTTP/1.0", "too long"],
)
def test_what_can_not_be_used_again_is_not_kept(here: Here, told: bytes) -> None:
    there, routed = here
    pool = Pool()
    there.respond = lambda line, _asked: line.sendall(told)
    assert routed(public, pool).post(URL, b"{}", headers={}).status == 200
    assert len(pool) == 0


def test_a_word_that_nobody_asked_for_ends_it(here: Here) -> None:
    there, routed = here
    pool = Pool()
    lines: list[socket.socket] = []

    def respond(line: socket.socket, asked: Asked) -> None:
        lines.append(line)
        answer(200, b"{}")(line, asked)

    there.respond = respond
    egress = routed(public, pool)
    egress.post(URL, b"{}", headers={})
    lines[0].sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlies")
    (kept,) = pool._kept.values()
    select.select([kept.connection._line._sock], [], [], 5)
    assert egress.post(URL, b"{}", headers={}).body == b"{}"
    assert there.connections == 2
