"""A connection: a request out, at most 64 KiB back, all by one deadline; then perhaps another."""

import select
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

import httpcore2

from stoa.egress.destinations import Destination

__all__ = ["MAX_READ_BYTES", "Connection", "Deadline", "Reply", "SendingError", "wrap"]

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

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._deadline = Deadline(0)
        self.heard = False

    def begin(self, deadline: Deadline) -> None:
        """Begin a request that ends by a deadline."""
        self._deadline = deadline
        self.heard = False

    def quiet(self) -> bool:
        """Tell whether nothing has come: neither an end nor a word that nobody asked for."""
        poll = select.poll()
        try:
            poll.register(self._sock, select.POLLIN | select.POLLPRI)
        except (OSError, ValueError):
            return False
        return not poll.poll(0)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline decides
        self._sock.settimeout(self._deadline.left())
        read = self._sock.recv(max_bytes)
        self.heard = self.heard or bool(read)
        return read

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


class Connection:
    """A connection to a checked address, for one request after the other.

    Attributes:
        made_at: when it was made, in seconds that only grow.
    """

    def __init__(self, sock: socket.socket, destination: Destination, *, made_at: float) -> None:
        self._line = _Line(sock)
        self._scheme = b"https" if destination.secure else b"http"
        self._host = destination.host.encode()
        origin = httpcore2.Origin(self._scheme, self._host, destination.port)
        self._http = httpcore2.HTTP11Connection(origin, self._line)
        self.made_at = made_at

    @property
    def heard(self) -> bool:
        """Whether anything of an answer to the last request has come."""
        return self._line.heard

    @property
    def idle(self) -> bool:
        """Whether the last answer was read to its end, and nothing came behind it."""
        if not self._http.is_idle():
            return False
        behind, _ = self._http._h11_state.trailing_data  # noqa: SLF001 - it tells nowhere else
        return not behind

    def quiet(self) -> bool:
        """Tell whether the other side has said nothing since, not even good-bye."""
        return self._line.quiet()

    def close(self) -> None:
        """Close it."""
        self._line.close()

    def exchange(
        self,
        destination: Destination,
        method: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        deadline: Deadline,
    ) -> Reply:
        """Send a request and read its answer.

        Raises:
            SendingError: ``reset`` or ``garbage``.
            TimeoutError: the deadline passed.
        """
        self._line.begin(deadline)
        fields = {
            "Host": destination.authority,
            "Content-Length": str(len(body)),
            "Accept-Encoding": "identity",
            **headers,
        }
        target = destination.target.encode()
        try:
            request = httpcore2.Request(
                method,
                httpcore2.URL(
                    scheme=self._scheme, host=self._host, port=destination.port, target=target
                ),
                headers=[
                    (name.encode("ascii"), value.encode("ascii")) for name, value in fields.items()
                ],
                content=body,
            )
            response = self._http.handle_request(request)
            try:
                read, whole = _read(response)
            finally:
                response.close()
        except TimeoutError:
            raise
        except httpcore2.RemoteProtocolError as wrong:
            kind = "reset" if "disconnected" in str(wrong) else "garbage"
            raise SendingError(kind, "What came back is no whole HTTP answer.") from wrong
        except (OSError, httpcore2.NetworkError) as wrong:
            raise SendingError("reset", "The connection broke.") from wrong
        told = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        return Reply(response.status, told, read, whole)


def _read(response: httpcore2.Response) -> tuple[bytes, bool]:
    read = b""
    for piece in response.iter_stream():
        read += piece
        if len(read) > MAX_READ_BYTES:
            return read[:MAX_READ_BYTES], False
    return read, True
