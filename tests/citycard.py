"""A city card's own server on this machine: it counts its top-ups and fails as networks do."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["CityCard", "open_city_card"]

Answer = tuple[int, dict[str, str]]


class CityCard:
    """The other side: top-ups by order, and a script of what goes wrong next.

    Attributes:
        url: where it listens.
        asked: how often each order was asked for.
        made: how many top-ups were made for each order; never more than one.
        undone: the orders that were taken back, also before they came.
        goes_wrong: what happens to the next questions, first to last; nothing when it is empty.
        hanging: set it to let go of questions that hang.
    """

    def __init__(self) -> None:
        self.url = ""
        self.asked: Counter[str] = Counter()
        self.made: dict[str, dict[str, Any]] = {}
        self.undone: set[str] = set()
        self.keys: set[str] = set()
        self.goes_wrong: list[str] = []
        self.hanging = threading.Event()
        self.came = threading.Event()
        self.at_once: Counter[str] = Counter()
        self.most_at_once = 0
        self.lock = threading.Lock()

    def answer(self, method: str, order: str, body: dict[str, Any]) -> Answer:
        """Make or undo a top-up, once an order."""
        if method == "DELETE":
            self.undone.add(order)
            self.made.pop(order, None)
            return 200, {"reference": f"back-{order[-4:]}"}
        if order in self.undone:
            return 409, {"detail": "It was taken back."}
        if body.get("card") == "0000":
            return 422, {"detail": "No card has this number."}
        self.made.setdefault(order, body)
        return 201, {"reference": f"T-{order[-4:]}"}


@contextmanager
def open_city_card() -> Iterator[CityCard]:
    """Serve a city card until the block ends."""
    card = CityCard()
    server = _Server(("127.0.0.1", 0), _handler(card))
    card.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield card
    finally:
        card.hanging.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of those who hung up."""


def _handler(card: CityCard) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            self._do("PUT")

        def do_DELETE(self) -> None:
            self._do("DELETE")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Say nothing."""

        def _do(self, method: str) -> None:
            order = self.path.rpartition("/")[2]
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            with card.lock:
                card.asked[order] += 1
                card.keys.add(self.headers.get("Authorization", ""))
                card.at_once[order] += 1
                card.most_at_once = max(card.most_at_once, card.at_once[order])
                wrong = card.goes_wrong.pop(0) if card.goes_wrong else ""
            card.came.set()
            try:
                _go(self, card, wrong, lambda: _locked(card, method, order, body))
            finally:
                with card.lock:
                    card.at_once[order] -= 1

    return Handler


_NO_ANSWER = {
    "500": (500, b"{}"),
    "busy": (202, b""),
    "elsewhere": (302, b""),
    "locked out": (401, b"{}"),
}
_BAD_ANSWER = {
    "502 after": (502, b"bad gateway"),
    "no json": (200, b"<html>"),
    "a list": (200, b"[]"),
    "no reference": (200, b"{}"),
}


def _go(
    handler: BaseHTTPRequestHandler, card: CityCard, wrong: str, answer: Callable[[], Answer]
) -> None:
    """Answer as the script says: rightly, or with the deed done or not and the answer spoilt."""
    if wrong == "hangs":
        card.hanging.wait()
    if wrong == "closed":
        handler.close_connection = True
        return
    if wrong in _NO_ANSWER:
        _send(handler, *_NO_ANSWER[wrong])
        return
    status, said = answer()
    if wrong == "made, then hangs":
        card.hanging.wait()
    if wrong == "lost":
        handler.close_connection = True  # the money is on the card, and nobody is told
        return
    _send(handler, *_BAD_ANSWER.get(wrong, (status, json.dumps(said).encode())))


def _locked(card: CityCard, method: str, order: str, body: dict[str, Any]) -> Answer:
    with card.lock:
        return card.answer(method, order, body)


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    if status == HTTPStatus.FOUND:
        handler.send_header("Location", "/v1/else")
    handler.end_headers()
    handler.wfile.write(body)
