"""One exchange over one connection: a request out, at most 64 KiB back, all by one deadline."""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

import httpcore2

from stoa.egress.destinations import Destination

__all__ = ["MAX_READ_BYTES", "Deadline", "Reply", "SendingError", "exchange", "wrap"]

MAX_READ_BYTES: Final = 64 * 1024
"""What is read of an answer's body; the rest stays unread."""


class SendingError(Exception):
    """A request did not come to an answer: it may or may not have had an effect.

    Attributes:
        kind: ``address`` (not allowed now), ``busy`` (too many at once to that host; nothing was
            sent), ``lookup``, ``connect``, ``tls``, ``timeout``, ``reset`` or ``garbage``.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        status: of HTTP; a redirect is told as it is.
        headers: names in small letters; of several with one name the last.
        body: the first `MAX_READ_BYTES`.
        whole: whether that is all of it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


class Deadline:
    """The instant by which everything together has to be done."""

    def __init__(self, within_s: float) -> None:
        self._at = monotonic() + within_s

    def left(self, at_most: float | None = None) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: none is.
        """
        left = self._at - monotonic()
        if left <= 0:
            raise TimeoutError
        return left if at_most is None else min(left, at_most)


class _Line(httpcore2.NetworkStream):
    """A socket each of whose reads and writes ends by the deadline, however slow the other is."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline decides
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline decides
        rest = memoryview(buffer)
        try:
            while rest:
                self._sock.settimeout(self._deadline.left())
                rest = rest[self._sock.send(rest) :]
        except TimeoutError:
            raise
        except OSError as wrong:
            # The other side may have answered before it had read everything: look for that.
            raise httpcore2.WriteError(str(wrong)) from wrong

    def close(self) -> None:
        with suppress(OSError):
            self._sock.close()


def wrap(
    sock: socket.socket, trust: ssl.SSLContext, *, name: str, deadline: Deadline
) -> socket.socket:
    """Speak TLS with whoever can prove to be `name`.

    Raises:
        SendingError: ``tls``: the certificate is not for that name, not trusted, or not valid now.
    """
    try:
        sock.settimeout(deadline.left())
        return trust.wrap_socket(sock, server_hostname=name)
    except TimeoutError:
        raise
    except ssl.SSLCertVerificationError as wrong:
        raise SendingError("tls", f"The certificate is refused: {wrong.verify_message}.") from wrong
    except (OSError, ValueError) as wrong:
        raise SendingError("tls", "TLS could not be agreed on.") from wrong


def exchange(
    sock: socket.socket,
    destination: Destination,
    method: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    deadline: Deadline,
) -> Reply:
    """Send a request over a connection and read its answer; the connection is closed then.

    Raises:
        SendingError: ``reset`` or ``garbage``.
        TimeoutError: the deadline passed.
    """
    line = _Line(sock, deadline)
    scheme = b"https" if destination.secure else b"http"
    host = destination.host.encode()
    fields = {
        "Host": destination.authority,
        "Content-Length": str(len(body)),
        "Accept-Encoding": "identity",
        "Connection": "close",
        **headers,
    }
    try:
        request = httpcore2.Request(
            method,
            httpcore2.URL(
                scheme=scheme, host=host, port=destination.port, target=destination.target.encode()
            ),
            headers=[
                (name.encode("ascii"), value.encode("ascii")) for name, value in fields.items()
            ],
            content=body,
        )
        connection = httpcore2.HTTP11Connection(
            httpcore2.Origin(scheme, host, destination.port), line
        )
        with connection:
            response = connection.handle_request(request)
            read, whole = _read(response)
    except TimeoutError:
        raise
    except httpcore2.RemoteProtocolError as wrong:
        kind = "reset" if "disconnected" in str(wrong) else "garbage"
        raise SendingError(kind, "What came back is no whole HTTP answer.") from wrong
    except (OSError, httpcore2.NetworkError) as wrong:
        raise SendingError("reset", "The connection broke.") from wrong
    finally:
        line.close()
    told = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
    return Reply(response.status, told, read, whole)


def _read(response: httpcore2.Response) -> tuple[bytes, bool]:
    read = b""
    for piece in response.iter_stream():
        read += piece
        if len(read) > MAX_READ_BYTES:
            return read[:MAX_READ_BYTES], False
    return read, True
