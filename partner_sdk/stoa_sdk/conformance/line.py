"""The line between till and alliance: a proxy that fails as lines do, when it is told to."""

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx2

__all__ = ["FAULTS", "Line"]

FAULTS = (
    "answer lost",
    "request lost",
    "sent twice",
    "old copy comes late",
    "busy once",
    "gateway's page",
    "answer cut off",
    "token refused once",
)
"""What a line can do to one request; the till sees an error, a late answer, or nothing at all."""

_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "host",
    "content-encoding",
}
_PROBLEM = {"Content-Type": "application/problem+json"}


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes


_BUSY = _Answer(
    503,
    _PROBLEM | {"Retry-After": "0"},
    b'{"title":"Busy","status":503,"code":"OVERLOADED","retryable":true}',
)
_RENEW = _Answer(
    401, _PROBLEM, b'{"title":"Renew","status":401,"code":"TOKEN_INVALID","retryable":false}'
)
_PAGE = _Answer(
    502, {"Content-Type": "text/html"}, b"<html><body><h1>502 Bad Gateway</h1></body></html>"
)
_INSTEAD = {"request lost": None, "busy once": _BUSY, "token refused once": _RENEW}


@dataclass
class Line:
    """A proxy on this machine; deeds (``POST /v1/…``) may meet a fault, all else passes."""

    upstream: str
    lost: int = 0
    _fault: str | None = None
    _cut: str = ""
    _late: list[_Request] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._http = httpx2.Client(timeout=30.0, trust_env=False)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """The address for the till."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def strike(self, fault: str) -> None:
        """Let the next deed meet a fault; `lost` counts the faults that were met."""
        if fault not in FAULTS:
            raise ValueError(fault)
        with self._lock:
            self._fault = fault

    def cut(self, lost: str) -> None:
        """Lose every deed from now on: ``requests``, or only their ``answers`` once it is done."""
        self._cut = lost

    def mend(self) -> None:
        """Be a good line again; what is late comes now."""
        with self._lock:
            self._cut, self._fault = "", None
            late, self._late = self._late, []
        for request in late:
            self._pass_on(request)

    def close(self) -> None:
        """Let go of the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._http.close()

    def answer(self, request: _Request) -> _Answer | None:
        """Return what the till is to see; ``None`` where the connection just ends."""
        deed = request.method == "POST" and request.path.startswith("/v1/")
        with self._lock:
            fault = self._fault if deed else None
            if fault:
                self._fault = None
            cut = self._cut if deed else ""
            self.lost += bool(fault or cut)
        if cut:
            if cut == "answers":
                self._pass_on(request)
            return None
        return self._meet(fault, request)

    def _meet(self, fault: str | None, request: _Request) -> _Answer | None:
        if fault in _INSTEAD:
            return _INSTEAD[fault]
        answer: _Answer | None = self._pass_on(request)
        if fault == "sent twice":
            answer = self._pass_on(request)
        elif fault == "old copy comes late":
            self._late.append(request)
        elif fault == "answer lost":
            answer = None
        elif fault == "gateway's page":
            answer = _PAGE
        elif fault == "answer cut off" and answer is not None:
            answer = _Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
        return answer

    def _pass_on(self, request: _Request) -> _Answer:
        base = urlsplit(self.upstream)
        url = f"{base.scheme}://{base.netloc}{base.path.rstrip('/')}{request.path}"
        headers = {name: text for name, text in request.headers.items() if name.lower() not in _HOP}
        answer = self._http.request(
            request.method, url, headers=headers | {"Accept-Encoding": "identity"},
            content=request.body,
        )  # fmt: skip
        kept = {name: text for name, text in answer.headers.items() if name.lower() not in _HOP}
        return _Answer(answer.status_code, kept, answer.content)


def _handler(line: Line) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = _Request(
                self.command, self.path, dict(self.headers.items()), self.rfile.read(length)
            )
            answer = line.answer(request)
            if answer is None:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response_only(answer.status)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    serve: Callable[[Handler], None] = Handler._serve  # noqa: SLF001 - its own class
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        setattr(Handler, f"do_{method}", serve)
    return Handler
